/** The line of virtual_ipaddress, virtual_ipaddress_excluded and static_ipaddress. */
import {
  addressBits,
  addressBytes,
  familyOf,
  formatAddress,
  isMappedAddress,
  isUnicast,
  parsePrefix,
} from '../../base/address.ts';
import { quote } from '../diagnostic.ts';
import type { Call } from '../keyword.ts';
import { spanOf, type Token } from '../lexer.ts';
import type { NamedInterface, Span } from '../model.ts';
import { lines, readAddress, readInterface } from '../row_builders.ts';
import { type Mutable, type OptionLine, readNamed, readOptions, readWhole, scopes } from './option_line.ts';

/** A line as written. */
export interface VirtualAddressLine {
  readonly address: string;
  readonly prefix: number;
  readonly family: 4 | 6;
  readonly span: Span;
  readonly dev?: NamedInterface;
  readonly broadcast?: string;
  readonly scope?: number;
  readonly label?: string;
  readonly peer?: string;
  readonly home?: boolean;
  readonly detectDuplicates?: boolean;
  readonly mngTmpAddr?: boolean;
  readonly noPrefixRoute?: boolean;
  readonly autoJoin?: boolean;
  readonly preferredLifetime?: number | 'forever';
  readonly noTrack?: boolean;
  readonly trackGroup?: string;
  readonly useVmac?: boolean;
}

/** '+' and '-': all bits of the host set, or none. */
type Options = Mutable<Partial<Omit<VirtualAddressLine, 'broadcast'>>> & { broadcast?: string };

function readBroadcast(call: Call, word: Token, options: Options): void {
  const broadcast = word.text === '+' || word.text === '-' ? word.text : readAddress(call, word);
  if (broadcast !== undefined && familyOf(broadcast) !== 6) options.broadcast = broadcast;
  else if (broadcast !== undefined)
    call.diagnostics.error('BAD_VALUE', spanOf(word), {
      message: 'Cannot use an IPv6 address as brd: it has no broadcast',
    });
}

function readLifetime(call: Call, word: Token, options: Options): void {
  const number = word.text === 'forever' ? 'forever' : readWhole(call, word, lifetime);
  if (number !== undefined) options.preferredLifetime = number;
}
const lifetime = { name: 'preferred_lft', max: 2 ** 32 - 2 };

function readLabel(call: Call, word: Token, options: Options): void {
  if (word.text.length <= 15) options.label = word.text;
  else
    call.diagnostics.error('BAD_VALUE', spanOf(word), {
      message: `Cannot use label ${quote(word.text)}: expected at most 15 characters`,
    });
}

const addressOptions: OptionLine<Options> = {
  what: 'an address',
  values: new Map([
    [
      'dev',
      (call, word, options) => {
        const name = readInterface(call, word);
        if (name !== undefined) options.dev = { name, span: spanOf(word) };
      },
    ],
    ['brd', readBroadcast],
    [
      'scope',
      (call, word, options) => {
        const scope = readNamed(call, word, { name: 'scope', max: 255, names: scopes });
        if (scope !== undefined) options.scope = scope;
      },
    ],
    ['label', readLabel],
    [
      'peer',
      (call, word, options) => {
        const peer = readAddress(call, word);
        if (peer !== undefined) options.peer = peer;
      },
    ],
    ['preferred_lft', readLifetime],
    [
      'track_group',
      (_, word, options) => {
        options.trackGroup = word.text;
      },
    ],
  ]),
  switches: new Map<string, (options: Options) => void>([
    ['home', (options) => Object.assign(options, { home: true })],
    ['-nodad', (options) => Object.assign(options, { detectDuplicates: true })],
    ['mngtmpaddr', (options) => Object.assign(options, { mngTmpAddr: true })],
    ['noprefixroute', (options) => Object.assign(options, { noPrefixRoute: true })],
    ['autojoin', (options) => Object.assign(options, { autoJoin: true })],
    ['no_track', (options) => Object.assign(options, { noTrack: true })],
    ['use_vmac', (options) => Object.assign(options, { useVmac: true })],
  ]),
  aliases: new Map([['broadcast', 'brd']]),
  other: (call, word) => {
    if (!parsePrefix(word.text)) return false;
    call.diagnostics.error('EXTRA_WORDS', spanOf(word), {
      message: `Cannot use a second address ${quote(word.text)} on one line`,
      help: 'write each address on a line of its own',
    });
    return true;
  },
};

function readLine(call: Call): VirtualAddressLine | undefined {
  const { keyword, diagnostics } = call;
  const parsed = parsePrefix(keyword.text);
  if (!parsed) {
    refuseAddress(call);
    return undefined;
  }
  if (!isUnicast(parsed.address) || isMappedAddress(parsed.address)) {
    diagnostics.error('BAD_VALUE', spanOf(keyword), {
      message: `Cannot use address ${quote(parsed.address)}: expected the address of one host`,
    });
    return undefined;
  }
  const options: Options = {};
  readOptions(call, addressOptions, options);
  const { address, family, length } = parsed;
  const { broadcast, peer, ...others } = options;
  if (peer !== undefined && familyOf(peer) !== family) {
    diagnostics.error('BAD_VALUE', spanOf(keyword), {
      message: `Cannot use peer ${peer} of ${address}: they are not of one family`,
    });
    return undefined;
  }
  const all = peer !== undefined && keyword.text.includes('/');
  if (all)
    diagnostics.warning('ADJUSTED', spanOf(keyword), {
      message: `Cannot use a prefix length beside peer: as in keepalived, ${addressBits[family]} is used`,
    });
  const prefix = all ? addressBits[family] : length;
  return {
    ...others,
    ...(peer === undefined ? {} : { peer }),
    ...(broadcast === undefined ? {} : { broadcast: broadcastOf(address, prefix, broadcast) }),
    address,
    family,
    prefix,
    span: spanOf(keyword),
  };
}

function refuseAddress(call: Call): void {
  const { keyword, diagnostics } = call;
  const [, before = '', length = ''] = /^(.*)\/(.*)$/.exec(keyword.text) ?? [];
  const family = familyOf(before);
  if (family !== undefined)
    diagnostics.error('BAD_VALUE', spanOf(keyword), {
      message: `Cannot use prefix length ${quote(length)}: expected 0 to ${addressBits[family]}`,
    });
  else readAddress(call, keyword);
}

/** What `+` and `-` stand for; an address as it is. */
function broadcastOf(address: string, prefix: number, written: string): string {
  const bytes = addressBytes(address);
  if (bytes?.length !== 4 || (written !== '+' && written !== '-')) return written;
  const host = bytes.map((byte, index) => {
    const mask = 0xff >> Math.min(8, Math.max(0, prefix - index * 8));
    return written === '+' ? byte | mask : byte & ~mask;
  });
  return formatAddress(host);
}

export const addressLines = (doc: string) =>
  lines({
    doc,
    expects:
      'IP[/mask] [brd IP] [dev IF] [scope S] [label L] [peer IP] [home] [-nodad] [mngtmpaddr] [noprefixroute] ' +
      '[autojoin] [no_track] [track_group NAME] [preferred_lft S] [use_vmac]',
    read: readLine,
  });
