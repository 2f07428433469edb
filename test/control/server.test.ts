import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fetchStatus, NoDaemon } from '../../src/control/client.ts';
import { ControlServer, type Routes } from '../../src/control/server.ts';

const directory = mkdtempSync(join(tmpdir(), 'xlb-control-'));
after(() => rmSync(directory, { recursive: true }));
const socket = join(directory, 'xlb.sock');

const routes: Routes = {
  'GET /status': () => ({ code: 200, body: { instance: 'test' } }),
  'GET /broken': () => Promise.reject(new Error('it broke')),
};

async function withServer(use: () => Promise<void>): Promise<void> {
  const server = await ControlServer.listen(socket, routes);
  try {
    await use();
  } finally {
    await server.close();
  }
}

function ask(method: string, path: string): Promise<readonly [number | undefined, string]> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath: socket, method, path }, (response) => {
      let text = '';
      response.on('data', (part) => {
        text += String(part);
      });
      response.on('end', () => resolve([response.statusCode, text]));
    });
    call.on('error', reject);
    call.end();
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
        '{"error":"Nothing here; there is GET /status, GET /broken"}\n',
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
});
