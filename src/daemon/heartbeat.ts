/** Says at half of the watchdog's time that the director is alive, and only while all of its threads answer. */
import type { Clock, Timer } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';

export interface HeartbeatShell {
  readonly clock: Clock;
  readonly log: Logger;
  /** Threads besides this one, by name: each resolves when it has answered, and rejects where it cannot. */
  readonly threads: Readonly<Record<string, () => Promise<unknown>>>;
  readonly alive: () => void;
}

/** Until it is stopped. A thread that has not answered its last question is not asked again. */
export function startHeartbeat(watchdogMs: number, shell: HeartbeatShell): { stop(): void } {
  const { alive, clock, log, threads } = shell;
  const everyMs = watchdogMs / 2;
  const waiting = new Set<string>();
  let beating = false;
  let stopped = false;
  let timer: Timer;
  const beat = async (): Promise<void> => {
    timer = clock.setTimer(everyMs, () => void beat());
    if (beating) {
      log.warn(
        `No answer for ${everyMs / 1_000} s: ${[...waiting].join(', ')}. The watchdog is not told to wait`,
      );
      return;
    }
    beating = true;
    const answered = await Promise.all(
      Object.entries(threads).map(async ([name, ask]) => {
        waiting.add(name);
        const answers = await ask().then(
          () => true,
          () => false,
        );
        waiting.delete(name);
        return answers;
      }),
    );
    beating = false;
    if (!stopped && answered.every(Boolean)) alive();
  };
  void beat();
  return {
    stop: () => {
      stopped = true;
      timer.cancel();
    },
  };
}
