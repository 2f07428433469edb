import { systemClock } from '../../src/base/clock.ts';
import type { AskedCheck, AttemptTask } from '../../src/check/attempt_messages.ts';
import type { AttemptResult } from '../../src/check/checker.ts';
import { serveAttempts } from '../../src/check/serve_attempts.ts';
import { NONE_IGNORED } from '../../src/check/vip/ignored.ts';

/** Ports that tell the thread what to do. */
export const ports = { pass: 80, die: 1, hang: 2, runOutOfMemory: 3 } as const;

/** Stands in for the pool's worker: answers, dies or falls silent, as the port says. */
export const serve = (task: AttemptTask) =>
  serveAttempts(task, { clock: systemClock, attempt, ignored: () => ({ ...NONE_IGNORED, wrong: 3 }) });

function attempt({ connectPort }: AskedCheck): Promise<AttemptResult> {
  switch (connectPort) {
    case ports.die:
      setImmediate(() => {
        throw new Error('the thread dies');
      });
      return new Promise(() => {});
    case ports.hang:
      return new Promise(() => {});
    case ports.runOutOfMemory: {
      const memory: number[][] = [];
      for (;;) memory.push(Array.from({ length: 100_000 }, (_, index) => index));
    }
    default:
      return Promise.resolve({ code: 'L4OK', latencyMs: 0 });
  }
}
