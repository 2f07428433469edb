import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { decode, encode, type Packet } from 'dns-packet';
import { dnsCheck } from '../../src/check/dns_check.ts';
import type { DnsCheckConfig } from '../../src/config/model.ts';
import { builtAddon, needs } from '../helpers/needs.ts';
import { commonCheckConfig } from '../helpers/sample_config.ts';
import { freeUdpPort, type UdpServer, udpServer } from '../helpers/udp_server.ts';

const never = new AbortController().signal;

function config(changes: Partial<DnsCheckConfig>): DnsCheckConfig {
  return { kind: 'DNS_CHECK', ...commonCheckConfig, type: 'SOA', name: '.', ...changes };
}

const answerTo = (request: Buffer, changes: Partial<Packet> = {}): Buffer =>
  encode({ ...decode(request), type: 'response', ...changes } as Packet);

describe('DNS_CHECK', { skip: needs(builtAddon) }, () => {
  let server: UdpServer | undefined;
  afterEach(() => {
    server?.close();
    server = undefined;
  });
  const serve = async (answer: (request: Buffer) => readonly Uint8Array[]) => {
    server = await udpServer(answer);
    return { server, connectPort: server.port };
  };

  it('asks for the name and type, recursion desired, and passes with an answer', async () => {
    const { server: asked, connectPort } = await serve((request) => [
      answerTo(request, { answers: [{ type: 'A', name: 'www.example.com', ttl: 60, data: '192.0.2.1' }] }),
    ]);
    const result = await dnsCheck.run(config({ connectPort, type: 'A', name: 'www.example.com' }), never);
    const { flags, questions } = decode(asked.received[0] ?? Buffer.alloc(0));
    assert.deepEqual(
      { result, flags, questions },
      {
        result: { code: 'L7OK' },
        flags: 0x0100,
        questions: [{ type: 'A', class: 'IN', name: 'www.example.com' }],
      },
    );
  });

  it('asks for the SOA of the root where nothing else is written', async () => {
    const { server: asked, connectPort } = await serve((request) => [answerTo(request)]);
    await dnsCheck.run(config({ connectPort }), never);
    assert.equal(asked.received[0]?.subarray(4).toString('hex'), '00010000000000000000060001');
  });

  it('fails with the rcode by name', async () => {
    const { connectPort } = await serve((request) => [answerTo(request, { flags: 0x0103 })]);
    assert.deepEqual(await dnsCheck.run(config({ connectPort }), never), {
      code: 'L7STS',
      detail: 'NXDOMAIN',
    });
  });

  it('passes over rubbish, questions and answers to others', async () => {
    const { connectPort } = await serve((request) => {
      const other = Buffer.from(answerTo(request, { flags: 2 }));
      other.writeUInt16BE(other.readUInt16BE(0) ^ 1, 0);
      return [Buffer.alloc(0), Buffer.alloc(11, 0xff), other, request, answerTo(request)];
    });
    assert.deepEqual(await dnsCheck.run(config({ connectPort }), never), { code: 'L7OK' });
  });

  it('takes an answer that is cut after its header', async () => {
    const { connectPort } = await serve((request) => [answerTo(request).subarray(0, 12)]);
    assert.deepEqual(await dnsCheck.run(config({ connectPort }), never), { code: 'L7OK' });
  });

  it('fails when its time is over, and at once when the port is closed', async () => {
    const { server: asked, connectPort } = await serve(() => []);
    const controller = new AbortController();
    const answer = dnsCheck.run(config({ connectPort }), controller.signal);
    await asked.first;
    controller.abort();
    assert.deepEqual(await answer, { code: 'L7TOUT' });
    const closed = config({ connectPort: await freeUdpPort() });
    assert.deepEqual(await dnsCheck.run(closed, never), { code: 'L4CON', detail: 'ECONNREFUSED' });
  });
});
