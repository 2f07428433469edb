/** virtual_server_group: lines `IP [port]`, `RANGE [port]` and `fwmark N [inet|inet6]`. */
import { isMappedAddress, isUnicast } from '../../base/address.ts';
import { type AddressRange, addressAt, parseAddressRange } from '../address_range.ts';
import { quote } from '../diagnostic.ts';
import type { Call } from '../keyword.ts';
import { spanOf, spanOfAll, type Token } from '../lexer.ts';
import type { Span } from '../model.ts';
import { didYouMean } from '../suggest.ts';
import { readMark, readPort, warnOfExtra } from './endpoint.ts';

export type GroupLine =
  | { readonly kind: 'addresses'; readonly range: AddressRange; readonly port: number; readonly at: Span }
  | {
      readonly kind: 'fwmark';
      readonly fwmark: number;
      readonly family: 4 | 6 | undefined;
      readonly at: Span;
    };

const families = new Map<string, 4 | 6>([
  ['inet', 4],
  ['inet6', 6],
]);

/** One line of a group; undefined after an error. */
export function readGroupLine(call: Call): GroupLine | undefined {
  const at = spanOfAll([call.keyword, ...call.words]);
  return call.keyword.text === 'fwmark' ? readMarkLine(call, at) : readAddressLine(call, at);
}

function readMarkLine(call: Call, at: Span): GroupLine | undefined {
  const [markWord, familyWord, extra] = call.words;
  const fwmark = readMark(call, call.keyword, markWord);
  warnOfExtra(call, extra, 'the mark and its family');
  const family = familyWord && families.get(familyWord.text);
  if (familyWord && family === undefined) {
    call.diagnostics.error('UNKNOWN_VALUE', spanOf(familyWord), {
      message: `Cannot use family ${quote(familyWord.text)}`,
      help: didYouMean(familyWord.text, families.keys(), 'write inet or inet6'),
    });
    return undefined;
  }
  return fwmark === undefined ? undefined : { kind: 'fwmark', fwmark, family, at };
}

function readAddressLine(call: Call, at: Span): GroupLine | undefined {
  const [portWord, extra] = call.words;
  const range = readRange(call, call.keyword);
  const port = portWord ? readPort(call, portWord, 'as in keepalived, write a line for each port') : 0;
  warnOfExtra(call, extra, 'address and port');
  return range === undefined || port === undefined ? undefined : { kind: 'addresses', range, port, at };
}

function readRange({ diagnostics }: Call, word: Token): AddressRange | undefined {
  const range = parseAddressRange(word.text);
  const wrong =
    typeof range === 'string'
      ? range
      : isUnicast(addressAt(range, 0)) && !isMappedAddress(addressAt(range, 0))
        ? undefined
        : 'expected addresses of hosts';
  if (typeof range !== 'string' && wrong === undefined) return range;
  diagnostics.error('BAD_VALUE', spanOf(word), { message: `Cannot use ${quote(word.text)}: ${wrong}` });
  return undefined;
}
