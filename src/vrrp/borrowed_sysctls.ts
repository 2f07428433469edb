/**
 * Kernel settings that have another value while something needs it, and their own again afterwards: also where the
 * process that set them died.
 */
import type { Logger } from '../base/log.ts';
import { Remembered } from '../host/remembered.ts';
import type { Sysctl } from '../host/sysctl.ts';

/** As it was before. */
export interface BorrowedSetting {
  readonly name: string;
  readonly value: string;
}

export type BorrowedSettings = Remembered<BorrowedSetting>;

/** The settings that this instance has borrowed, as `file` remembers them. */
export function borrowedSettings(file: string, log: Pick<Logger, 'warn'>): BorrowedSettings {
  return new Remembered(file, { parse, key: ({ name }) => name }, log);
}

/** Those of one kind, as 'arp_ignore'. */
export class BorrowedSysctls {
  readonly #sysctl: Sysctl;
  readonly #before: BorrowedSettings;
  readonly #what: string;

  constructor(
    sysctl: Sysctl,
    { before, what }: { readonly before: BorrowedSettings; readonly what: string },
  ) {
    this.#sysctl = sysctl;
    this.#before = before;
    this.#what = what;
  }

  /** Also where it was set: an interface that came again has its defaults. Throws where there is no such setting. */
  set(interfaceName: string, value: string): void {
    const name = interfaceSetting(interfaceName, this.#what);
    const present = this.#sysctl.read(name);
    this.#before.add({ name, value: present });
    if (present !== value) this.#sysctl.write(name, value);
  }

  /** Of all interfaces but these. */
  restoreOthers(interfaces: ReadonlySet<string>): void {
    const wanted = new Set([...interfaces].map((name) => interfaceSetting(name, this.#what)));
    giveBack(this.#sysctl, this.#before, (name) => name.endsWith(`/${this.#what}`) && !wanted.has(name));
  }
}

export function giveBack(
  sysctl: Sysctl,
  before: BorrowedSettings,
  chosen: (name: string) => boolean = () => true,
): void {
  const going = before.all().filter(({ name }) => chosen(name));
  for (const { name, value } of going)
    try {
      sysctl.write(name, value);
    } catch {
      // With its interface, the setting went.
    }
  before.delete(...going);
}

/** A name may have dots, as vrrp.51 has. */
export function interfaceSetting(name: string, what: string): string {
  return `net/ipv4/conf/${name}/${what}`;
}

function parse(value: unknown): BorrowedSetting | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { name, value: before } = value as Record<keyof BorrowedSetting, unknown>;
  return typeof name === 'string' && typeof before === 'string' ? { name, value: before } : undefined;
}
