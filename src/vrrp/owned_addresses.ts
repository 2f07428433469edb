import type { Logger } from '../base/log.ts';
import { Remembered } from '../host/remembered.ts';

/** An address that xlb itself put on the host. The interface by name: an index does not outlive a reboot. */
export interface OwnedAddress {
  readonly interface: string;
  readonly address: string;
  readonly prefix: number;
}

export type OwnedAddresses = Remembered<OwnedAddress>;

/** The addresses that are this instance's to remove, as `file` remembers them. */
export function ownedAddresses(file: string, log: Pick<Logger, 'warn'>): OwnedAddresses {
  return new Remembered(file, { parse, key: keyOf }, log);
}

export function keyOf({ interface: name, address, prefix }: OwnedAddress): string {
  return `${name} ${address}/${prefix}`;
}

/** For people: '10.0.0.1/32 on eth0'. */
export function describe({ interface: name, address, prefix }: OwnedAddress): string {
  return `${address}/${prefix} on ${name}`;
}

function parse(value: unknown): OwnedAddress | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { interface: name, address, prefix } = value as Record<keyof OwnedAddress, unknown>;
  return typeof name === 'string' && typeof address === 'string' && typeof prefix === 'number'
    ? { interface: name, address, prefix }
    : undefined;
}
