import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { judgeReply, udpCheck } from '../../src/check/udp_check.ts';
import type { UdpCheckConfig } from '../../src/config/model.ts';
import { builtAddon, needs } from '../helpers/needs.ts';
import { commonCheckConfig } from '../helpers/sample_config.ts';
import { freeUdpPort, type UdpServer, udpServer } from '../helpers/udp_server.ts';

const never = new AbortController().signal;
const anyReply = { pattern: '', minBytes: 0, maxBytes: 255 };

function config(changes: Partial<UdpCheckConfig>): UdpCheckConfig {
  return { kind: 'UDP_CHECK', ...commonCheckConfig, ...changes };
}

describe('what UDP_CHECK requires of a reply', () => {
  const table: readonly [pattern: string, reply: string, result: object][] = [
    ['', '00ff', { code: 'L7OK' }],
    ['00ff', '00ff', { code: 'L7OK' }],
    ['00ff', '00ff77', { code: 'L7OK' }],
    ['00ff', '01ff', { code: 'L7RSP', detail: 'byte 1 of the reply is another' }],
    ['00ff', '00f0', { code: 'L7RSP', detail: 'byte 2 of the reply is another' }],
    ['0xxxx0', '0affc0', { code: 'L7OK' }],
    ['0xxxx0', '0affc1', { code: 'L7RSP', detail: 'byte 3 of the reply is another' }],
    ['00ff77', '00ff', { code: 'L7OK' }],
    ['', '0', { code: 'L7RSP', detail: 'reply of 0 bytes' }],
    ['', '000000000000', { code: 'L7RSP', detail: 'reply of 6 bytes' }],
  ];
  for (const [pattern, reply, result] of table)
    it(`${pattern || 'anything'} against ${reply} gives ${JSON.stringify(result)}`, () =>
      assert.deepEqual(judgeReply(Buffer.from(reply, 'hex'), { pattern, minBytes: 1, maxBytes: 5 }), result));
});

describe('UDP_CHECK', { skip: needs(builtAddon) }, () => {
  let server: UdpServer | undefined;
  afterEach(() => {
    server?.close();
    server = undefined;
  });
  const serve = async (answer: (request: Buffer) => readonly Uint8Array[], host = '127.0.0.1') => {
    server = await udpServer(answer, host);
    return { server, connectIp: host, connectPort: server.port };
  };

  for (const host of ['127.0.0.1', '::1'])
    it(`sends the payload to ${host} and passes with a reply`, async () => {
      const { server: asked, ...ends } = await serve((request) => [request], host);
      const result = await udpCheck.run(config({ ...ends, payload: '00ff10' }), never);
      assert.deepEqual([result, asked.received], [{ code: 'L4OK' }, [Buffer.from('00ff10', 'hex')]]);
    });

  it('sends 32 bytes where no payload is written', async () => {
    const { server: asked, ...ends } = await serve((request) => [request]);
    await udpCheck.run(config(ends), never);
    assert.equal(asked.received[0]?.length, 32);
  });

  it('fails at once when ICMP says that the port is closed', async () => {
    const check = config({ connectPort: await freeUdpPort() });
    assert.deepEqual(await udpCheck.run(check, never), { code: 'L4CON', detail: 'ECONNREFUSED' });
  });

  it('takes silence until connect_timeout for passing, unless a reply is required', async () => {
    const { server: asked, ...ends } = await serve(() => []);
    const silent = async (check: UdpCheckConfig) => {
      const controller = new AbortController();
      const answer = udpCheck.run(check, controller.signal);
      await asked.first;
      controller.abort();
      return answer;
    };
    assert.deepEqual(await silent(config(ends)), { code: 'L4OK', detail: 'no reply, and none required' });
    assert.deepEqual(await silent(config({ ...ends, reply: anyReply })), { code: 'L7TOUT' });
  });

  it('judges the first reply, however many and large they are', async () => {
    const { connectIp, connectPort } = await serve(() => [
      Buffer.alloc(65_507, 1),
      ...Array.from({ length: 100 }, () => Buffer.from([7])),
    ]);
    const check = config({ connectIp, connectPort, reply: { pattern: '07', minBytes: 0, maxBytes: 255 } });
    assert.deepEqual(await udpCheck.run(check, never), { code: 'L7RSP', detail: 'reply of 65507 bytes' });
  });

  it('comes from bindto and bind_port, and says nothing where it cannot', async () => {
    const { server: asked, ...ends } = await serve((request) => [request]);
    const bindPort = await freeUdpPort();
    const result = await udpCheck.run(config({ ...ends, bindto: '127.0.0.9', bindPort }), never);
    assert.deepEqual(
      [result, await asked.first],
      [{ code: 'L4OK' }, { address: '127.0.0.9', port: bindPort }],
    );
    assert.deepEqual(await udpCheck.run(config({ ...ends, bindto: '192.0.2.1' }), never), {
      code: 'SOCKERR',
      detail: 'EADDRNOTAVAIL',
    });
  });

  it('does not begin when its time is up already', async () => {
    assert.deepEqual(await udpCheck.run(config({ reply: anyReply }), AbortSignal.abort()), {
      code: 'L7TOUT',
    });
  });
});
