/** What the watchdog becomes when its daemon is gone: waits for the new master, then takes the addresses away. */
import type { Addon } from '../addon/addon.ts';
import { systemClock } from '../base/clock.ts';
import { createLogger } from '../base/log.ts';
import { AddressKeeper } from '../vrrp/address_keeper.ts';
import { notToSpeakFrom } from '../vrrp/faults.ts';
import { filterTable, NotAccepted } from '../vrrp/not_accepted.ts';
import { keyOf, ownedAddresses } from '../vrrp/owned_addresses.ts';
import { rememberedInstances } from '../vrrp/remembered_instances.ts';
import { Sockets } from '../vrrp/sockets.ts';
import { yieldToSuccessors } from '../vrrp/successor.ts';
import type { InstancePaths } from './paths.ts';
import { lockStamp } from './run_directory.ts';

/** `stamp`: of the lock of the daemon that died. Ends as well when another has been started for the instance. */
export async function afterCrash(addon: Addon, paths: InstancePaths, stamp: string): Promise<void> {
  const log = createLogger();
  const netlink = new addon.Netlink();
  const filter = new addon.AddressFilter({ table: filterTable(paths.instance) });
  const owned = ownedAddresses(paths.addressesFile, log);
  const notAccepted = new NotAccepted({ filter, log });
  notAccepted.adopt(owned.all());
  const instances = rememberedInstances(paths.vrrpFile);
  const virtual = new Set(instances.flatMap(({ addresses }) => addresses.map(keyOf)));
  try {
    await yieldToSuccessors(instances, {
      clock: systemClock,
      log,
      keeper: new AddressKeeper({ netlink, owned, log, notAccepted }),
      sockets: new Sockets((options, listener) => new addon.VrrpSocket(options, listener)),
      host: () => {
        const links = netlink.links();
        const ours = owned.all().filter((one) => virtual.has(keyOf(one)));
        const hidden = notToSpeakFrom(instances, ours);
        return {
          link: (name) => links.find((one) => one.name === name),
          addresses: netlink.addresses().filter(({ address }) => !hidden.has(address)),
        };
      },
      isTakenOver: () => lockStamp(paths.lockFile) !== stamp,
    });
  } finally {
    filter.close();
    netlink.close();
  }
}
