import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Announcer } from '../../src/vrrp/announcer.ts';
import { Held } from '../../src/vrrp/held.ts';
import { FakeClock } from '../helpers/fake_clock.ts';
import { memoryLog } from '../helpers/memory_log.ts';
import { span, vrrpInstanceConfig } from '../helpers/sample_config.ts';

/** The addresses announced in 25 s of a master with garp_extra_if 10, which is none any more after 21 s. */
function announced(extraInterfacesAll: boolean): string[] {
  const clock = new FakeClock();
  const { logger: log } = memoryLog();
  const sent: string[] = [];
  const nothing = { add: () => undefined, remove: () => undefined };
  const macvlan = { name: 'vrrp.51', mac: '00:00:5e:00:01:33', parent: 'eth1' };
  const plain = vrrpInstanceConfig();
  const config = vrrpInstanceConfig({
    garp: { ...plain.garp, extraInterfacesMs: 10_000, extraInterfacesAll },
    addresses: [
      { address: '10.0.0.1', prefix: 32, interface: 'eth0', span },
      { address: '10.0.1.1', prefix: 32, interface: 'vrrp.51', macvlan, span },
      { address: '10.0.2.1', prefix: 32, interface: 'eth2', span },
    ],
  });
  let isHolder = true;
  const held = new Held(config, {
    clock,
    log,
    keeper: {
      ...nothing,
      accept: () => undefined,
      close: () => undefined,
      missing: () => [],
      ownsAny: () => false,
      remove: () => 0,
    },
    routing: nothing,
    announcer: new Announcer({
      clock,
      log,
      announce: ({ address }, repeat) => void sent.push(`${clock.nowMs() / 1_000} s: ${address} x ${repeat}`),
    }),
    isHolder: () => isHolder,
    heldByOthers: () => false,
    closedByOthers: () => false,
  });
  held.add();
  clock.advance(21_000);
  isHolder = false;
  clock.advance(30_000);
  assert.equal(clock.pending, 0);
  return sent;
}

describe('garp_extra_if', () => {
  it('announces what is on macvlans that no adverts leave by, as long as the master holds it', () => {
    assert.deepEqual(announced(false), ['10 s: 10.0.1.1 x 1', '20 s: 10.0.1.1 x 1']);
  });

  it('with `all` announces what is on any other interface than that of the adverts', () => {
    assert.deepEqual(announced(true), [
      '10 s: 10.0.1.1 x 1',
      '10 s: 10.0.2.1 x 1',
      '20 s: 10.0.1.1 x 1',
      '20 s: 10.0.2.1 x 1',
    ]);
  });
});
