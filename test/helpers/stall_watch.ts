/**
 * Whether the machine let its processes run. A test of times of some milliseconds cannot ask for them where it did not:
 * a process beside those of the test sees it, a real-time one where they are.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { pause, within } from '../../src/demo/pause.ts';
import type { Lab } from './lab.ts';

const nowMs = () => Number(process.hrtime.bigint() / 1_000_000n);
/** What the child saw just now has come by then. */
const toldWithinMs = 50;

export class StallWatch {
  readonly #child: ChildProcess;
  readonly #stalls: { readonly lateMs: number; readonly atMs: number }[] = [];

  /** It lives as long as the lab. */
  static async start(lab: Lab, { realTime = false } = {}): Promise<StallWatch> {
    const watch = new StallWatch(lab, realTime);
    await within('the watch', 10_000, once(watch.#child, 'message'));
    return watch;
  }

  private constructor(lab: Lab, realTime: boolean) {
    const file = fileURLToPath(new URL('./stall_watch_child.js', import.meta.url));
    const argv = [...(realTime ? ['chrt', '-f', '50'] : []), process.execPath, file];
    this.#child = lab.spawn(lab.bridge, argv, { ipc: true, stdout: 'ignore', stderr: 'inherit' });
    this.#child.on('message', (said) => {
      if (typeof said === 'object') this.#stalls.push(said as { lateMs: number; atMs: number });
    });
  }

  /** What `act` resolves to, and the longest time for which the machine did not run meanwhile. */
  async during<T>(act: () => Promise<T>): Promise<{ readonly result: T; readonly stalledMs: number }> {
    const fromMs = nowMs();
    const result = await act();
    await pause(toldWithinMs);
    const seen = this.#stalls.filter(({ atMs }) => atMs >= fromMs).map(({ lateMs }) => lateMs);
    return { result, stalledMs: Math.max(0, ...seen) };
  }
}
