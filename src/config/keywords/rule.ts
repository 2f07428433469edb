/** The line of virtual_rules and static_rules: what `ip rule add` takes. */
import { parsePrefix } from '../../base/address.ts';
import { quote } from '../diagnostic.ts';
import type { Call } from '../keyword.ts';
import { spanOf, type Token } from '../lexer.ts';
import type { RuleConfig } from '../model.ts';
import { lines, readInterface } from '../row_builders.ts';
import {
  type Mutable,
  type OptionLine,
  protocols,
  readNamed,
  readOptions,
  readRange,
  readWhole,
  tables,
  type ValueOption,
} from './option_line.ts';

type Options = Mutable<Partial<RuleConfig>>;
const MAX = 2 ** 32 - 1;
const none: ReadonlyMap<string, number> = new Map();

/** IPPROTO_* (in.h). */
const ipProtocols: ReadonlyMap<string, number> = new Map([
  ['icmp', 1],
  ['ICMP', 1],
  ['tcp', 6],
  ['TCP', 6],
  ['udp', 17],
  ['UDP', 17],
  ['sctp', 132],
  ['SCTP', 132],
]);

type NumberKey = 'priority' | 'tos' | 'protocol' | 'ipProtocol';

const named =
  (key: NumberKey, max: number, names: ReadonlyMap<string, number>): ValueOption<Options> =>
  (call, word, options) => {
    const value = readNamed(call, word, { name: key, max, names });
    if (value !== undefined) options[key] = value;
  };

const prefix =
  (key: 'from' | 'to'): ValueOption<Options> =>
  (call, word, options) => {
    const found = parsePrefix(word.text);
    if (word.text === 'all' || word.text === 'any' || word.text === 'default') return;
    if (!found)
      call.diagnostics.error('BAD_VALUE', spanOf(word), {
        message: `Cannot use ${key} ${quote(word.text)}: expected an address, a prefix or all`,
      });
    else if (options.family !== undefined && options.family !== found.family)
      call.diagnostics.error('CONFLICT', spanOf(word), {
        message: `Cannot use ${key} ${quote(word.text)}: the rule is one of IPv${options.family}`,
      });
    else {
      options[key] = `${found.address}/${found.length}`;
      options.family = found.family;
    }
  };

const device =
  (key: 'inputInterface' | 'outputInterface'): ValueOption<Options> =>
  (call, word, options) => {
    const name = readInterface(call, word);
    if (name !== undefined) options[key] = name;
  };

const range =
  (key: 'sourcePorts' | 'destinationPorts' | 'users', name: string, max: number): ValueOption<Options> =>
  (call, word, options) => {
    const found = readRange(call, word, { name, max });
    if (found) options[key] = found;
  };

const suppress =
  (key: 'suppressPrefixLength' | 'suppressGroup', max: number): ValueOption<Options> =>
  (call, word, options) => {
    const value = readWhole(call, word, { name: 'suppress', max });
    if (value !== undefined) options[key] = value;
  };

function readMark(call: Call, word: Token, options: Options): void {
  const [, mark, mask] =
    /^(0x[0-9a-f]{1,8}|\d{1,10})(?:\/(0x[0-9a-f]{1,8}|\d{1,10}))?$/i.exec(word.text) ?? [];
  if (mark === undefined || Number(mark) > MAX || Number(mask ?? 0) > MAX) {
    call.diagnostics.error('BAD_VALUE', spanOf(word), {
      message: `Cannot use fwmark ${quote(word.text)}: expected N or N/MASK`,
    });
    return;
  }
  options.fwmark = Number(mark);
  if (mask !== undefined) options.fwmask = Number(mask);
}

const action = (name: 'nop' | 'blackhole' | 'unreachable' | 'prohibit') =>
  [name, (options: Options) => Object.assign(options, { action: name })] as const;

const ruleOptions: OptionLine<Options> = {
  what: 'a rule',
  withoutThem: 'the rule is read without it',
  values: new Map<string, ValueOption<Options>>([
    ['from', prefix('from')],
    ['to', prefix('to')],
    [
      'table',
      (call, word, options) => {
        const table = readNamed(call, word, { name: 'table', max: MAX, names: tables });
        if (table !== undefined) Object.assign(options, { action: 'lookup', table });
      },
    ],
    [
      'goto',
      (call, word, options) => {
        const target = readWhole(call, word, { name: 'goto', max: MAX });
        if (target !== undefined) Object.assign(options, { action: 'goto', target });
      },
    ],
    ['priority', named('priority', MAX, none)],
    ['fwmark', readMark],
    ['iif', device('inputInterface')],
    ['oif', device('outputInterface')],
    ['tos', named('tos', 255, none)],
    ['protocol', named('protocol', 255, protocols)],
    ['ip_proto', named('ipProtocol', 255, ipProtocols)],
    ['sport', range('sourcePorts', 'sport', 65535)],
    ['dport', range('destinationPorts', 'dport', 65535)],
    ['uidrange', range('users', 'uidrange', MAX)],
    ['suppress_prefixlength', suppress('suppressPrefixLength', 128)],
    ['suppress_ifgroup', suppress('suppressGroup', MAX)],
    [
      'track_group',
      (_, word, options) => {
        options.trackGroup = word.text;
      },
    ],
  ]),
  switches: new Map<string, (options: Options) => void>([
    action('nop'),
    action('blackhole'),
    action('unreachable'),
    action('prohibit'),
    ['not', (options) => Object.assign(options, { not: true })],
    ['no_track', (options) => Object.assign(options, { noTrack: true })],
    ['inet', (options) => Object.assign(options, { family: 4 })],
    ['inet6', (options) => Object.assign(options, { family: 6 })],
    ['all', () => {}],
  ]),
  aliases: new Map([
    ['lookup', 'table'],
    ['preference', 'priority'],
    ['pref', 'priority'],
    ['order', 'priority'],
    ['dev', 'iif'],
    ['dsfield', 'tos'],
    ['ipproto', 'ip_proto'],
    ['suppress_prefixlen', 'suppress_prefixlength'],
  ]),
  notYet: new Map([
    ['realms', 1],
    ['tun_id', 1],
    ['l3mdev', 0],
  ]),
};

function readRule(call: Call): RuleConfig | undefined {
  const options: Options = {};
  readOptions({ ...call, words: [call.keyword, ...call.words] }, ruleOptions, options);
  const { action: what, family = 4, ...others } = options;
  if (what !== undefined) return { ...others, family, action: what, span: spanOf(call.keyword) };
  call.diagnostics.warning('MISSING_VALUE', spanOf(call.keyword), {
    message: 'Cannot use this rule: it does not say what to do; as in keepalived, it is left out',
    help: 'write table N, goto N, nop, blackhole, unreachable or prohibit',
  });
  return undefined;
}

export const ruleLines = (doc: string) =>
  lines<RuleConfig>({
    doc,
    expects:
      '[not] [from PREFIX] [to PREFIX] [fwmark N[/M]] [iif IF] table N|goto N|blackhole|... [priority N] ...',
    read: readRule,
  });
