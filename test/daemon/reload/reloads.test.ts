import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ReloadOutcome } from '../../../src/control/reload.ts';
import { Reloads } from '../../../src/daemon/reload/reloads.ts';
import { turn } from '../../helpers/daemon_on.ts';

/** Reloads that end when told to; each answers with the number of its run. */
function world() {
  const ends: (() => void)[] = [];
  const reloads = new Reloads(
    () =>
      new Promise<ReloadOutcome>((resolve) => {
        const run = ends.length + 1;
        ends.push(() => resolve({ outcome: 'failed', file: 'x', reason: `run ${run}` }));
      }),
  );
  const runOf = async (asked: Promise<ReloadOutcome>) => {
    const outcome = await asked;
    return outcome.outcome === 'failed' ? outcome.reason : outcome.outcome;
  };
  return { ends, reloads, runOf };
}

describe('reloads', () => {
  it('are two where a hundred are asked for: the one that runs, and one after it for all others', async () => {
    const { ends, reloads, runOf } = world();
    const first = runOf(reloads.ask());
    await turn();
    const storm = Array.from({ length: 99 }, () => runOf(reloads.ask()));
    await turn();
    assert.equal(ends.length, 1);
    ends[0]?.();
    await turn();
    ends[1]?.();
    await turn();
    assert.equal(ends.length, 2);
    assert.deepEqual([await first, [...new Set(await Promise.all(storm))]], ['run 1', ['run 2']]);
  });

  it('are one where all are asked for at once, before the file was read', async () => {
    const { ends, reloads, runOf } = world();
    const storm = Array.from({ length: 100 }, () => runOf(reloads.ask()));
    await turn();
    ends[0]?.();
    assert.deepEqual([[...new Set(await Promise.all(storm))], ends.length], [['run 1'], 1]);
  });

  it('end with the daemon: who waits is told, and nobody begins another', async () => {
    const { ends, reloads, runOf } = world();
    const first = runOf(reloads.ask());
    await turn();
    const second = runOf(reloads.ask());
    reloads.close();
    ends[0]?.();
    const third = runOf(reloads.ask());
    assert.deepEqual(
      [await first, await second, await third, ends.length],
      ['run 1', 'stopping', 'stopping', 1],
    );
  });
});
