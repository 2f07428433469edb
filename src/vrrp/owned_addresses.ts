/**
 * The addresses that xlb itself put on the host, remembered in a file, so that the next process knows after a crash
 * which ones are its to keep, and to remove. Interfaces are remembered by name: an index does not outlive a reboot.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

export interface OwnedAddress {
  readonly interface: string;
  readonly address: string;
  readonly prefix: number;
}

export class OwnedAddresses {
  readonly #file: string;
  readonly #all = new Map<string, OwnedAddress>();

  /** Reads `file`; a missing or unreadable one means that nothing is owned. */
  constructor(file: string) {
    this.#file = file;
    for (const owned of read(file)) this.#all.set(key(owned), owned);
  }

  all(): OwnedAddress[] {
    return [...this.#all.values()];
  }

  has(address: OwnedAddress): boolean {
    return this.#all.has(key(address));
  }

  /** To be called before the address is added: a crash between the two must not leave an address without an owner. */
  add(address: OwnedAddress): void {
    if (this.has(address)) return;
    const { interface: name, address: text, prefix } = address;
    this.#all.set(key(address), { interface: name, address: text, prefix });
    this.#write();
  }

  delete(address: OwnedAddress): void {
    if (this.#all.delete(key(address))) this.#write();
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

function read(file: string): OwnedAddress[] {
  try {
    const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return Array.isArray(content) ? content.filter(isOwnedAddress) : [];
  } catch {
    return [];
  }
}

function isOwnedAddress(value: unknown): value is OwnedAddress {
  if (typeof value !== 'object' || value === null) return false;
  const { interface: name, address, prefix } = value as Record<keyof OwnedAddress, unknown>;
  return typeof name === 'string' && typeof address === 'string' && typeof prefix === 'number';
}

function key({ interface: name, address, prefix }: OwnedAddress): string {
  return `${name} ${address}/${prefix}`;
}
