import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { interfaceCounts, interfaceFigures, targetOf } from '../../bench/interface.ts';
import { noAfXdpCounts } from '../helpers/fake_host.ts';

const read = (options: Readonly<Record<string, string>>) =>
  targetOf({ option: (name) => options[name] }, 'eth1');

describe('an interface to measure on', () => {
  it('forwards what comes for one virtual server to a MAC address', () => {
    assert.deepEqual(read({ 'next-hop': '02:00:00:00:00:01', 'virtual-server': '10.0.0.1:443' }), {
      interface: 'eth1',
      address: '10.0.0.1',
      port: 443,
      nextHop: '02:00:00:00:00:01',
    });
  });

  for (const [options, expected] of [
    [{}, /Cannot measure on eth1 without --next-hop MAC/],
    [{ 'next-hop': 'nix' }, /Cannot measure on eth1 without --next-hop MAC/],
    [{ 'virtual-server': '10.0.0.1' }, /Cannot take --virtual-server 10\.0\.0\.1: /],
    [{ 'virtual-server': '10.0.0.1:70000' }, /Cannot take --virtual-server 10\.0\.0\.1:70000: /],
  ] as const)
    it(`refuses ${JSON.stringify(options)}`, () => {
      assert.throws(() => read(options), expected);
    });

  it('received what its sockets lost as well, and did not forward what they did not send', () => {
    const verdicts = [
      { action: 'forward', packets: 900 },
      { action: 'pass', packets: 50 },
      { action: 'drop', packets: 5 },
    ] as const;
    const lost = { receiveFull: 400, fillEmpty: 30, receiveOther: 30, transmitFull: 7, transmitFailed: 1 };
    assert.deepEqual(interfaceCounts(verdicts, { ...noAfXdpCounts, ...lost }), {
      received: 1_385,
      forwarded: 892,
    });
  });

  it('has figures of what came and what was forwarded of it', () => {
    const figures = interfaceFigures('xdp', [
      { received: 1_000, forwarded: 900 },
      { received: 0, forwarded: 0 },
    ]);
    assert.deepEqual(
      figures.map(({ name, median, max }) => [name, median, max]),
      [
        ['xdp: received', 500, 1_000],
        ['xdp: forwarded', 450, 900],
        ['xdp: of what was received', 45, 90],
      ],
    );
  });
});
