/** The entry of the pool's threads. What it imports is paid for in memory by every thread. */
import { systemClock } from '../base/clock.ts';
import { runAttempt } from './attempt.ts';
import type { AttemptTask } from './attempt_messages.ts';
import { serveAttempts } from './serve_attempts.ts';

/** Called by piscina, by name, once a thread. */
export function serve(task: AttemptTask): Promise<never> {
  return serveAttempts(task, {
    clock: systemClock,
    attempt: (check) => runAttempt(check, systemClock),
  });
}
