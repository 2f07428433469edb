/** The adverts of one virtual router: writes them, reads those of others, counts and says what is wrong with them. */
import type { VrrpPacket } from '../addon/addon.ts';
import type { Clock, Timer } from '../base/clock.ts';
import { reasonOf } from '../base/errors.ts';
import type { VrrpInstanceConfig } from '../config/model.ts';
import { type Advert, type AdvertRules, encodeAdvert } from './advert.ts';
import type { ChecksumRule } from './checksum.ts';
import type { Place } from './faults.ts';
import type { LimitedLog } from './limited_log.ts';
import { decodeAdvert } from './received_advert.ts';
import type { Channel, Sockets } from './sockets.ts';
import type { Statistics } from './statistics.ts';

/** A socket that is refused or breaks again and again is opened no faster than this. */
const REOPEN_MS = 1_000;

export interface AdvertLinkShell {
  readonly clock: Clock;
  readonly sockets: Sockets;
  readonly log: LimitedLog;
  readonly statistics: Statistics;
  /** It can be used no longer, or again: open() tells. */
  readonly changed: () => void;
  /** A good advert of another router. */
  readonly heard: (advert: Advert, source: string) => void;
  /** skip_check_adv_addr: the address of the master that was heard before. */
  readonly trustedMaster: () => string | undefined;
}

interface Outgoing {
  readonly priority: number;
  readonly messages: readonly { readonly destination: string; readonly bytes: Uint8Array }[];
}

export class AdvertLink {
  readonly #shell: AdvertLinkShell;
  #config: VrrpInstanceConfig;
  #checksum: ChecksumRule;
  #channel: Channel | undefined;
  #retry: Timer | undefined;
  /** Why it is closed though it should be open. */
  #problem: string | undefined;
  #brokenMs = Number.NEGATIVE_INFINITY;
  /** It breaks again and again: not even a change of the host opens it sooner. */
  #isResting = false;
  /** Dozens of virtual routers say and hear the same again and again: it is written and read once. */
  #outgoing: Outgoing | undefined;
  #lastGood: { readonly packet: VrrpPacket; readonly advert: Advert } | undefined;
  #at: Place | undefined;

  constructor(config: VrrpInstanceConfig, shell: AdvertLinkShell) {
    this.#config = config;
    this.#shell = shell;
    this.#checksum = checksumOf(config);
  }

  reconfigure(config: VrrpInstanceConfig): void {
    if (checksumOf(config) !== checksumOf(this.#config)) this.#checksum = checksumOf(config);
    this.#config = config;
    const at = this.#at;
    this.close();
    if (at !== undefined) this.open(at.index, at.source);
  }

  /**
   * Listens on that interface and speaks from that address. What keeps it from that, where the kernel refuses or a
   * socket just broke: it is tried again by itself, and `changed` is called when it works.
   */
  open(index: number, source: string): string | undefined {
    const isSamePlace = this.#at?.index === index && this.#at.source === source;
    if (isSamePlace && (this.#channel !== undefined || this.#isResting)) return this.#problem;
    this.close();
    this.#at = { index, source };
    this.#tryToJoin();
    return this.#problem;
  }

  #join({ index, source }: Place): void {
    const { family, transport, virtualRouterId } = this.#config;
    const { multicastGroup, peers, receiveBufferBytes, unicastTtl } = transport;
    const isUnicast = peers.length > 0;
    const options = {
      index,
      family,
      sourceAddress: source,
      ...(isUnicast ? {} : { multicastGroup }),
      ttl: isUnicast ? unicastTtl : 255,
      ...(receiveBufferBytes === undefined ? {} : { receiveBufferBytes }),
    };
    this.#channel = this.#shell.sockets.join(options, virtualRouterId, {
      received: (packet) => this.#receive(packet),
      broken: (reason) => this.#broken(reason),
    });
    this.#problem = undefined;
  }

  close(): void {
    this.#retry?.cancel();
    this.#retry = undefined;
    this.#isResting = false;
    this.#channel?.close();
    this.#channel = undefined;
    this.#at = undefined;
    this.#problem = undefined;
    this.#outgoing = undefined;
    this.#lastGood = undefined;
  }

  /** Reads what has come and was not handed over yet: to be done before silence is acted on. */
  drain(): void {
    this.#channel?.drain();
  }

  /** To the group, or to each peer. */
  send(priority: number): void {
    const channel = this.#channel;
    const source = this.#at?.source;
    if (channel === undefined || source === undefined) return;
    if (this.#outgoing?.priority !== priority) this.#outgoing = this.#compose(priority, source);
    for (const { bytes, destination } of this.#outgoing.messages)
      try {
        channel.send(bytes, destination);
      } catch (error) {
        // The protocol repeats it by itself.
        this.#shell.log.say('warn', `(${this.#config.name}) ${reasonOf(error)}`, 'send');
      }
    this.#shell.statistics.count('advert_sent');
    if (priority === 0) this.#shell.statistics.count('pri_zero_sent');
  }

  #compose(priority: number, source: string): Outgoing {
    const { addresses, advertIntMs, family, transport, virtualRouterId: vrid } = this.#config;
    const advert: Advert = {
      vrid,
      priority,
      intervalMs: advertIntMs,
      addresses: advertised(addresses, family),
    };
    const { multicastGroup, peers } = transport;
    const destinations = peers.length === 0 ? [multicastGroup] : peers.map(({ address }) => address);
    const messages = destinations.map((destination) => ({
      destination,
      bytes: encodeAdvert(advert, this.#rules(), { source, destination }),
    }));
    return { priority, messages };
  }

  /** The first time it is opened again at once; one that breaks again is a fault, as a deaf router must not elect. */
  #broken(reason: string): void {
    const { changed, clock, log } = this.#shell;
    log.say('warn', `(${this.#config.name}) ${reason}`, 'socket');
    const at = this.#at;
    const sinceMs = clock.nowMs() - this.#brokenMs;
    this.#brokenMs = clock.nowMs();
    this.close();
    if (at === undefined) return;
    this.#at = at;
    if (sinceMs > REOPEN_MS) this.#tryToJoin();
    else {
      this.#isResting = true;
      this.#fail(reason);
    }
    if (this.#problem !== undefined) changed();
  }

  #tryToJoin(): void {
    const at = this.#at;
    if (at === undefined) return;
    try {
      this.#join(at);
    } catch (error) {
      this.#fail(reasonOf(error));
    }
  }

  #fail(reason: string): void {
    this.#problem = reason;
    this.#shell.log.say('warn', `(${this.#config.name}) ${reason}`, 'socket');
    this.#retry = this.#shell.clock.setTimer(REOPEN_MS, () => {
      this.#retry = undefined;
      this.#isResting = false;
      this.#tryToJoin();
      if (this.#problem === undefined) this.#shell.changed();
    });
  }

  #receive(packet: VrrpPacket): void {
    const last = this.#lastGood;
    if (last !== undefined && isSame(packet, last.packet)) this.#shell.heard(last.advert, packet.source);
    else this.#read(packet);
  }

  #read(received: VrrpPacket): void {
    const { bytes, ...packet } = received;
    this.#lastGood = undefined;
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
          checkUnicastSource ||
          peers.some(({ minTtl, maxTtl }) => minTtl !== undefined || maxTtl !== undefined),
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
    if (decoded.checksum !== this.#checksum && peers.some(({ address }) => address === packet.source)) {
      this.#outgoing = undefined;
      this.#checksum = decoded.checksum;
    }
    // With another list of addresses it is counted each time.
    if (decoded.addressMismatch === undefined && master === undefined)
      this.#lastGood = { packet: received, advert: decoded.advert };
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

function isSame(a: VrrpPacket, b: VrrpPacket): boolean {
  if (a.source !== b.source || a.destination !== b.destination || a.ttl !== b.ttl) return false;
  return Buffer.compare(a.bytes, b.bytes) === 0;
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
