import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { describe, it } from 'node:test';
import { tcpCheck } from '../../src/check/tcp_check.ts';
import { udpCheck } from '../../src/check/udp_check.ts';
import { builtAddon, needs } from '../helpers/needs.ts';
import { tcpCheckConfig } from '../helpers/sample_config.ts';
import { silentListener } from '../helpers/silent_listener.ts';

async function listen(host: string): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

/** A port on which nothing listens: the kernel chose it, and it was given back. */
async function freePort(): Promise<number> {
  const { server, port } = await listen('127.0.0.1');
  server.close();
  await once(server, 'close');
  return port;
}

const never = new AbortController().signal;

describe('TCP_CHECK', { skip: needs(builtAddon) }, () => {
  for (const connectIp of ['127.0.0.1', '::1']) {
    it(`passes when ${connectIp} accepts the connection, and closes it`, async () => {
      const { server, port } = await listen(connectIp);
      const connection = once(server, 'connection');
      const result = await tcpCheck.run(tcpCheckConfig({ connectIp, connectPort: port }), never);
      const [socket] = await connection;
      socket.resume();
      await once(socket, 'end');
      server.close();
      assert.deepEqual(result, { code: 'L4OK' });
    });
  }

  it('fails with ECONNREFUSED where nothing listens', async () => {
    const check = tcpCheckConfig({ connectIp: '127.0.0.1', connectPort: await freePort() });
    assert.deepEqual(await tcpCheck.run(check, never), { code: 'L4CON', detail: 'ECONNREFUSED' });
  });

  it('fails with L4TOUT when its time is up before an answer', async () => {
    const { port, release } = await silentListener();
    const check = tcpCheckConfig({ connectIp: '127.0.0.1', connectPort: port, connectTimeoutMs: 100 });
    const result = await tcpCheck.run(check, never);
    release();
    assert.deepEqual(result, { code: 'L4TOUT' });
  });

  it('says by name that the interface of bind_if does not exist', async () => {
    const check = tcpCheckConfig({ connectIp: '127.0.0.1', connectPort: 1, bindIf: 'xlb-none' });
    const answers = [tcpCheck.run(check, never), udpCheck.run({ ...check, kind: 'UDP_CHECK' }, never)];
    const result = { code: 'SOCKERR', detail: 'no interface xlb-none' };
    assert.deepEqual(await Promise.all(answers), [result, result]);
  });

  it('comes from bindto', async () => {
    const { server, port } = await listen('127.0.0.1');
    const connection = once(server, 'connection');
    const result = await tcpCheck.run(
      tcpCheckConfig({ connectIp: '127.0.0.1', connectPort: port, bindto: '127.0.0.9' }),
      never,
    );
    const [socket] = await connection;
    const from = socket.remoteAddress;
    socket.destroy();
    server.close();
    assert.deepEqual({ result, from }, { result: { code: 'L4OK' }, from: '127.0.0.9' });
  });

  it('comes from bind_port, again and again', async () => {
    const { server, port } = await listen('127.0.0.1');
    server.on('connection', (socket) => socket.on('end', () => socket.end()).resume());
    const bindPort = await freePort();
    const check = tcpCheckConfig({ connectIp: '127.0.0.1', connectPort: port, bindPort });
    const closed = once(server, 'connection').then(([socket]) => once(socket, 'close'));
    const results = [await tcpCheck.run(check, never)];
    await closed;
    results.push(await tcpCheck.run(check, never));
    server.close();
    assert.deepEqual(results, [{ code: 'L4OK' }, { code: 'L4OK' }]);
  });

  it('says nothing about the real server when its own address cannot be bound', async () => {
    const check = tcpCheckConfig({ connectIp: '127.0.0.1', connectPort: 1, bindto: '192.0.2.1' });
    assert.deepEqual(await tcpCheck.run(check, never), { code: 'SOCKERR', detail: 'EADDRNOTAVAIL' });
  });
});

describe('what every thread of the pool loads', () => {
  it('is the checkers, and of node_modules the HTTP parser alone', () => {
    const worker = new URL('../../src/check/worker.js', import.meta.url).href;
    const script = `import(${JSON.stringify(worker)}).then(() => {
      const loaded = Object.keys(require('node:module')._cache ?? {});
      process.stdout.write(loaded.map((file) => file.replace(/^.*node_modules./, '')).join());
    })`;
    assert.equal(
      execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }),
      'http-parser-js/http-parser.js',
    );
  });
});
