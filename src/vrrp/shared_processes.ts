/** One look at /proc for all that are interested at the same moment. */
import type { Clock } from '../base/clock.ts';
import type { FoundProcess, Processes } from './processes.ts';

/** Timers that are set to the same moment do not fire at the very same. */
const SAME_MOMENT_MS = 40;

interface Scan<Found> {
  readonly atMs: number;
  readonly found: Found;
}

/** `withWords`: somebody needs them, so everybody gets them. */
export function sharedProcesses(
  processes: Processes,
  clock: Clock,
  { withWords }: { readonly withWords: boolean },
): Processes {
  let now: Scan<FoundProcess[]> | undefined;
  let later: Scan<Promise<FoundProcess[]>> | undefined;
  const isFresh = (scan: Scan<unknown> | undefined) =>
    scan !== undefined && clock.nowMs() - scan.atMs < SAME_MOMENT_MS;
  return {
    allNow: () => {
      if (now === undefined || !isFresh(now)) {
        const found = processes.allNow(withWords);
        now = { atMs: clock.nowMs(), found };
      }
      return now.found;
    },
    all: () => {
      if (later === undefined || !isFresh(later))
        later = { atMs: clock.nowMs(), found: processes.all(withWords) };
      return later.found;
    },
    runs: (process) => processes.runs(process),
  };
}
