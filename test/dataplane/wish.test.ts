import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { VirtualServerSpec } from '../../src/addon/addon.ts';
import type { Wanted } from '../../src/dataplane/messages.ts';
import { packWish, unpackWish } from '../../src/dataplane/wish.ts';

const server = (address: string): VirtualServerSpec => ({
  ...{ protocol: 'TCP', address, port: 80, scheduler: 'rr' },
  destinations: [{ address: '10.0.0.2', weight: 1 }],
});

const wantedOf = (virtualServers: readonly VirtualServerSpec[]): Wanted => ({
  virtualServers,
  realServers: ['10.0.0.2'],
  interfaces: { names: ['eth0'], addresses: [], datapath: 'auto' },
  markRules: [],
  settings: {},
});

/** As it comes out of another thread. */
const sent = <T>(value: T): T => structuredClone(value);

describe('a wish on its way to the worker', () => {
  const [A, B, C] = ['10.0.0.1', '10.0.0.3', '10.0.0.4'].map(server) as [
    VirtualServerSpec,
    VirtualServerSpec,
    VirtualServerSpec,
  ];
  const first = wantedOf([A, B]);

  it('is whole where there was none before', () => {
    assert.deepEqual(unpackWish(sent(packWish(first, undefined)), undefined), first);
  });

  it('has only what is not in the one before, and comes out whole', () => {
    const before = { revision: 1, wanted: first };
    const second = wantedOf([C, A]);
    const packed = packWish(second, before);
    assert.deepEqual(packed.virtualServers, [C, 0]);
    assert.equal(packed.realServers, undefined);
    const theirs = { revision: 1, wanted: sent(first) };
    const out = unpackWish(sent(packed), theirs);
    assert.deepEqual(out, second);
    assert.equal(out.virtualServers[1], theirs.wanted.virtualServers[0]);
    assert.equal(out.realServers, theirs.wanted.realServers);
  });

  it('has the addresses where they are others', () => {
    const second = { ...first, realServers: ['10.0.0.2', '10.0.0.9'] };
    const packed = packWish(second, { revision: 1, wanted: first });
    assert.deepEqual(unpackWish(sent(packed), { revision: 1, wanted: sent(first) }), second);
  });

  it('cannot be read after another one than it was made for', () => {
    const packed = packWish(first, { revision: 1, wanted: first });
    assert.throws(() => unpackWish(packed, undefined), /comes after wish 1, and the last was undefined/);
    assert.throws(() => unpackWish(packed, { revision: 2, wanted: first }), /the last was 2/);
  });
});
