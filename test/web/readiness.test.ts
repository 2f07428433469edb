import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hindrances } from '../../src/web/readiness.ts';

const well = { interfaces: 1, vrrp: true, virtualServers: 2, problems: [] };

describe('a director is ready', () => {
  it('where it forwards what the configuration says', () => assert.deepEqual(hindrances(well), []));

  it('also as a backup without virtual servers', () =>
    assert.deepEqual(hindrances({ ...well, interfaces: 0, virtualServers: 0 }), []));
});

describe('a director is not ready', () => {
  it('while a worker is being restarted, and says which', () =>
    assert.deepEqual(hindrances({ ...well, interfaces: undefined, vrrp: false }), [
      'The dataplane worker is being restarted: forwarding goes on, nothing can be changed',
      'The VRRP worker is being restarted: addresses stay, elections wait',
    ]));

  it('where the packet path is on no interface, or the tables have not taken something', () =>
    assert.deepEqual(hindrances({ ...well, interfaces: 0, problems: ['Cannot add a server'] }), [
      'Nothing is forwarded: the packet path is on no interface; xlb doctor says why',
      'Cannot add a server',
    ]));
});
