/** Virtual and static addresses: what a line says -> model. */
import type { Diagnostics } from '../diagnostic.ts';
import type { VirtualAddressLine } from '../keywords/virtual_address.ts';
import type { VirtualAddressConfig } from '../model.ts';

interface Holder {
  /** 'vrrp_instance "VI_1"', for messages. */
  readonly name: string;
  /** Where a line names no interface. */
  readonly fallback: string;
  /** Who has which address so far. */
  readonly taken: Map<string, string>;
  readonly diagnostics: Diagnostics;
}

/** Undefined where it is there already, on the same interface or another; reported. */
export function buildAddress(
  line: VirtualAddressLine,
  { name, fallback, taken, diagnostics }: Holder,
  excluded = false,
): VirtualAddressConfig | undefined {
  const { dev, family, useVmac: _useVmac, ...rest } = line;
  const holder = taken.get(line.address);
  if (holder !== undefined) {
    diagnostics.warning('DUPLICATE', line.span, {
      message: `Cannot add address ${line.address} twice: this line is left out`,
      help: holder === name ? 'it stands above' : `${holder} holds it`,
    });
    return undefined;
  }
  taken.set(line.address, name);
  return {
    ...rest,
    interface: dev?.name ?? fallback,
    ...(excluded ? { excluded } : {}),
    ...(dev ? { interfaceSpan: dev.span } : {}),
  };
}

/** An advert counts its addresses in 8 bits (RFC 5798 §5.2.5); of IPv6 so many fit into 1500 bytes. */
const mostAdvertised = { 4: 255, 6: 90 } as const;

export interface AddressLines {
  readonly advertised: readonly VirtualAddressLine[];
  readonly excluded: readonly VirtualAddressLine[];
}

/** Advertised ones of another family are left out; those that no advert has room for are excluded. As keepalived. */
export function buildAddresses(
  { advertised, excluded }: AddressLines,
  family: 4 | 6,
  holder: Holder,
): VirtualAddressConfig[] {
  const { diagnostics } = holder;
  const most = mostAdvertised[family];
  const fitting = advertised.filter((line) => {
    if (line.family === family) return true;
    diagnostics.warning('CONFLICT', line.span, {
      message: `Cannot use IPv${line.family} address ${line.address} in an instance of IPv${family}: it is left out`,
      help: 'write it into virtual_ipaddress_excluded, or into an instance of its own',
    });
    return false;
  });
  const [first] = fitting.slice(most);
  if (first)
    diagnostics.warning('ADJUSTED', first.span, {
      message: `Cannot advertise more than ${most} addresses: this and further ones are held all the same`,
      help: 'write them into virtual_ipaddress_excluded',
    });
  const all = [
    ...fitting.map((line, index) => ({ line, hidden: index >= most })),
    ...excluded.map((line) => ({ line, hidden: true })),
  ];
  return all.flatMap(({ line, hidden }) => buildAddress(line, holder, hidden) ?? []);
}
