/** Kernel settings that have another value while something needs it, and their own again afterwards. */
import type { Sysctl } from '../host/sysctl.ts';

export class BorrowedSysctls {
  readonly #sysctl: Sysctl;
  readonly #before = new Map<string, string>();

  constructor(sysctl: Sysctl) {
    this.#sysctl = sysctl;
  }

  /** Also where it was set: an interface that came again has its defaults. Throws where there is no such setting. */
  set(name: string, value: string): void {
    const present = this.#sysctl.read(name);
    if (!this.#before.has(name)) this.#before.set(name, present);
    if (present !== value) this.#sysctl.write(name, value);
  }

  restoreOthers(wanted: ReadonlySet<string>): void {
    for (const [name, value] of this.#before) {
      if (wanted.has(name)) continue;
      this.#before.delete(name);
      try {
        this.#sysctl.write(name, value);
      } catch {
        // With its interface, the setting went.
      }
    }
  }
}

/** A name may have dots, as vrrp.51 has. */
export function interfaceSetting(name: string, what: string): string {
  return `net/ipv4/conf/${name}/${what}`;
}
