/** The line of virtual_routes and static_routes: what `ip route add` takes. */
import { familyOf, parsePrefix } from '../../base/address.ts';
import { quote } from '../diagnostic.ts';
import type { Call } from '../keyword.ts';
import { spanOf, type Token } from '../lexer.ts';
import type { NextHopConfig, RouteConfig, RouteType } from '../model.ts';
import { lines, readAddress, readInterface } from '../row_builders.ts';
import {
  type Mutable,
  type OptionLine,
  protocols,
  readNamed,
  readOptions,
  readWhole,
  scopes,
  tables,
  type ValueOption,
} from './option_line.ts';

const types: ReadonlySet<string> = new Set<RouteType>([
  'unicast',
  'local',
  'broadcast',
  'multicast',
  'anycast',
  'blackhole',
  'unreachable',
  'prohibit',
  'throw',
]);
const isType = (text: string): text is RouteType => types.has(text);

/** RTAX_* (rtnetlink.h), as ip-route names them. */
const metrics =
  `mtu advmss window rtt rttvar ssthresh cwnd reordering hoplimit initcwnd initrwnd rto_min quickack
  fastopen_no_cookie`.split(/\s+/);

type Options = Mutable<Partial<RouteConfig>> & {
  alternative?: string;
  values: Record<string, number>;
  /** The destination was reported. */
  refused?: boolean;
};
type Hop = { gateway?: string; interface?: string; weight?: number; onlink?: boolean };

const number =
  (
    key: 'table' | 'metric' | 'scope' | 'protocol' | 'tos',
    max: number,
    names: ReadonlyMap<string, number>,
  ): ValueOption<Options> =>
  (call, word, options) => {
    const value = readNamed(call, word, { name: key, max, names });
    if (value !== undefined) options[key] = value;
  };

const address =
  (key: 'gateway' | 'alternative' | 'source'): ValueOption<Options> =>
  (call, word, options) => {
    const value = readAddress(call, word);
    if (value !== undefined) options[key] = value;
  };

const none: ReadonlyMap<string, number> = new Map();
const MAX = 2 ** 32 - 1;

const routeOptions: OptionLine<Options> = {
  what: 'a route',
  withoutThem: 'the route is added without it',
  values: new Map<string, ValueOption<Options>>([
    ['to', readDestination],
    ['via', address('gateway')],
    ['or', address('alternative')],
    ['src', address('source')],
    [
      'from',
      (call, word, options) => {
        const prefix = parsePrefix(word.text);
        if (prefix) options.from = `${prefix.address}/${prefix.length}`;
        else readAddress(call, word);
      },
    ],
    [
      'dev',
      (call, word, options) => {
        const name = readInterface(call, word);
        if (name !== undefined) options.interface = { name, span: spanOf(word) };
      },
    ],
    ['scope', number('scope', 255, scopes)],
    ['table', number('table', MAX, tables)],
    ['metric', number('metric', MAX, none)],
    ['protocol', number('protocol', 255, protocols)],
    ['tos', number('tos', 255, none)],
    [
      'track_group',
      (_, word, options) => {
        options.trackGroup = word.text;
      },
    ],
    ...metrics.map((name): [string, ValueOption<Options>] => [
      name,
      (call, word, options) => {
        const value = readWhole(call, word, { name, max: MAX });
        if (value !== undefined) options.values[name] = value;
      },
    ]),
  ]),
  switches: new Map<string, (options: Options) => void>([
    ['onlink', (options) => Object.assign(options, { onlink: true })],
    ['no_track', (options) => Object.assign(options, { noTrack: true })],
  ]),
  aliases: new Map([
    ['gw', 'via'],
    ['priority', 'metric'],
    ['preference', 'metric'],
    ['proto', 'protocol'],
    ['dsfield', 'tos'],
  ]),
  notYet: new Map([
    ['realms', 1],
    ['features', 1],
    ['congctl', 1],
    ['pref', 1],
    ['expires', 1],
    ['ttl-propagate', 1],
    ['vrf', 1],
    ['append', 0],
  ]),
  other: (call, word, options) => {
    if (isType(word.text)) options.type = word.text;
    else if (options.destination === undefined && !options.refused) readDestination(call, word, options);
    else return false;
    return true;
  },
};

function readDestination(call: Call, word: Token, options: Options): void {
  const prefix = parsePrefix(word.text);
  if (word.text === 'default') options.destination = 'default';
  else if (prefix) {
    options.destination = `${prefix.address}/${prefix.length}`;
    options.family = prefix.family;
  } else {
    options.refused = true;
    call.diagnostics.error('BAD_VALUE', spanOf(word), {
      message: `Cannot use destination ${quote(word.text)}: expected an address, a prefix or default`,
    });
  }
}

const hopOptions: OptionLine<Hop> = {
  what: 'a nexthop',
  values: new Map<string, ValueOption<Hop>>([
    [
      'via',
      (call, word, hop) => {
        const gateway = readAddress(call, word);
        if (gateway !== undefined) hop.gateway = gateway;
      },
    ],
    [
      'dev',
      (call, word, hop) => {
        const name = readInterface(call, word);
        if (name !== undefined) hop.interface = name;
      },
    ],
    [
      'weight',
      (call, word, hop) => {
        const weight = readWhole(call, word, { name: 'weight', min: 1, max: 256 });
        if (weight !== undefined) hop.weight = weight;
      },
    ],
  ]),
  switches: new Map<string, (hop: Hop) => void>([['onlink', (hop) => Object.assign(hop, { onlink: true })]]),
  aliases: new Map([['gw', 'via']]),
};

function readHop(call: Call, words: readonly Token[]): NextHopConfig {
  const hop: Hop = {};
  readOptions({ ...call, words }, hopOptions, hop);
  return { weight: 1, onlink: false, ...hop };
}

/** inet and inet6 say which family `default` is of; `lock` stands between a metric and its value. */
function withoutFillers(all: readonly Token[], options: Options, locked: string[]): Token[] {
  return all.filter(({ text }, index) => {
    if (text === 'inet' || text === 'inet6') {
      if (all[index - 1]?.text !== 'via') options.family = text === 'inet' ? 4 : 6;
      return false;
    }
    const before = all[index - 1]?.text ?? '';
    if (text !== 'lock' || !metrics.includes(before)) return true;
    locked.push(before);
    return false;
  });
}

function readRoute(call: Call): RouteConfig | undefined {
  const options: Options = { values: {} };
  const locked: string[] = [];
  const words = withoutFillers([call.keyword, ...call.words], options, locked);
  const starts = words.flatMap(({ text }, index) => (text === 'nexthop' ? [index] : []));
  readOptions({ ...call, words: words.slice(0, starts[0]) }, routeOptions, options);
  const hops = starts.map((start, nth) => readHop(call, words.slice(start + 1, starts[nth + 1])));
  const { destination, refused, alternative, values, ...others } = options;
  if (refused) return undefined;
  if (destination === undefined) {
    call.diagnostics.error('MISSING_VALUE', spanOf(call.keyword), {
      message: 'Cannot read this route: it has no destination',
      help: 'write an address, a prefix or default',
    });
    return undefined;
  }
  const named = others.gateway ?? hops[0]?.gateway;
  const family = others.family ?? (named === undefined ? 4 : (familyOf(named) ?? 4));
  const { gateway, interface: dev, ...rest } = others;
  if (alternative !== undefined)
    for (const one of [gateway, alternative])
      if (one !== undefined)
        hops.push({ gateway: one, ...(dev ? { interface: dev.name } : {}), weight: 1, onlink: false });
  return {
    type: 'unicast',
    ...rest,
    ...(hops.length === 0
      ? { ...(gateway === undefined ? {} : { gateway }), ...(dev ? { interface: dev } : {}) }
      : { nextHops: hops }),
    family,
    destination: destination === 'default' ? (family === 4 ? '0.0.0.0/0' : '::/0') : destination,
    ...(Object.keys(values).length === 0 ? {} : { metrics: values }),
    ...(locked.length === 0 ? {} : { locked }),
    span: spanOf(call.keyword),
  };
}

export const routeLines = (doc: string) =>
  lines<RouteConfig>({
    doc,
    expects:
      '[TYPE] PREFIX|default [via IP] [dev IF] [src IP] [table N] [metric N] [scope S] [nexthop ...] ...',
    read: readRoute,
  });
