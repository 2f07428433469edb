/** The interfaces of this network namespace, read once and kept right by what the kernel reports. */
import type { HostEvent, Link } from '../addon/addon.ts';

export class Links {
  readonly #read: () => readonly Link[];
  readonly #byIndex = new Map<number, Link>();

  /** `read`: those that there are now. */
  constructor(read: () => readonly Link[]) {
    this.#read = read;
    this.refresh();
  }

  /** Reads everything again: at the start, and when messages were lost. */
  refresh(): void {
    this.#byIndex.clear();
    for (const link of this.#read()) this.#byIndex.set(link.index, link);
  }

  take({ kind: _kind, removed, ...link }: HostEvent & { kind: 'link' }): void {
    if (removed) this.#byIndex.delete(link.index);
    else this.#byIndex.set(link.index, link);
  }

  byIndex(index: number): Link | undefined {
    return this.#byIndex.get(index);
  }

  byName(name: string): Link | undefined {
    return this.all().find((link) => link.name === name);
  }

  all(): Link[] {
    return [...this.#byIndex.values()];
  }
}
