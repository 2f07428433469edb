/** The entry of the pool's threads. What it imports is paid for in memory by every thread. */
import { systemClock } from '../base/clock.ts';
import { reasonOf } from '../base/errors.ts';
import type { ThreadSchedulingConfig } from '../config/model.ts';
import { runAttempt } from './attempt.ts';
import type { AttemptAnswers, AttemptTask } from './attempt_messages.ts';
import { serveAttempts } from './serve_attempts.ts';
import { ignoredByProbes } from './vip/probe.ts';

/** Called by piscina, by name, once a thread. */
export async function serve(task: AttemptTask): Promise<never> {
  if (task.scheduling !== undefined) await schedule(task.port, task.scheduling);
  return serveAttempts(task, {
    clock: systemClock,
    attempt: (check) => runAttempt(check, systemClock),
    ignored: ignoredByProbes,
  });
}

/** Where the kernel refuses that, checks are made all the same. */
async function schedule(port: AttemptTask['port'], wanted: ThreadSchedulingConfig): Promise<void> {
  try {
    const { addon } = await import('../addon/addon.ts');
    const { threadScheduling } = await import('../addon/scheduling.ts');
    addon().setThreadScheduling(threadScheduling(wanted));
  } catch (error) {
    const warning = `Health checks run at ordinary priority: ${reasonOf(error)}`;
    port.postMessage({ ids: [], results: [], warning } satisfies AttemptAnswers);
  }
}
