/**
 * The packets of one small lab: a client segment, a director, six real servers. Every packet is data
 * (test/helpers/frames.ts); `to()` says what direct routing makes of it.
 */
import type {
  DestinationSpec,
  MarkRule,
  VirtualServerKey,
  VirtualServerSpec,
} from '../../src/addon/addon.ts';
import { familyOf } from '../../src/base/address.ts';
import type { Frame, Icmp, Ipv4, Ipv6, Network, Tcp, Transport, Udp } from './frames.ts';

export const director = { ingress: 1, mac: '02:00:00:00:00:02' } as const;
export const clientMac = '02:00:00:00:00:01';
export const vip4 = '10.0.0.100';
export const vip6 = 'fd00::100';

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** 'a.b.c.d:port' or '[a::b]:port'. */
export function endpoint(text: string): Endpoint {
  const colon = text.lastIndexOf(':');
  return { address: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) };
}

/** 'rs3' of the family of `like`: 10.0.0.13 or fd00::13. Other text is an address already. */
export function realServerAddress(name: string, like: string): string {
  if (!/^rs\d$/.test(name)) return name;
  return familyOf(like) === 4 ? `10.0.0.1${name.slice(2)}` : `fd00::1${name.slice(2)}`;
}

export function realServerMac(name: string): string {
  return `02:00:00:00:00:1${name.slice(2)}`;
}

/** 10.0.0.13 and fd00::13: 'rs3'; other addresses as they are. */
export function realServerName(address: string): string {
  return address.replace(/^(10\.0\.0\.1|fd00::1)(\d)$/, 'rs$2');
}

/**
 * 'TCP 10.0.0.100:80 rr rs1*1 rs2*3': a virtual server, its pool head first, with weights. 'sh+port+fallback' are the
 * scheduler's flags, 'rs1*1<10/5' the thresholds, upper and lower. Between scheduler and pool may stand
 * 'p=300/255.255.255.0' (persistence; every client for itself where no netmask is given), 'ops' (one-packet
 * scheduling) and '&10.0.0.101:443' (a member of its group). 'FWM 7' and 'FWM 7/6' are IPv4's and IPv6's of a mark.
 */
export function virtualServer(text: string): VirtualServerSpec {
  const [protocol, at = '', words = '', ...rest] = text.split(' ');
  const [scheduler, ...flags] = words.split('+');
  const schedulerFlags = flags.reduce((sum, flag) => sum | (flag === 'port' ? 2 : 1), 0);
  const key = protocol === 'FWM' ? markKey(at) : { protocol, ...endpoint(at) };
  const options = rest.filter((word) => /^(p=|&|ops$)/.test(word));
  const destinations = rest
    .filter((word) => !options.includes(word))
    .map((word) => destination(word, key.address));
  const flagged = schedulerFlags === 0 ? {} : { schedulerFlags };
  const extra = Object.assign({}, ...options.map((word) => option(word, key.address)));
  const members = options.flatMap((word) =>
    word.startsWith('&') ? [{ protocol, ...endpoint(word.slice(1)) }] : [],
  );
  return {
    ...key,
    scheduler,
    ...flagged,
    ...extra,
    ...(members.length === 0 ? {} : { members }),
    destinations,
  } as VirtualServerSpec;
}

function destination(text: string, like: string): DestinationSpec {
  const [name = '', weight, upper, lower] = text.split(/[*<]|(?<=<.*)\//);
  return {
    address: realServerAddress(name, like),
    weight: Number(weight),
    ...(upper === undefined ? {} : { upperThreshold: Number(upper), lowerThreshold: Number(lower ?? 0) }),
  };
}

function option(word: string, like: string): Partial<VirtualServerSpec> {
  if (word === 'ops') return { onePacket: true };
  if (word.startsWith('&')) return {};
  const [seconds, netmask = familyOf(like) === 4 ? '255.255.255.255' : '128'] = word.slice(2).split('/');
  return { persistence: { seconds: Number(seconds), netmask } };
}

/** '7' and '7/6'. */
function markKey(text: string): VirtualServerKey {
  const [fwmark, family] = text.split('/').map(Number);
  return { protocol: 'FWM', address: family === 6 ? '::' : '0.0.0.0', port: 0, fwmark: fwmark ?? 0 };
}

/** 'UDP 10.0.0.100:53', 'FWM 7/6'. */
export function virtualServerKey(text: string): VirtualServerKey {
  const { protocol, address, port, fwmark } = virtualServer(`${text} rr`);
  return { protocol, address, port, ...(fwmark === undefined ? {} : { fwmark }) };
}

/** '10.9.0.0/16 TCP 80-90 = 7': a mark rule; protocol and ports may be left out. */
export function markRule(text: string): MarkRule {
  const [prefix = '', ...words] = text.split(/ (?:= )?/);
  const range = words.find((word) => /^[\d-]+$/.test(word) && word !== words.at(-1));
  const [first = 0, last = first] = (range ?? '').split('-').map(Number);
  const protocol = words.find((word) => word === 'TCP' || word === 'UDP');
  return {
    fwmark: Number(words.at(-1)),
    prefix,
    ...(protocol === undefined ? {} : { protocol: protocol as 'TCP' | 'UDP' }),
    ...(range === undefined ? {} : { ports: [first, last] }),
  };
}

export interface Changes<T> {
  readonly frame?: Partial<Frame>;
  readonly ip?: Partial<Ipv4> | Partial<Ipv6>;
  readonly transport?: Partial<T>;
}

/** From a client ('10.1.0.1:1024'), to the virtual server unless `to` names another end. */
export interface Ends {
  readonly client: string;
  readonly to?: string;
}

function ends({ client, to }: Ends): readonly [Endpoint, Endpoint] {
  const from = endpoint(client);
  return [from, to ? endpoint(to) : { address: familyOf(from.address) === 4 ? vip4 : vip6, port: 80 }];
}

function carried<T>(between: readonly [string, string], payload: Transport, changes: Changes<T>): Frame {
  const [source, destination] = between;
  const version = familyOf(source);
  const network = { version, source, destination, payload, ...changes.ip } as Network;
  return { destinationMac: director.mac, sourceMac: clientMac, network, ...changes.frame };
}

export function tcp(flags: string, between: Ends | string, changes: Changes<Tcp> = {}): Frame {
  const [from, to] = ends(typeof between === 'string' ? { client: between } : between);
  const segment: Tcp = { kind: 'tcp', flags, source: from.port, destination: to.port, ...changes.transport };
  return carried([from.address, to.address], segment, changes);
}

export function udp(between: Ends | string, changes: Changes<Udp> = {}): Frame {
  const [from, to] = ends(typeof between === 'string' ? { client: between } : between);
  const datagram: Udp = { kind: 'udp', source: from.port, destination: to.port, ...changes.transport };
  return carried([from.address, to.address], datagram, changes);
}

/** What the real server sent from the VIP to the client, as an ICMP error would quote it. */
export function answer(frame: Frame): Network {
  const { network } = frame;
  if (network instanceof Uint8Array) throw new TypeError('a raw packet has no answer');
  const { payload } = network;
  if (payload instanceof Uint8Array || payload.kind === 'icmp') throw new TypeError('nobody answers this');
  return {
    ...network,
    source: network.destination,
    destination: network.source,
    payload: { ...payload, source: payload.destination, destination: payload.source },
  };
}

/** A router's ICMP error to the VIP about a packet that the VIP sent. */
export function icmpError(kind: string, quoted: Network, changes: Changes<Icmp> = {}): Frame {
  const [type = 0, code = 0] = kind.split('/').map(Number);
  const router = quoted.version === 4 ? '10.9.9.9' : '2001:db8:9::9';
  const error: Icmp = { kind: 'icmp', type, code, payload: quoted, ...changes.transport };
  return carried([router, quoted.source], error, changes);
}

/** The frame as it leaves for a real server: its MAC and the director's, TTL or hop limit - 1, nothing else. */
export function forwarded(frame: Frame, realServer: string): Frame {
  const { network } = frame;
  if (network instanceof Uint8Array) throw new TypeError('give the expected bytes of a raw packet');
  return {
    ...frame,
    destinationMac: realServerMac(realServer),
    sourceMac: director.mac,
    network: { ...network, ttl: (network.ttl ?? 64) - 1 },
  };
}
