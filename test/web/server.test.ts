import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { XlbError } from '../../src/base/errors.ts';
import { connectionLines, fetchStatus, NoDaemon } from '../../src/control/client.ts';
import type { Route } from '../../src/web/route.ts';
import { WebServer } from '../../src/web/server.ts';
import { askAt, json } from '../helpers/web.ts';

const directory = mkdtempSync(join(tmpdir(), 'xlb-web-'));
after(() => rmSync(directory, { recursive: true }));
const socket = join(directory, 'xlb.sock');

/** Pieces that a stream has made so far. */
let made = 0;

async function* endless(): AsyncGenerator<Uint8Array> {
  for (;;) {
    made++;
    yield new TextEncoder().encode(`${'x'.repeat(65_535)}\n`);
  }
}

async function* breaksOff(): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode('one\ntw');
  yield new TextEncoder().encode('o\nthree');
  throw new Error('the worker died');
}

let connections: () => AsyncGenerator<Uint8Array> = endless;

let written = 0;
const shared = {
  toJSON() {
    written++;
    return { a: 1 };
  },
};

const row = { may: 'socket', does: '', answers: {} } as const;
const routes: readonly Route[] = [
  { ...row, method: 'POST', path: '/echo', handle: ({ body }) => ({ code: 200, body }) },
  { ...row, method: 'GET', path: '/api/v1/connections', handle: () => ({ stream: connections() }) },
  {
    ...row,
    method: 'GET',
    path: '/api/v1/status',
    handle: () => ({ code: 200, body: { instance: 'test' } }),
  },
  { ...row, method: 'GET', path: '/shared', handle: () => ({ code: 200, body: shared, shared }) },
  { ...row, method: 'GET', path: '/broken', handle: () => Promise.reject(new Error('it broke')) },
  {
    ...row,
    method: 'GET',
    path: '/restarting',
    handle: () => Promise.reject(new XlbError('RESTARTING', 'A worker is being restarted')),
  },
  { ...row, method: 'GET', path: '/named/{name}', handle: ({ parameters: body }) => ({ code: 200, body }) },
  {
    ...row,
    method: 'GET',
    path: '/file',
    contentType: 'text/css',
    handle: () => ({ text: 'a {}', contentType: 'text/css', etag: '"1"' }),
  },
];

async function withServer(use: () => Promise<void>): Promise<void> {
  const server = await WebServer.listen({ path: socket }, { routes });
  try {
    await use();
  } finally {
    await server.close();
  }
}

const ask = async (method: string, path: string, body?: string) => {
  const { code, text } = await askAt({ path: socket }, path, {
    method,
    ...(body === undefined ? {} : { body, headers: json }),
  });
  return [code, text];
};

describe('the control socket', () => {
  it('answers the client, and only root may open it', () =>
    withServer(async () => {
      assert.deepEqual(await fetchStatus(socket), { instance: 'test' });
      assert.equal(statSync(socket).mode & 0o777, 0o600);
    }));

  it('says where to look when nothing is at a path, and what there is where the method is another', () =>
    withServer(async () => {
      assert.deepEqual(await ask('GET', '/nothing'), [
        404,
        '{"error":"Nothing is here: /api/openapi.json says what there is"}\n',
      ]);
      const { code, headers, text } = await askAt({ path: socket }, '/api/v1/status', { method: 'DELETE' });
      assert.deepEqual(
        [code, headers['allow'], text],
        [405, 'GET, HEAD', '{"error":"Cannot do this here: there is GET, HEAD"}\n'],
      );
    }));

  it('writes once what is shared by many', () =>
    withServer(async () => {
      written = 0;
      const answers = [await ask('GET', '/shared'), await ask('GET', '/shared')];
      assert.deepEqual([written, ...answers], [1, [200, '{"a":1}\n'], [200, '{"a":1}\n']]);
    }));

  it('decodes names in a path', () =>
    withServer(async () => {
      assert.deepEqual(await ask('GET', '/named/%5Bfd00%3A%3A1%5D%3A80'), [200, '{"name":"[fd00::1]:80"}\n']);
    }));

  it('turns a failure into an answer', () =>
    withServer(async () => {
      assert.deepEqual(
        [await ask('GET', '/broken'), await ask('GET', '/restarting')],
        [
          [500, '{"error":"it broke"}\n'],
          [503, '{"error":"A worker is being restarted"}\n'],
        ],
      );
    }));

  it('answers who has a file already that it is the same', () =>
    withServer(async () => {
      const { code, text } = await askAt({ path: socket }, '/file', { headers: { 'if-none-match': '"1"' } });
      assert.deepEqual([code, text], [304, '']);
    }));

  it('survives bytes that are no HTTP', () =>
    withServer(async () => {
      const client = connect(socket);
      client.on('error', () => undefined);
      let said = '';
      client.on('data', (part) => {
        said += String(part);
      });
      await new Promise((resolve) => {
        client.on('close', resolve);
        client.write('\0\0\0 nonsense\r\n\r\n');
      });
      assert.match(
        said,
        /^HTTP\/1\.1 400 Bad Request\r\n[\s\S]*{"error":"Cannot read this: it is not HTTP\/1\.1"}\n$/,
      );
      assert.deepEqual(await fetchStatus(socket), { instance: 'test' });
    }));

  it('replaces the file of one that died, and removes its own', async () => {
    writeFileSync(socket, '');
    await withServer(async () => {
      assert.deepEqual(await fetchStatus(socket), { instance: 'test' });
    });
    assert.equal(existsSync(socket), false);
    await assert.rejects(fetchStatus(socket), NoDaemon);
  });

  it('takes a body of JSON, and says so of any other', () =>
    withServer(async () => {
      assert.deepEqual(await ask('POST', '/echo', '[1,{"a":"b"}]'), [200, '[1,{"a":"b"}]\n']);
      const said = '{"error":"Cannot read the body: it must be JSON, as /api/openapi.json says"}\n';
      assert.deepEqual(await ask('POST', '/echo', '[1,'), [400, said]);
      assert.deepEqual(await ask('POST', '/echo', ''), [400, said]);
      assert.deepEqual(await ask('POST', '/echo', '{"__proto__":{"a":1}}'), [400, said]);
      assert.equal((await askAt({ path: socket }, '/echo', { method: 'POST', body: '{}' })).code, 415);
    }));

  it('does not read a body without end', () =>
    withServer(async () => {
      const [code] = await ask('POST', '/echo', `"${'x'.repeat(5 * 1024 * 1024)}"`);
      assert.equal(code, 413);
    }));

  it('streams no faster than it is read, and ends when the reader goes', () =>
    withServer(async () => {
      connections = endless;
      let lines = 0;
      for await (const some of connectionLines(socket)) {
        lines += some.length;
        if (lines >= 20) break;
      }
      assert.ok(made < 20 + 64, `${made} pieces were made for 20 lines`);
    }));

  it('gives whole lines, and an error where the stream breaks off', () =>
    withServer(async () => {
      connections = breaksOff;
      const seen: string[] = [];
      await assert.rejects(async () => {
        for await (const lines of connectionLines(socket)) seen.push(...lines);
      });
      assert.deepEqual(seen, ['one', 'two']);
    }));
});
