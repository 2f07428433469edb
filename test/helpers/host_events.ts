import type { HostEvent, NetlinkMonitor } from '../../src/addon/addon.ts';
import { addon } from '../../src/addon/addon.ts';

/** A monitor with a memory, so that a test can wait for what happened or is yet to happen. */
export class HostEvents {
  readonly seen: HostEvent[] = [];
  readonly #monitor: NetlinkMonitor;
  #arrived: () => void = () => {};

  constructor() {
    this.#monitor = new (addon().NetlinkMonitor)((events) => {
      this.seen.push(...events);
      this.#arrived();
    });
  }

  /** The first event that satisfies; the test's own timeout is what ends a vain wait. */
  async first(satisfies: (event: HostEvent) => boolean): Promise<HostEvent> {
    for (;;) {
      const found = this.seen.find(satisfies);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
    }
  }

  close(): void {
    this.#monitor.close();
  }
}
