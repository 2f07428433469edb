import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sharedProcesses } from '../../src/vrrp/shared_processes.ts';
import { FakeClock } from '../helpers/fake_clock.ts';

describe('the processes that several look for', () => {
  it('are read once for all that ask at the same moment, with words where one needs them', async () => {
    const reads: string[] = [];
    const read = (kind: string) => (withWords: boolean) => {
      reads.push(`${kind}${withWords ? ' with words' : ''}`);
      return [];
    };
    const all = read('all');
    const clock = new FakeClock();
    const shared = sharedProcesses(
      { allNow: read('now'), all: (words) => Promise.resolve(all(words)), runs: () => true },
      clock,
      { withWords: true },
    );
    for (let times = 0; times < 3; times += 1) {
      shared.allNow(false);
      await shared.all(times === 1);
    }
    assert.deepEqual(reads, ['now with words', 'all with words']);
    clock.advance(50);
    shared.allNow(false);
    await shared.all(false);
    assert.equal(reads.length, 4);
  });
});
