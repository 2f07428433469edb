import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readAdvert } from '../../src/doctor/listen.ts';
import { parseXdp } from '../../src/doctor/read_facts.ts';

describe('an advert that the doctor hears', () => {
  const packet = (source: string, ...bytes: readonly number[]) =>
    readAdvert({ bytes: Uint8Array.from(bytes), source, destination: '', ttl: 255, index: 2 }, 'eth0');

  it('says who uses which virtual router for which addresses', () => {
    assert.deepEqual(packet('10.0.0.2', 0x21, 51, 100, 1, 0, 1, 0, 0, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0), {
      interface: 'eth0',
      source: '10.0.0.2',
      virtualRouterId: 51,
      version: 2,
      priority: 100,
      addresses: ['10.0.0.1'],
    });
  });

  it('is none where it is cut or of another type', () => {
    const cut = [0x21, 51, 100, 2, 0, 1, 0, 0, 10, 0, 0, 1];
    assert.deepEqual(
      [packet('10.0.0.2', ...cut), packet('10.0.0.2', 0x22), packet('fe80::1')],
      [undefined, undefined, undefined],
    );
  });
});

describe('XDP programs', () => {
  it('are read from what ip shows, one or several on an interface', () => {
    const links = [
      { ifname: 'lo' },
      { ifname: 'eth0', xdp: { mode: 1, prog: { id: 5, name: 'xlb_forward' } } },
      {
        ifname: 'eth1',
        xdp: {
          mode: 4,
          attached: [
            { mode: 2, prog: { id: 6, name: 'a' } },
            { mode: 3, prog: { id: 7 } },
          ],
        },
      },
    ];
    assert.deepEqual(parseXdp(JSON.stringify(links)), [
      { interface: 'eth0', name: 'xlb_forward', id: 5, mode: 'native' },
      { interface: 'eth1', name: 'a', id: 6, mode: 'generic' },
      { interface: 'eth1', name: 'unknown', id: 7, mode: 'offload' },
    ]);
  });
});
