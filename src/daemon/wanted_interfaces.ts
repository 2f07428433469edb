/** Pure: which interfaces a configuration wants the packet path on. */
import type { Config } from '../config/model.ts';
import type { WantedInterfaces } from '../dataplane/messages.ts';

/**
 * Every vrrp_instance's interface, the `dev`s of its addresses and xlb_interfaces; where no vrrp_instance brings a
 * virtual server's address, whichever interface holds that address.
 */
export function wantedInterfaces({ global, vrrpInstances, virtualServers }: Config): WantedInterfaces {
  const carried = vrrpInstances.flatMap(({ addresses }) => addresses);
  const carriedTexts = new Set(carried.map(({ address }) => address));
  return {
    names: unique([
      ...vrrpInstances.map((instance) => instance.interface.name),
      ...carried.map((address) => address.interface),
      ...global.interfaces.map(({ name }) => name),
    ]),
    addresses: unique(virtualServers.map(({ address }) => address).filter((text) => !carriedTexts.has(text))),
    mode: global.xdpMode,
  };
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
