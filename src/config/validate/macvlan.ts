/** The interfaces with the virtual router's MAC address, of adverts and of addresses: fields -> model. */
import { familyOf } from '../../base/address.ts';
import type { RootFields } from '../keywords/root.ts';
import type { VirtualAddressConfig, VmacConfig, VrrpInstanceConfig } from '../model.ts';
import type { AddressMacvlanConfig } from '../model_network.ts';
import type { ElectionContext } from './election.ts';

type Parsed = RootFields['vrrp_instance'][number];

export function buildVmac(
  { fields }: Parsed,
  {
    family,
    virtualRouterId,
    unicast,
    names,
    globals,
    diagnostics,
  }: ElectionContext & {
    readonly virtualRouterId: number;
    readonly unicast: boolean;
    readonly names: Set<string>;
  },
): VmacConfig | undefined {
  const { use_vmac: vmac, vmac_xmit_base: base } = fields;
  if (!vmac) return undefined;
  if (unicast && !base.value)
    diagnostics.warning('ADJUSTED', vmac.at, {
      message:
        'Cannot send adverts to peers from a macvlan: as in keepalived, they leave by the interface itself',
      help: 'write vmac_xmit_base',
    });
  const { name, mac, group } = vmac.value;
  const used = name ?? freeName(globals.vmac_prefix?.value ?? 'vrrp', { family, virtualRouterId, names });
  names.add(used);
  return {
    name: used,
    mac: mac === undefined ? virtualMac(family, virtualRouterId) : wholeMac(mac, virtualRouterId),
    transmitFromBase: base.value || unicast,
    ...(group === undefined ? {} : { group }),
  };
}

export interface MacvlanNames {
  readonly prefix: string;
  readonly names: Set<string>;
}

/** use_vmac_addr, and use_vmac of single addresses: one macvlan for each interface and family of them. */
export function withMacvlans(
  instance: VrrpInstanceConfig,
  written: { readonly all: boolean; readonly chosen: ReadonlySet<string> },
  { prefix, names }: MacvlanNames,
): VrrpInstanceConfig {
  const { interface: own, family: ownFamily, virtualRouterId, vmac } = instance;
  const made = new Map<string, AddressMacvlanConfig>();
  const addresses = instance.addresses.map((one): VirtualAddressConfig => {
    const family = familyOf(one.address) ?? ownFamily;
    const isElsewhere = one.interface !== own.name || family !== ownFamily;
    if (!written.chosen.has(one.address) && !(written.all && isElsewhere)) return one;
    if (!isElsewhere && vmac !== undefined) return one;
    const key = `${one.interface} ${family}`;
    let macvlan = made.get(key);
    if (macvlan === undefined) {
      const name = freeName(prefix, { family, virtualRouterId, names });
      names.add(name);
      macvlan = { name, mac: virtualMac(family, virtualRouterId), parent: one.interface };
      made.set(key, macvlan);
    }
    return { ...one, macvlan };
  });
  return { ...instance, addresses };
}

function virtualMac(family: 4 | 6, virtualRouterId: number): string {
  return wholeMac(`00:00:5e:00:0${family === 4 ? 1 : 2}`, virtualRouterId);
}

function wholeMac(mac: string, virtualRouterId: number): string {
  const bytes = mac.split(':').map((byte) => byte.padStart(2, '0'));
  if (bytes.length === 5) bytes.push(virtualRouterId.toString(16).padStart(2, '0'));
  return bytes.join(':');
}

/** vrrp.51; where that is taken, vrrp6.51 for IPv6, vrrp1.51, vrrp2.51 ... as keepalived counts. */
function freeName(
  prefix: string,
  { family, virtualRouterId, names }: { family: 4 | 6; virtualRouterId: number; names: ReadonlySet<string> },
): string {
  const numbers = [
    '',
    ...(family === 6 ? ['6'] : []),
    ...Array.from({ length: 255 }, (_, index) => `${index + 1}`),
  ];
  const free = numbers
    .map((number) => `${prefix}${number}.${virtualRouterId}`)
    .find((name) => !names.has(name));
  return free ?? `${prefix}.${virtualRouterId}`;
}
