/** Pure: which interfaces a configuration wants the packet path on. */
import type { VirtualServerSpec } from '../addon/addon.ts';
import type { Config } from '../config/model.ts';
import { keysOf } from '../dataplane/difference.ts';
import type { WantedInterfaces } from '../dataplane/messages.ts';
import { macvlanNames, onMacvlan } from '../vrrp/macvlans.ts';

/**
 * Every vrrp_instance's interface, the `dev`s of its addresses and xlb_interfaces; where no vrrp_instance brings a
 * virtual server's address, whichever interface holds that address. A mark stands for an address where its rule
 * names a single one; a prefix belongs to no interface of this host. `byHand`: virtual servers that are there as well.
 */
export function wantedInterfaces(
  { global, vrrpInstances, virtualServers, markRules }: Config,
  byHand: readonly VirtualServerSpec[] = [],
): WantedInterfaces {
  const keys = [...virtualServers, ...byHand].flatMap((one) => keysOf(one));
  const marks = new Set(keys.map(({ fwmark }) => fwmark));
  const marked = markRules.flatMap(({ fwmark, host }) => (host && marks.has(fwmark) ? [host] : []));
  const served = keys.filter(({ fwmark }) => fwmark === undefined).map(({ address }) => address);
  const carried = vrrpInstances.map(onMacvlan).flatMap(({ addresses }) => addresses);
  const carriedTexts = new Set(carried.map(({ address }) => address));
  const awaited = macvlanNames(vrrpInstances);
  return {
    names: unique([
      ...vrrpInstances.map((instance) => instance.interface.name),
      ...carried.map((address) => address.interface),
      ...global.interfaces.map(({ name }) => name),
    ]),
    addresses: unique([...served, ...marked].filter((text) => !carriedTexts.has(text))),
    ...(awaited.length === 0 ? {} : { awaited }),
    datapath: global.datapath,
    ...(global.afXdp === undefined ? {} : { afXdp: global.afXdp }),
  };
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
