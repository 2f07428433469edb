import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { describe, it } from 'node:test';
import { ControlServer } from '../../src/control/server.ts';
import { HttpListener } from '../../src/daemon/http_listener.ts';
import { httpRoutes } from '../../src/daemon/http_routes.ts';
import { factsWith } from '../helpers/facts.ts';
import { memoryLog } from '../helpers/memory_log.ts';

const running = { facts: async () => factsWith(), healthy: true };

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return address !== null && typeof address === 'object' ? address.port : 0;
}

describe('HTTP', () => {
  it('answers with metrics and health, and refuses everything else', async () => {
    const server = await ControlServer.listen({ host: '127.0.0.1', port: 0 }, httpRoutes(running));
    const { at } = server;
    const url = 'port' in at ? `http://127.0.0.1:${at.port}` : '';
    const answers = await Promise.all(
      (
        [
          ['GET', '/metrics'],
          ['GET', '/healthz'],
          ['POST', '/metrics'],
          ['GET', '/status'],
          ['POST', '/weight'],
          ['GET', '/../../etc/passwd'],
        ] as const
      ).map(async ([method, path]) => {
        const { status, headers } = await fetch(`${url}${path}`, { method });
        return [method, path, status, headers.get('content-type')];
      }),
    );
    await server.close();
    assert.deepEqual(answers, [
      ['GET', '/metrics', 200, 'text/plain; version=0.0.4; charset=utf-8'],
      ['GET', '/healthz', 200, 'application/json'],
      ['POST', '/metrics', 405, 'application/json'],
      ['GET', '/status', 404, 'application/json'],
      ['POST', '/weight', 404, 'application/json'],
      ['GET', '/../../etc/passwd', 404, 'application/json'],
    ]);
  });

  it('goes where the configuration says, and away again', async () => {
    const [first, second] = [await freePort(), await freePort()];
    const listener = new HttpListener(running, memoryLog().logger);
    const asked = async (port: number) =>
      fetch(`http://127.0.0.1:${port}/healthz`).then(
        ({ status }) => status,
        () => 'nobody',
      );
    await listener.listen({ host: '127.0.0.1', port: first });
    const atFirst = await asked(first);
    await listener.listen({ host: '127.0.0.1', port: second });
    const moved = [await asked(first), await asked(second)];
    await listener.listen('off');
    assert.deepEqual([atFirst, moved, await asked(second)], [200, ['nobody', 200], 'nobody']);
  });

  it('tells of an address that is taken, and tries again with the next reload', async () => {
    const port = await freePort();
    const at = { host: '127.0.0.1', port };
    const other = await ControlServer.listen(at, {});
    const { logger, lines } = memoryLog();
    const listener = new HttpListener(running, logger);
    await listener.listen(at);
    await other.close();
    await listener.listen(at);
    const { status } = await fetch(`http://127.0.0.1:${port}/healthz`);
    await listener.close();
    assert.equal(status, 200);
    assert.deepEqual(lines, [
      `warn Cannot listen on 127.0.0.1 port ${port}: listen EADDRINUSE: address already in use 127.0.0.1:${port}. ` +
        'There are no metrics until xlb_http names an address and port that are free, and xlb is told to reload',
      `info HTTP: metrics are read at 127.0.0.1 port ${port}`,
    ]);
  });
});
