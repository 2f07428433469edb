/** xlb_mark N: which packets carry a mark. XDP sees packets before netfilter could mark them. */
import { parsePrefix } from '../../base/address.ts';
import { parseAddressRange } from '../address_range.ts';
import { quote } from '../diagnostic.ts';
import { block, type Call } from '../keyword.ts';
import { spanOf, type Token } from '../lexer.ts';
import type { Span } from '../model.ts';
import { custom, firstWord, refuse, words } from '../row_builders.ts';
import { readMark, warnOfExtra } from './endpoint.ts';

export interface MarkHead {
  readonly fwmark: number;
}

export interface MarkDestination {
  /** '10.9.0.0/16', '10.9.0.1/32'. */
  readonly prefix: string;
  readonly family: 4 | 6;
  /** The address, where the prefix is one. */
  readonly host: string | undefined;
  readonly at: Span;
}

export type PortRange = readonly [first: number, last: number];

export function readMarkHead(call: Call): MarkHead | undefined {
  const fwmark = readMark(call, call.keyword, call.words[0]);
  warnOfExtra(call, call.words[1], 'the mark');
  return fwmark === undefined ? undefined : { fwmark };
}

export const markKeywords = block({
  destination: words<MarkDestination>({
    doc: 'addresses that packets go to; of several marks that fit, the longest prefix wins',
    expects: 'IP or PREFIX, any number of them',
    read: (call) => readEach(call, 'an address or a prefix', readDestination),
  }),
  port: words<PortRange>({
    doc: 'ports that packets go to; every port when left out',
    expects: 'PORT or FIRST-LAST, any number of them',
    read: (call) => readEach(call, 'a port or a range of ports', readPorts),
  }),
  protocol: custom<'TCP' | 'UDP'>({
    doc: 'protocol of the packets; both when left out',
    expects: 'tcp or udp',
    read: (call) => {
      const word = firstWord(call, 'tcp or udp');
      const name = word?.text.toUpperCase();
      if (name === undefined || name === 'TCP' || name === 'UDP') return name;
      return refuse(call, 'UNKNOWN_VALUE', {
        message: `Cannot use protocol ${quote(word?.text ?? '')}`,
        help: 'write tcp or udp',
      });
    },
  }),
});

function readEach<T>(call: Call, expects: string, read: (call: Call, word: Token) => T | undefined): T[] {
  if (!firstWord(call, expects)) return [];
  return call.words.flatMap((word) => {
    const item = read(call, word);
    return item === undefined ? [] : [item];
  });
}

function readDestination({ diagnostics }: Call, word: Token): MarkDestination | undefined {
  const prefix = parsePrefix(word.text);
  const range = parseAddressRange(word.text);
  if (prefix !== undefined && typeof range !== 'string') {
    const host = range.count === 1n ? prefix.address : undefined;
    const { family, address, length } = prefix;
    return { prefix: `${address}/${length}`, family, host, at: spanOf(word) };
  }
  const wrong =
    typeof range === 'string' && word.text.includes('/') ? range : 'expected an address or a prefix';
  diagnostics.error('BAD_VALUE', spanOf(word), {
    message: `Cannot use destination ${quote(word.text)}: ${wrong}`,
  });
  return undefined;
}

function readPorts({ diagnostics }: Call, word: Token): PortRange | undefined {
  const [first = Number.NaN, last = first] = /^\d{1,5}(-\d{1,5})?$/.test(word.text)
    ? word.text.split('-').map(Number)
    : [];
  if (first >= 1 && first <= last && last <= 65535) return [first, last];
  diagnostics.error('BAD_VALUE', spanOf(word), {
    message: `Cannot use port ${quote(word.text)}: expected a port or a range, 1 to 65535`,
  });
  return undefined;
}
