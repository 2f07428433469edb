import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, Socket } from 'node:net';
import { describe, it } from 'node:test';
import { tcpCheck } from '../../src/check/tcp_check.ts';
import { awaitedConnections, connectSocket } from '../../src/check/tcp_connection.ts';
import { builtAddon, needs } from '../helpers/needs.ts';
import { tcpCheckConfig } from '../helpers/sample_config.ts';

const never = new AbortController().signal;

describe("the connections of a thread's attempts", { skip: needs(builtAddon) }, () => {
  it('are forgotten once they have passed a TCP_CHECK, or were handed over', async () => {
    const server = createServer((socket) => socket.on('error', () => undefined).resume());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const check = tcpCheckConfig({ connectIp: '127.0.0.1', connectPort: port });
    const results = await Promise.all(Array.from({ length: 20 }, () => tcpCheck.run(check, never)));
    const socket = await connectSocket(check, never);
    const left = awaitedConnections();
    const handedOver = socket instanceof Socket;
    if (handedOver) socket.destroy();
    server.close();
    const passed = results.filter(({ code }) => code === 'L4OK').length;
    assert.deepEqual({ passed, handedOver, left }, { passed: 20, handedOver: true, left: 0 });
  });
});
