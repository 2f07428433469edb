/**
 * A story: virtual servers, and what happens to them packet by packet. It is told twice, to the kernel's IPVS as
 * command lines of ipvsadm and to xlb as keepalived.conf; changes on the way are the same command lines for both.
 */
import { familyOf } from '../../src/base/address.ts';
import type { Frame } from '../helpers/frames.ts';
import type { MemberText, VirtualServerText } from '../helpers/keepalived_conf.ts';
import { endpoint, tcp, udp } from '../helpers/packets.ts';

export interface Server {
  readonly protocol: 'TCP' | 'UDP';
  /** 'a.b.c.d:port' or '[a::b]:port'. */
  readonly at: string;
  readonly scheduler: string;
  /** Lines of keepalived.conf. Each has an option of ipvsadm. */
  readonly options?: readonly string[];
  /** 'rs1*4 rs2*3<10/5': weight, upper and lower threshold; in the order in which they are added. */
  readonly pool: string;
}

export type Event =
  /** The director has handled all of them before it gets anything else. */
  | { readonly do: 'send'; readonly frames: readonly Frame[] }
  /** Fragments of one datagram: IPVS keeps them until it has all. */
  | { readonly do: 'send together'; readonly frames: readonly Frame[] }
  /** A change of the first server. */
  | { readonly do: 'change'; readonly line: string }
  /** keepalived.conf has another pool for the first server from now on; what that is for IPVS. */
  | { readonly do: 'reload'; readonly pool: string; readonly lines: readonly string[] }
  | { readonly do: 'wait'; readonly seconds: number };

export interface Story {
  /** A sentence. */
  readonly name: string;
  readonly servers: readonly [Server, ...Server[]];
  /** What ipvsadm shows of its servers at the end; '-Lnc' of those flows that are theirs. '-Ln' unless given. */
  readonly views?: readonly string[];
  /** Where xlb is meant to do something else: what becomes of each frame here and there. */
  readonly departs?: { readonly ipvs: readonly string[]; readonly xlb: readonly string[] };
  readonly events: readonly Event[];
}

/** The demo's lab without its real servers: their frames arrive at the client, who is alone on the segment. */
export const mac = (host: number): string => `02:77:00:00:00:${host.toString(16).padStart(2, '0')}`;
export const clientMac = mac(1);
export const directorMac = mac(2);
export const vips = ['10.77.0.100', '10.77.0.101', '10.77.0.102', '10.77.0.103', 'fd77::100'] as const;
export const realServers = ['rs1', 'rs2', 'rs3', 'rs4', 'rs5', 'rs6'] as const;

/** 'rs3' of the family of `like`. */
export function addressOf(name: string, like: string): string {
  return `${familyOf(like) === 4 ? '10.77.0.1' : 'fd77::1'}${name.slice(2)}`;
}

/** Packets, one behind the other: 'S A' or 'udp'. */
export function packets(kinds: string, client: string, to: string): Event {
  const frames = kinds.split(' ').map((kind) => {
    const ends = { client, to };
    return kind === 'udp' ? udp(ends, linked) : tcp(kind === '-' ? '' : kind, ends, linked);
  });
  return { do: 'send', frames };
}

/** For the builders of test/helpers/packets.ts: the MAC addresses of this lab. */
export const linked = { frame: { destinationMac: directorMac, sourceMac: clientMac } } as const;

/** '-e rs1 -w 0': `ipvsadm -e -t VIP:PORT -r RS1:PORT -w 0`. '-E -s wrr': of the server itself. */
export function change(line: string): Event {
  return { do: 'change', line };
}

interface Member {
  readonly name: string;
  readonly weight: string;
  readonly upper?: string;
  readonly lower?: string;
}

function membersOf(pool: string): readonly Member[] {
  return pool.split(' ').flatMap((text) => {
    const { groups } =
      /^(?<name>rs\d)\*(?<weight>\d+)(?:<(?<upper>\d+)(?:\/(?<lower>\d+))?)?$/.exec(text) ?? {};
    return groups === undefined ? [] : [{ ...groups } as unknown as Member];
  });
}

/** Its part of keepalived.conf. */
export function configurationOf({ protocol, at, scheduler, options = [], pool }: Server): VirtualServerText {
  const { address, port } = endpoint(at);
  const member = ({ name, weight, upper, lower }: Member): MemberText => ({
    address: addressOf(name, address),
    weight: Number(weight),
    check: 0,
    lines: [
      ...(upper === undefined ? [] : [`uthreshold ${upper}`]),
      ...(lower === undefined ? [] : [`lthreshold ${lower}`]),
    ],
  });
  return {
    at: `${address} ${port}`,
    protocol,
    algo: scheduler,
    lines: options,
    pool: membersOf(pool).map(member),
  };
}

/** '-t 10.77.0.100:80'. */
export function serviceOf({ protocol, at }: Server): string {
  return `${protocol === 'TCP' ? '-t' : '-u'} ${at}`;
}

const ipvsadmOptions: readonly (readonly [RegExp, string])[] = [
  [/^ops$/, '-o'],
  [/^persistence_timeout (\d+)$/, '-p $1'],
  [/^persistence_granularity (\S+)$/, '-M $1'],
];

const isFlag = (line: string) => /^(?:sh|mh)-(?:port|fallback)$/.test(line);

function ipvsadmOption(line: string): string {
  const row = ipvsadmOptions.find(([pattern]) => pattern.test(line));
  if (row === undefined) throw new TypeError(`ipvsadm has no option for "${line}"`);
  return line.replace(...row);
}

/** Its making, as ipvsadm's command lines. */
export function linesOf(server: Server): string[] {
  const { options = [] } = server;
  const flags = options.filter(isFlag).join(',');
  const others = options.filter((line) => !isFlag(line)).map(ipvsadmOption);
  const head = [
    `-A ${serviceOf(server)} -s ${server.scheduler}`,
    ...others,
    ...(flags ? [`-b ${flags}`] : []),
  ];
  const members = membersOf(server.pool).map(({ name, weight, upper, lower }) => {
    const thresholds = `${upper === undefined ? '' : ` -x ${upper}`}${lower === undefined ? '' : ` -y ${lower}`}`;
    return lineOf(server, `-a ${name} -g -w ${weight}${thresholds}`);
  });
  return [head.join(' '), ...members];
}

/** A change in full. */
export function lineOf(server: Server, line: string): string {
  const [verb = '', ...rest] = line.split(' ');
  const { address, port } = endpoint(server.at);
  const real = (name: string) => {
    const own = addressOf(name, address);
    return `-r ${familyOf(own) === 4 ? own : `[${own}]`}:${port}`;
  };
  return [verb, serviceOf(server), ...rest.map((word) => (/^rs\d$/.test(word) ? real(word) : word))].join(
    ' ',
  );
}
