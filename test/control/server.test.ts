import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { connectionLines, fetchStatus, NoDaemon } from '../../src/control/client.ts';
import { ControlServer, type Routes } from '../../src/control/server.ts';

const directory = mkdtempSync(join(tmpdir(), 'xlb-control-'));
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

const routes: Routes = {
  'POST /echo': (body) => ({ code: 200, body }),
  'GET /connections': () => ({ stream: connections() }),
  'GET /status': () => ({ code: 200, body: { instance: 'test' } }),
  'GET /broken': () => Promise.reject(new Error('it broke')),
};

async function withServer(use: () => Promise<void>): Promise<void> {
  const server = await ControlServer.listen({ path: socket }, routes);
  try {
    await use();
  } finally {
    await server.close();
  }
}

function ask(method: string, path: string, body = ''): Promise<readonly [number | undefined, string]> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath: socket, method, path }, (response) => {
      let text = '';
      response.on('data', (part) => {
        text += String(part);
      });
      response.on('end', () => resolve([response.statusCode, text]));
    });
    call.on('error', reject);
    call.end(body);
  });
}

describe('the control socket', () => {
  it('answers the client, and only root may open it', () =>
    withServer(async () => {
      assert.deepEqual(await fetchStatus(socket), { instance: 'test' });
      assert.equal(statSync(socket).mode & 0o777, 0o600);
    }));

  it('says what there is where a path is not', () =>
    withServer(async () => {
      assert.deepEqual(await ask('GET', '/nothing'), [
        404,
        '{"error":"Nothing here; there is POST /echo, GET /connections, GET /status, GET /broken"}\n',
      ]);
      assert.equal((await ask('DELETE', '/status'))[0], 405);
    }));

  it('turns a failure into an answer', () =>
    withServer(async () => {
      assert.deepEqual(await ask('GET', '/broken'), [500, '{"error":"it broke"}\n']);
    }));

  it('survives bytes that are no HTTP', () =>
    withServer(async () => {
      const client = connect(socket);
      client.on('error', () => undefined);
      await new Promise((resolve) => {
        client.on('close', resolve);
        client.write('\0\0\0 nonsense\r\n\r\n');
      });
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
      assert.deepEqual(await ask('POST', '/echo', '[1,'), [400, '{"error":"The body must be JSON"}\n']);
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
