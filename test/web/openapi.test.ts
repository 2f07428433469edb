/** The OpenAPI document is true: every path answers, and as it says; the bodies that it describes are those taken. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { XlbError } from '../../src/base/errors.ts';
import { readDatapathOrder } from '../../src/control/datapath.ts';
import { readChanges } from '../../src/control/read_changes.ts';
import { readPlanOrder } from '../../src/control/reload.ts';
import { readWeightOrder } from '../../src/control/weight.ts';
import { openApi } from '../../src/web/openapi.ts';
import type { Schema } from '../../src/web/route.ts';
import { WebServer } from '../../src/web/server.ts';
import { completeStatus } from '../helpers/complete_status.ts';
import { askAt, json, routesWith, servedWith } from '../helpers/web.ts';

interface Operation {
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<
    Record<string, { content: Readonly<Record<string, { readonly schema: Schema }>> }>
  >;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

async function* lines(): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode('a line\n');
}

const served = servedWith({
  connections: lines,
  trace: async () => lines(),
  status: async ({ virtualServer } = {}) => {
    const status = completeStatus();
    return virtualServer === '10.0.0.9' ? { ...status, virtual_servers: [] } : status;
  },
});
const routes = routesWith({ served });
const document = openApi(routes, '0.1.0') as Document;
const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema({ $id: 'api', components: document.components });

/** References of the document, as the validator has them. */
const compile = (schema: Schema) =>
  ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('#/components', 'api#/components')) as Schema);

let server: WebServer;
before(async () => {
  server = await WebServer.listen({ host: '127.0.0.1', port: 0 }, { routes });
});
after(() => server.close());

const bodies: Readonly<Record<string, unknown>> = {
  '/api/v1/weight': { virtualServer: '10.0.0.1', realServer: '10.0.0.11', weight: 0 },
  '/api/v1/reload': {},
  '/api/v1/datapath': { datapath: 'xdp' },
  '/api/v1/plan': { file: '/etc/keepalived/keepalived.conf' },
  '/api/v1/ipvsadm': [{ change: 'clear' }],
};

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

async function answerOf(path: string, method: string, of = server) {
  const url = path.replace('{virtual_server}', '10.0.0.1');
  const body = method === 'post' ? { headers: json, body: JSON.stringify(bodies[path]) } : {};
  return askAt(of.at, url, { method: method.toUpperCase(), ...body });
}

describe('the OpenAPI document', () => {
  it('is served, and is the one of the rows', async () => {
    const { text } = await askAt(server.at, '/api/openapi.json');
    assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(document)));
  });

  for (const { path, method, operation } of operations)
    it(`is true of ${method.toUpperCase()} ${path}`, async () => {
      const { code, headers, text } = await answerOf(path, method);
      const [[type, { schema }] = assert.fail()] = Object.entries(operation.responses[code]?.content ?? {});
      assert.equal(String(headers['content-type']).split(';')[0], type.split(';')[0]);
      const validate = compile(schema);
      validate(type === 'application/json' ? JSON.parse(text) : text);
      assert.deepEqual([code, validate.errors], [200, null]);
    });

  it('is true of what is not found', async () => {
    const got = await askAt(server.at, '/api/v1/status?virtual_server=10.0.0.9');
    const validate = compile({ $ref: '#/components/schemas/Error' });
    validate(JSON.parse(got.text));
    assert.deepEqual([got.code, validate.errors], [404, null]);
  });

  it('has 503 wherever a part that is being restarted makes it one', async () => {
    const restarting = async () => {
      throw new XlbError('RESTARTING', 'The dataplane worker is being restarted');
    };
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield await restarting();
    }
    const asks = { tables: restarting, connections: broken, trace: restarting };
    const broke = await WebServer.listen(
      { host: '127.0.0.1', port: 0 },
      { routes: routesWith({ served: { ...served, ...asks } }) },
    );
    const refused: string[] = [];
    for (const { path, method } of operations)
      if ((await answerOf(path, method, broke)).code === 503) refused.push(`${method} ${path}`);
    await broke.close();
    const told = operations.flatMap(({ path, method, operation }) =>
      '503' in operation.responses ? [`${method} ${path}`] : [],
    );
    assert.deepEqual(
      [refused, told],
      [
        ['get /api/v1/ipvsadm', 'get /api/v1/connections', 'get /api/v1/trace'],
        ['get /healthz', 'get /readyz', 'get /api/v1/stream', ...refused],
      ],
    );
  });

  it('names each operation once', () => {
    const names = operations.map(
      ({ operation }) => (operation as unknown as { operationId: string }).operationId,
    );
    assert.deepEqual(names, [...new Set(names)]);
  });

  it('says of every component what uses it', () => {
    const text = JSON.stringify(document);
    const unused = Object.keys(document.components.schemas).filter(
      (name) => !text.includes(`"#/components/schemas/${name}"`),
    );
    assert.deepEqual(unused, []);
  });
});

describe('a body that the document describes is taken, and no other', () => {
  const key = { protocol: 'TCP', address: '10.0.0.1', port: 80 };
  const service = { ...key, scheduler: 'rr', schedulerFlags: 0, onePacket: false };
  const destination = { address: '10.0.0.2', weight: 1, upperThreshold: 0, lowerThreshold: 0 };
  const weight = { virtualServer: '10.0.0.1', realServer: '10.0.0.11', weight: 0 };
  const cases: readonly (readonly [string, (body: unknown) => unknown, readonly unknown[]])[] = [
    [
      '/api/v1/weight',
      readWeightOrder,
      [
        weight,
        { ...weight, weight: null },
        { ...weight, weight: -1 },
        { ...weight, weight: 1.5 },
        {},
        [],
        null,
        'x',
      ],
    ],
    ['/api/v1/datapath', readDatapathOrder, [{ datapath: 'auto' }, { datapath: 'ipvs' }, {}, null]],
    ['/api/v1/plan', readPlanOrder, [{ file: '/a' }, { file: 'a' }, { file: '/a\0' }, {}]],
    [
      '/api/v1/ipvsadm',
      readChanges,
      [
        [],
        [{ change: 'clear' }],
        [{ change: 'add_service', service }],
        [
          {
            change: 'edit_service',
            service: { ...service, persistence: { seconds: 9, netmask: '255.0.0.0' } },
          },
        ],
        [{ change: 'add_service', service: { ...service, port: 65_536 } }],
        [{ change: 'add_destination', key, destination }],
        [{ change: 'add_destination', key, destination: { ...destination, weight: -1 } }],
        [{ change: 'delete_destination', key, address: '10.0.0.2' }],
        [{ change: 'zero' }, { change: 'zero', key }],
        [{ change: 'set_timeouts', tcp: 0, tcpFin: 1, udp: 2 }],
        [{ change: 'set_timeouts', tcp: 0 }],
        [{ change: 'x' }],
        {},
      ],
    ],
  ];
  for (const [path, read, samples] of cases)
    it(path, () => {
      const schema = document.paths[path]?.['post']?.requestBody?.content['application/json']?.schema;
      const validate = compile(schema ?? assert.fail());
      for (const body of samples)
        assert.equal(validate(body), typeof read(body) !== 'string', JSON.stringify(body));
    });
});
