/** Waiting, for the demo's processes. */
import { systemClock } from '../base/clock.ts';
import { XlbError } from '../base/errors.ts';

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => systemClock.setTimer(ms, resolve));
}

/** Asks again every `everyMs` until the answer is not undefined; throws TIMEOUT, naming `what`, after `atMostMs`. */
export async function until<T>(
  what: string,
  options: { readonly everyMs: number; readonly atMostMs: number },
  ask: () => Promise<T | undefined>,
): Promise<T> {
  const end = systemClock.nowMs() + options.atMostMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (systemClock.nowMs() > end) {
      throw new XlbError(
        'TIMEOUT',
        `Cannot wait longer for ${what}: ${options.atMostMs / 1000} s have passed`,
      );
    }
    await pause(options.everyMs);
  }
}

/** The promise, or a TIMEOUT error that names `what`. */
export function within<T>(what: string, ms: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = systemClock.setTimer(ms, () =>
      reject(new XlbError('TIMEOUT', `Cannot wait longer for ${what}: ${ms / 1000} s have passed`)),
    );
    promise.then(resolve, reject).finally(() => timer.cancel());
  });
}
