/** The adverts of one virtual router: writes them, reads those of others, counts and says what is wrong with them. */
import type { VrrpInstanceConfig } from '../config/model.ts';
import { type Advert, type AdvertRules, encodeAdvert } from './advert.ts';
import type { ChecksumRule } from './checksum.ts';
import type { LimitedLog } from './limited_log.ts';
import { decodeAdvert } from './received_advert.ts';
import { CarefulSender, type Channel, type ReceivedMessage, type Sockets } from './sockets.ts';
import type { Statistics } from './statistics.ts';

export interface AdvertLinkShell {
  readonly sockets: Sockets;
  readonly log: LimitedLog;
  readonly statistics: Statistics;
  /** A good advert of another router. */
  readonly heard: (advert: Advert, source: string) => void;
  /** skip_check_adv_addr: the address of the master that was heard before. */
  readonly trustedMaster: () => string | undefined;
}

export class AdvertLink {
  readonly #shell: AdvertLinkShell;
  readonly #sender: CarefulSender;
  #config: VrrpInstanceConfig;
  #checksum: ChecksumRule;
  #channel: Channel | undefined;
  #at: { readonly index: number; readonly source: string } | undefined;

  constructor(config: VrrpInstanceConfig, shell: AdvertLinkShell) {
    this.#config = config;
    this.#shell = shell;
    this.#checksum = checksumOf(config);
    this.#sender = new CarefulSender((reason) =>
      this.#shell.log.say('warn', `(${this.#config.name}) ${reason}`, 'send'),
    );
  }

  reconfigure(config: VrrpInstanceConfig): void {
    if (checksumOf(config) !== checksumOf(this.#config)) this.#checksum = checksumOf(config);
    this.#config = config;
    const at = this.#at;
    this.close();
    if (at !== undefined) this.open(at.index, at.source);
  }

  /** Listens on that interface and speaks from that address. Throws where the kernel refuses. */
  open(index: number, source: string): void {
    if (this.#at?.index === index && this.#at.source === source && this.#channel !== undefined) return;
    this.close();
    const { family, transport, virtualRouterId } = this.#config;
    const { multicastGroup, peers, receiveBufferBytes, unicastTtl } = transport;
    const isUnicast = peers.length > 0;
    const place = {
      index,
      family,
      source,
      ...(isUnicast ? {} : { group: multicastGroup }),
      ttl: isUnicast ? unicastTtl : 255,
      ...(receiveBufferBytes === undefined ? {} : { receiveBufferBytes }),
    };
    this.#channel = this.#shell.sockets.join(place, virtualRouterId, (message) => this.#receive(message));
    this.#at = { index, source };
  }

  close(): void {
    this.#channel?.close();
    this.#channel = undefined;
    this.#at = undefined;
  }

  /** To the group, or to each peer. */
  send(priority: number): void {
    const channel = this.#channel;
    const source = this.#at?.source;
    if (channel === undefined || source === undefined) return;
    const { addresses, advertIntMs, family, transport, virtualRouterId: vrid } = this.#config;
    const advert: Advert = {
      vrid,
      priority,
      intervalMs: advertIntMs,
      addresses: advertised(addresses, family),
    };
    const { multicastGroup, peers } = transport;
    const destinations = peers.length === 0 ? [multicastGroup] : peers.map(({ address }) => address);
    for (const destination of destinations) {
      const bytes = encodeAdvert(advert, this.#rules(), { source, destination });
      this.#sender.attempt(() => channel.send(bytes, destination));
    }
    this.#shell.statistics.count('advert_sent');
    if (priority === 0) this.#shell.statistics.count('pri_zero_sent');
  }

  #receive({ bytes, ...packet }: ReceivedMessage): void {
    const { addresses, advertIntMs, family, name, skipCheckAdvAddr, transport } = this.#config;
    const { peers, checkUnicastSource, oldUnicastChecksum } = transport;
    const master = skipCheckAdvAddr ? this.#shell.trustedMaster() : undefined;
    const decoded = decodeAdvert(
      bytes,
      {
        ...this.#rules(),
        advertIntMs,
        addresses: advertised(addresses, family),
        peers,
        checkUnicastSource:
          checkUnicastSource || peers.some(({ minTtl, maxTtl }) => minTtl !== undefined || maxTtl !== undefined),
        learnOldUnicast: oldUnicastChecksum === 'auto',
        ...(master === undefined ? {} : { trustAddressesOf: master }),
      },
      packet,
    );
    const { log, statistics } = this.#shell;
    if (decoded.kind === 'refused') {
      statistics.count(decoded.refusal);
      log.say('warn', `(${name}) ${decoded.text} (from ${packet.source})`, decoded.refusal);
      return;
    }
    if (decoded.addressMismatch !== undefined) {
      statistics.count('addr_list_err');
      log.say('warn', `(${name}) ${decoded.addressMismatch} (from ${packet.source})`, 'addr_list_err');
    }
    this.#checksum = decoded.checksum;
    this.#shell.heard(decoded.advert, packet.source);
  }

  #rules(): AdvertRules {
    const { family, password, transport, version, virtualRouterId: vrid } = this.#config;
    const { multicastGroup } = transport;
    return {
      version,
      family,
      vrid,
      checksum: this.#checksum,
      multicastGroup,
      ...(password === undefined ? {} : { password }),
    };
  }
}

/** virtual_ipaddress without those that are held only. */
function advertised(addresses: VrrpInstanceConfig['addresses'], family: 4 | 6): string[] {
  return addresses
    .filter(({ address, excluded }) => excluded !== true && address.includes(':') === (family === 6))
    .map(({ address }) => address);
}

function checksumOf({ transport }: VrrpInstanceConfig): ChecksumRule {
  if (transport.v3ChecksumAsV2) return 'as_v2';
  return transport.oldUnicastChecksum === 'always' ? 'old_unicast' : 'pseudo_header';
}
