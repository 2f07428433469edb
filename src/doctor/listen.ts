/** Listens to the adverts of others for a while. */
import type { Addon, Link, VrrpPacket, VrrpSocket } from '../addon/addon.ts';
import { formatAddress } from '../base/address.ts';
import type { Clock } from '../base/clock.ts';
import type { VrrpInstanceConfig } from '../config/model.ts';
import type { HeardAdvert } from './facts.ts';

const HEADER_BYTES = 8;

export interface ListenOptions {
  readonly instances: readonly VrrpInstanceConfig[];
  readonly links: readonly Link[];
  readonly forMs: number;
}

/** Each virtual router of each sender once. Throws an AddonError where no socket can be opened. */
export async function listen(
  addon: Pick<Addon, 'VrrpSocket'>,
  clock: Clock,
  { forMs, instances, links }: ListenOptions,
): Promise<HeardAdvert[]> {
  const heard = new Map<string, HeardAdvert>();
  const sockets: VrrpSocket[] = [];
  const take = (name: string, packets: readonly VrrpPacket[]): void => {
    for (const packet of packets) {
      const advert = readAdvert(packet, name);
      if (advert !== undefined) heard.set(`${name} ${advert.source} ${advert.virtualRouterId}`, advert);
    }
  };
  try {
    for (const { family, group, index, name } of places(instances, links))
      sockets.push(
        new addon.VrrpSocket(
          { family, index, ...(group === undefined ? {} : { multicastGroup: group }) },
          { onPackets: (packets) => take(name, packets), onError: () => undefined },
        ),
      );
    await new Promise<void>((resolve) => clock.setTimer(forMs, resolve));
  } finally {
    for (const socket of sockets) socket.close();
  }
  return [...heard.values()];
}

/** One socket for an interface, family and group. */
function places(instances: readonly VrrpInstanceConfig[], links: readonly Link[]) {
  const found = new Map<string, { name: string; index: number; family: 4 | 6; group: string | undefined }>();
  for (const { family, interface: on, transport } of instances) {
    const link = links.find(({ name }) => name === on.name);
    const group = transport.peers.length === 0 ? transport.multicastGroup : undefined;
    if (link?.up === true)
      found.set(`${on.name} ${family} ${group}`, { name: on.name, index: link.index, family, group });
  }
  return found.values();
}

/** Undefined for what is no advert. Nothing but its length is checked: a wrong one is worth knowing, too. */
export function readAdvert({ bytes, source }: VrrpPacket, name: string): HeardAdvert | undefined {
  const [first = 0, virtualRouterId = 0, priority = 0, count = 0] = bytes;
  const size = source.includes(':') ? 16 : 4;
  if ((first & 0x0f) !== 1 || bytes.length < HEADER_BYTES + count * size) return undefined;
  const addresses = Array.from({ length: count }, (_, at) =>
    formatAddress(bytes.slice(HEADER_BYTES + at * size, HEADER_BYTES + (at + 1) * size)),
  );
  return { interface: name, source, virtualRouterId, version: first >> 4, priority, addresses };
}
