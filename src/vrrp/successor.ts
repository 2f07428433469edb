/**
 * After a crash of the director: its addresses stay, and its packet path goes on forwarding, until another director
 * is heard as master. Then they go at once, so that none answers beside the new master.
 */
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { VrrpInstanceConfig } from '../config/model.ts';
import type { AddressKeeper } from './address_keeper.ts';
import { AdvertLink } from './advert_link.ts';
import { type HostView, placeOf } from './faults.ts';
import { LimitedLog } from './limited_log.ts';
import { keyOf } from './owned_addresses.ts';
import type { Sockets } from './sockets.ts';
import { Statistics } from './statistics.ts';
import { RESIGN_PRIORITY } from './virtual_router.ts';

/** Where the host is looked at again: an interface may come back. */
const LOOK_AGAIN_MS = 500;

export interface SuccessorShell {
  readonly clock: Clock;
  readonly log: Logger;
  readonly keeper: AddressKeeper;
  readonly sockets: Sockets;
  readonly host: () => HostView;
  /** True once the director was started again: from then on the addresses are its own. */
  readonly isTakenOver: () => boolean;
}

/** Resolves when the last address is gone, or the director is back. */
export function yieldToSuccessors(
  instances: readonly VrrpInstanceConfig[],
  shell: SuccessorShell,
): Promise<void> {
  const { clock, keeper, log } = shell;
  const limited = new LimitedLog(clock, log);
  return new Promise((resolve) => {
    const waiting = new Map<VrrpInstanceConfig, AdvertLink>();
    const end = (config: VrrpInstanceConfig): void => {
      waiting.get(config)?.close();
      waiting.delete(config);
    };
    const succeeded = (config: VrrpInstanceConfig, source: string): void => {
      if (!waiting.has(config) || shell.isTakenOver()) return;
      log.notice(`(${config.name}) ${source} is master now`);
      const keys = new Set(config.addresses.map(keyOf));
      keeper.remove((address) => keys.has(keyOf(address)));
      end(config);
    };
    for (const config of instances) {
      if (!keeper.ownsAny(config.addresses)) continue;
      const link = new AdvertLink(config, {
        clock,
        sockets: shell.sockets,
        log: limited,
        statistics: new Statistics(),
        heard: ({ priority }, source) => {
          if (priority !== RESIGN_PRIORITY) succeeded(config, source);
        },
        changed: () => undefined,
        trustedMaster: () => undefined,
      });
      waiting.set(config, link);
    }
    const look = (): void => {
      if (shell.isTakenOver()) for (const config of [...waiting.keys()]) end(config);
      if (waiting.size === 0) {
        resolve();
        return;
      }
      const host = shell.host();
      for (const [config, link] of waiting) {
        const place = placeOf(config, host);
        // What keeps it from listening, the link says.
        if (place !== undefined) link.open(place.index, place.source);
      }
      clock.setTimer(LOOK_AGAIN_MS, look);
    };
    look();
  });
}
