/**
 * A set of things that xlb did to the host, remembered in a file, so that the next process knows after a crash what
 * is its to keep and to undo. To be remembered before it is done: a crash between the two must leave nothing unowned.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { reasonOf } from '../base/errors.ts';
import type { Logger } from '../base/forward_log.ts';

export interface RememberedKind<Item> {
  /** Reads an item back from JSON; undefined for what is none. */
  readonly parse: (value: unknown) => Item | undefined;
  readonly key: (item: Item) => string;
}

export class Remembered<Item> {
  readonly #file: string;
  readonly #kind: RememberedKind<Item>;
  readonly #all = new Map<string, Item>();
  readonly #log: Pick<Logger, 'warn'>;
  #isStale = false;

  /** Reads `file`; a missing or unreadable one means that nothing was done. */
  constructor(file: string, kind: RememberedKind<Item>, log: Pick<Logger, 'warn'>) {
    this.#file = file;
    this.#kind = kind;
    this.#log = log;
    for (const item of read(file).map(kind.parse))
      if (item !== undefined) this.#all.set(kind.key(item), item);
  }

  all(): Item[] {
    return [...this.#all.values()];
  }

  has(item: Item): boolean {
    return this.#all.has(this.#kind.key(item));
  }

  /** One write for all of them; none where all are known. */
  add(...items: readonly Item[]): void {
    const before = this.#all.size;
    for (const item of items) if (!this.has(item)) this.#all.set(this.#kind.key(item), item);
    if (this.#all.size > before) this.#keep();
  }

  delete(...items: readonly Item[]): void {
    const before = this.#all.size;
    for (const item of items) this.#all.delete(this.#kind.key(item));
    if (this.#all.size < before) this.#keep();
  }

  /** A full or read-only file system must stop nobody from becoming master: the memory of this process goes on. */
  #keep(): void {
    try {
      this.#write();
      this.#isStale = false;
    } catch (error) {
      if (this.#isStale) return;
      this.#isStale = true;
      this.#log.warn(
        `Cannot write ${this.#file}: ${reasonOf(error)}. After a crash, xlb would not know what it did to the host`,
      );
    }
  }

  #write(): void {
    if (this.#all.size === 0) {
      rmSync(this.#file, { force: true });
      return;
    }
    const temporary = `${this.#file}.tmp`;
    writeFileSync(temporary, `${JSON.stringify(this.all())}\n`, { mode: 0o600 });
    renameSync(temporary, this.#file);
  }
}

function read(file: string): unknown[] {
  try {
    const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return Array.isArray(content) ? content : [];
  } catch {
    return [];
  }
}
