import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { VipHolders } from '../../../src/check/vip/holders.ts';
import { FakeClock } from '../../helpers/fake_clock.ts';

const vip = '10.0.0.100';
const server = '02:00:00:00:00:11';

/** A check each second for so long; when it asked, and when it was said to hold the address. */
function watch(seconds: number, during: (holders: VipHolders, second: number) => void) {
  const clock = new FakeClock();
  const holders = new VipHolders(clock);
  const asked: number[] = [];
  const held: number[] = [];
  for (let second = 0; second <= seconds; second++) {
    if (holders.holds(vip, server, () => asked.push(second))) held.push(second);
    during(holders, second);
    clock.advance(1_000);
  }
  return { asked, held: held.length === 0 ? [] : [held[0], held.at(-1)] };
}

describe('who answers ARP for a virtual address', () => {
  it('is asked at the first check and then once a minute', () => {
    assert.deepEqual(
      watch(125, () => {}),
      { asked: [0, 60, 120], held: [] },
    );
  });

  it('is asked each 10 s while a real server answers, and forgotten 25 s after its last answer', () => {
    const answering = (holders: VipHolders, second: number) => {
      if (second < 30 && second % 10 === 0) holders.heard(vip, server);
    };
    assert.deepEqual(watch(110, answering), { asked: [0, 10, 20, 30, 40, 100], held: [1, 45] });
  });

  it('may be another: the director that is master, or anybody', () => {
    const others = (holders: VipHolders, second: number) => {
      for (let one = 0; one < 100; one++) holders.heard(vip, `${second} ${one}`);
      holders.heard('10.0.0.101', server);
    };
    assert.deepEqual(watch(70, others), { asked: [0, 60], held: [] });
  });
});
