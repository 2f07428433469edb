/** A command line half read: ipvsadm's options change it one after another, and their order matters. Pure. */
import { MAX_PERSISTENCE_S } from '../base/limits.ts';
import { type Lookups, UsageError } from './command.ts';
import type { OptionWord } from './legality.ts';
import type { OptionName } from './options.ts';
import { refuse } from './refusals.ts';
import { decimal, INT_MAX, ipv4Of, leadingNumber, readEndpoint } from './values.ts';

const MAX_TIMEOUT = 31 * 86_400;
const DEFAULT_PERSISTENCE = 360;

export interface Draft {
  readonly given: Set<OptionWord>;
  /** 0 until a service is named. */
  family: 0 | 4 | 6;
  protocol: 'TCP' | 'UDP' | 'SCTP' | undefined;
  address: string;
  port: number;
  /** 0: none. */
  fwmark: number;
  netmask: string;
  scheduler: string;
  persistentSeconds: number | undefined;
  onePacket: boolean;
  schedulerFlags: string;
  server: { family: 0 | 4 | 6; address: string; port: number };
  forward: 'g' | 'i' | 'm';
  weight: number;
  upperThreshold: number;
  lowerThreshold: number;
  tunnelType: 'ipip' | 'gue' | 'gre';
}

export function newDraft(): Draft {
  return {
    given: new Set(),
    family: 0,
    protocol: undefined,
    address: '0.0.0.0',
    port: 0,
    fwmark: 0,
    netmask: '255.255.255.255',
    scheduler: '',
    persistentSeconds: undefined,
    onePacket: false,
    schedulerFlags: '',
    server: { family: 0, address: '0.0.0.0', port: 0 },
    forward: 'g',
    weight: 1,
    upperThreshold: 0,
    lowerThreshold: 0,
    tunnelType: 'ipip',
  };
}

type Take = (draft: Draft, value: string, lookups: Lookups) => void;

interface Row {
  /** What counts as the same option for the rules; absent: it may come as often as one likes. */
  readonly word?: OptionWord;
  readonly take?: Take;
  /** Where the value may be left out and is. */
  readonly bare?: (draft: Draft) => void;
}

/** One row an option: its column in the rules and what it does. */
export const rows: { readonly [Name in OptionName]: Row } = {
  'tcp-service': { word: 'service-address', take: service('TCP') },
  'udp-service': { word: 'service-address', take: service('UDP') },
  'sctp-service': { word: 'service-address', take: service('SCTP') },
  'fwmark-service': { word: 'service-address', take: fwmark },
  scheduler: {
    word: 'scheduler',
    take: (draft, value) => {
      // The kernel's names have room for 15 characters; the rest is cut off without a word.
      draft.scheduler = value.slice(0, 15);
    },
  },
  persistent: {
    word: 'persistent',
    take: (draft, value) => {
      draft.persistentSeconds = timeout(value, 1);
      if (draft.persistentSeconds > MAX_PERSISTENCE_S) refuse('longPersistence');
    },
    bare: (draft) => {
      draft.persistentSeconds = DEFAULT_PERSISTENCE;
    },
  },
  netmask: { word: 'netmask', take: netmask },
  'real-server': { word: 'real-server', take: realServer },
  masquerading: { word: 'forwarding-method', take: (draft) => setForward(draft, 'm') },
  ipip: { word: 'forwarding-method', take: (draft) => setForward(draft, 'i') },
  gatewaying: { word: 'forwarding-method', take: (draft) => setForward(draft, 'g') },
  weight: {
    word: 'weight',
    take: (draft, value) => {
      draft.weight = number(value, { min: 0, max: INT_MAX, what: 'weight' });
    },
  },
  'u-threshold': {
    word: 'u-threshold',
    take: (draft, value) => {
      draft.upperThreshold = number(value, { min: 0, max: INT_MAX, what: 'u_threshold' });
    },
  },
  'l-threshold': {
    word: 'l-threshold',
    take: (draft, value) => {
      draft.lowerThreshold = number(value, { min: 0, max: INT_MAX, what: 'l_threshold' });
    },
  },
  numeric: { word: 'numeric' },
  connection: { word: 'connection' },
  'mcast-interface': { word: 'mcast-interface' },
  syncid: {
    word: 'syncid',
    take: (_draft, value) => void number(value, { min: 0, max: 255, what: 'syncid' }),
  },
  timeout: { word: 'timeout' },
  daemon: { word: 'daemon' },
  stats: { word: 'stats' },
  rate: { word: 'rate' },
  thresholds: { word: 'thresholds' },
  'persistent-conn': { word: 'persistent-conn' },
  nosort: { word: 'nosort' },
  sort: {},
  exact: { word: 'exact' },
  ipv6: { take: ipv6 },
  ops: {
    word: 'ops',
    take: (draft) => {
      draft.onePacket = true;
    },
  },
  pe: { word: 'pe' },
  'sched-flags': {
    word: 'sched-flags',
    take: (draft, value) => {
      draft.schedulerFlags = value;
    },
  },
  'mcast-group': { word: 'mcast-group' },
  'mcast-port': {
    word: 'mcast-port',
    take: (_draft, value) => void number(value, { min: 1, max: 65_535, what: 'mcast-port' }),
  },
  'mcast-ttl': {
    word: 'mcast-ttl',
    take: (_draft, value) => void number(value, { min: 1, max: 255, what: 'mcast-ttl' }),
  },
  'sync-maxlen': {
    word: 'sync-maxlen',
    take: (_draft, value) => void number(value, { min: 1, max: 65_507, what: 'sync-maxlen' }),
  },
  'tun-info': { word: 'tun-info' },
  'tun-type': { word: 'tun-type', take: tunnelType },
  'tun-port': {
    word: 'tun-port',
    take: (_draft, value) => void number(value, { min: 1, max: 65_535, what: 'tunnel port' }),
  },
  'tun-nocsum': { word: 'tun-nocsum' },
  'tun-csum': { word: 'tun-csum' },
  'tun-remcsum': { word: 'tun-remcsum' },
};

/** Seconds of a timeout. */
export function timeout(text: string, min: number): number {
  const seconds = decimal(text, min, MAX_TIMEOUT);
  if (seconds === undefined) throw new UsageError(`invalid timeout value \`${text}' specified`);
  return seconds;
}

function number(
  text: string,
  { min, max, what }: { readonly min: number; readonly max: number; readonly what: string },
): number {
  const value = decimal(text, min, max);
  if (value === undefined) throw new UsageError(`illegal ${what} specified`);
  return value;
}

function service(protocol: 'TCP' | 'UDP' | 'SCTP'): Take {
  return (draft, value, lookups) => {
    draft.protocol = protocol;
    const endpoint = readEndpoint(value, protocol, lookups);
    if (endpoint === undefined) throw new UsageError('illegal virtual server address[:port] specified');
    draft.family = endpoint.family;
    draft.address = endpoint.address;
    draft.port = endpoint.port ?? draft.port;
    if (endpoint.family === 6) draft.netmask = '128';
  };
}

function fwmark(draft: Draft, value: string): void {
  const mark = decimal(value, 1, 2 ** 32 - 1);
  if (mark === undefined) throw new UsageError(`invalid fwmark value \`${value}' specified`);
  draft.family = 4;
  draft.protocol = 'TCP';
  draft.fwmark = mark;
}

function ipv6(draft: Draft): void {
  if (draft.fwmark === 0) throw new UsageError('-6 used before -f\n');
  draft.family = 6;
  draft.address = '::';
  draft.netmask = '128';
}

function netmask(draft: Draft, value: string, lookups: Lookups): void {
  if (draft.family === 6) {
    const length = leadingNumber(value);
    if (length < 1 || length > 128) throw new UsageError('illegal ipv6 netmask specified');
    draft.netmask = String(length);
    return;
  }
  const mask = ipv4Of(value) ?? lookups.address(value);
  if (mask === undefined) throw new UsageError('illegal virtual server persistent mask specified');
  draft.netmask = mask;
}

function realServer(draft: Draft, value: string, lookups: Lookups): void {
  const endpoint = readEndpoint(value, draft.protocol, lookups);
  if (endpoint === undefined) throw new UsageError('illegal real server address[:port] specified');
  draft.server = { ...endpoint, port: endpoint.port ?? draft.port };
}

function setForward(draft: Draft, forward: Draft['forward']): void {
  draft.forward = forward;
}

function tunnelType(draft: Draft, value: string): void {
  if (value !== 'ipip' && value !== 'gue' && value !== 'gre')
    throw new UsageError('illegal tunnel type specified');
  draft.tunnelType = value;
}
