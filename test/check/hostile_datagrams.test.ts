import assert from 'node:assert/strict';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { describe, it, type TestContext } from 'node:test';
import type { CheckResult } from '../../src/check/checker.ts';
import type { NetworkCheckConfig } from '../../src/config/model.ts';
import { attemptOnce } from '../helpers/attempt_once.ts';
import { builtAddon, needs } from '../helpers/needs.ts';
import { commonCheckConfig } from '../helpers/sample_config.ts';
import { freeUdpPort } from '../helpers/udp_server.ts';

const connectTimeoutMs = 400;

/** The checkers over UDP; `required`: with require_reply 01. */
const columns = ['DNS_CHECK', 'UDP_CHECK', 'UDP_CHECK required'] as const;
type Row<T> = Readonly<Record<(typeof columns)[number], T>>;

function checksOf(connectPort: number): Row<NetworkCheckConfig> {
  const common = { ...commonCheckConfig, connectTimeoutMs, connectPort };
  const reply = { pattern: '01', minBytes: 1, maxBytes: 255 };
  return {
    DNS_CHECK: { kind: 'DNS_CHECK', ...common, type: 'SOA', name: '.' },
    UDP_CHECK: { kind: 'UDP_CHECK', ...common },
    'UDP_CHECK required': { kind: 'UDP_CHECK', ...common, reply },
  };
}

/** What becomes of a datagram that has come. */
type Conduct = (socket: Socket, request: Buffer, from: RemoteInfo) => void;

async function bound(context: TestContext): Promise<Socket> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  context.after(() => socket.close());
  return socket;
}

async function askAt(port: number): Promise<Row<CheckResult>> {
  const checks = Object.entries(checksOf(port));
  const results = await Promise.all(checks.map(async ([name, check]) => [name, await attemptOnce(check)]));
  return Object.fromEntries(results);
}

async function ask(context: TestContext, conduct: Conduct): Promise<Row<CheckResult>> {
  const socket = await bound(context);
  socket.on('message', (request, from) => conduct(socket, request, from));
  return askAt(socket.address().port);
}

const replying =
  (answer: (request: Buffer) => Buffer, times = 1): Conduct =>
  (socket, request, from) => {
    for (let sent = 0; sent < times; sent += 1) socket.send(answer(request), from.port, from.address);
  };

/** The question as an answer, with these two bytes of flags. */
const dnsAnswer = (request: Buffer, flags: number): Buffer => {
  const answer = Buffer.from(request);
  answer.writeUInt16BE(flags, 2);
  return answer;
};
const toAnother = (request: Buffer): Buffer => {
  const answer = dnsAnswer(request, 0x8000);
  answer.writeUInt16BE(request.readUInt16BE(0) ^ 1, 0);
  return answer;
};

const silence: Row<CheckResult> = {
  DNS_CHECK: { code: 'L7TOUT' },
  UDP_CHECK: { code: 'L4OK', detail: 'no reply, and none required' },
  'UDP_CHECK required': { code: 'L7TOUT' },
};
const anything: CheckResult = { code: 'L4OK' };

const table: readonly [title: string, Conduct, Row<CheckResult>][] = [
  ['says nothing', () => {}, silence],
  [
    'answers with nothing in a datagram',
    replying(() => Buffer.alloc(0)),
    { ...silence, UDP_CHECK: anything, 'UDP_CHECK required': { code: 'L7RSP', detail: 'reply of 0 bytes' } },
  ],
  [
    'answers rubbish',
    replying(() => Buffer.from('\xff\x00\x07\n', 'latin1')),
    {
      ...silence,
      UDP_CHECK: anything,
      'UDP_CHECK required': { code: 'L7RSP', detail: 'byte 1 of the reply is another' },
    },
  ],
  [
    'answers with as much as a datagram holds',
    replying(() => Buffer.alloc(65_507, 1)),
    {
      ...silence,
      UDP_CHECK: anything,
      'UDP_CHECK required': { code: 'L7RSP', detail: 'reply of 65507 bytes' },
    },
  ],
  [
    'sends the question back',
    replying((request) => request),
    {
      ...silence,
      UDP_CHECK: anything,
      'UDP_CHECK required': { code: 'L7RSP', detail: 'byte 1 of the reply is another' },
    },
  ],
  [
    'answers a question that was not asked',
    replying(toAnother),
    {
      ...silence,
      UDP_CHECK: anything,
      'UDP_CHECK required': { code: 'L7RSP', detail: 'byte 1 of the reply is another' },
    },
  ],
  [
    'answers with an error',
    replying((request) => dnsAnswer(request, 0x8002)),
    {
      DNS_CHECK: { code: 'L7STS', detail: 'SERVFAIL' },
      UDP_CHECK: anything,
      'UDP_CHECK required': { code: 'L7RSP', detail: 'byte 1 of the reply is another' },
    },
  ],
];

describe('a check over UDP, where the server', { skip: needs(builtAddon) }, () => {
  for (const [title, conduct, expected] of table)
    it(title, async (t) => assert.deepEqual(await ask(t, conduct), expected));

  it('is not there', async () => {
    const refused = { code: 'L4CON', detail: 'ECONNREFUSED' };
    assert.deepEqual(await askAt(await freeUdpPort()), {
      DNS_CHECK: refused,
      UDP_CHECK: refused,
      'UDP_CHECK required': refused,
    });
  });

  it('answers from another port', async (t) => {
    const other = await bound(t);
    const results = await ask(t, (_, request, { port, address }) =>
      other.send(dnsAnswer(request, 0x8000), port, address),
    );
    assert.deepEqual(results, silence);
  });

  it('answers without end what was not asked', async (t) => {
    let rests = false;
    t.after(() => {
      rests = true;
    });
    const results = await ask(t, (socket, request, { port, address }) => {
      const more = () => {
        if (rests) return;
        for (let sent = 0; sent < 50; sent += 1) socket.send(toAnother(request), port, address);
        setImmediate(more);
      };
      more();
    });
    assert.deepEqual(results.DNS_CHECK, { code: 'L7TOUT' });
  });
});
