/** ha_suspend: whose checks rest because another director is master of the address. Pure. */
import type { Config } from '../config/model.ts';
import { virtualServerName } from './real_server.ts';

/** Names of virtual servers. `masters`: the vrrp_instances that are master. What no instance brings is ours. */
export function suspendedServers(
  { virtualServers, vrrpInstances }: Pick<Config, 'virtualServers' | 'vrrpInstances'>,
  masters: ReadonlySet<string>,
): ReadonlySet<string> {
  const carried = new Map<string, boolean>();
  for (const { addresses, name } of vrrpInstances)
    for (const { address } of addresses)
      carried.set(address, masters.has(name) || carried.get(address) === true);
  return new Set(
    virtualServers
      .filter(({ haSuspend, address, members = [] }) => {
        const here = [address, ...members.map((member) => member.address)].map((one) => carried.get(one));
        return haSuspend && here.includes(false) && !here.includes(true);
      })
      .map(virtualServerName),
  );
}
