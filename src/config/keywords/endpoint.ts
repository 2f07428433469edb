/** Addresses, ports and marks as the heads of virtual and real servers and the lines of groups have them. */
import { familyOf, isUnicast } from '../../base/address.ts';
import { quote } from '../diagnostic.ts';
import type { Call } from '../keyword.ts';
import { spanOf, type Token } from '../lexer.ts';
import type { Span } from '../model.ts';
import { readAddress } from '../row_builders.ts';

/** `IP [port]` as written. */
export interface EndpointHead {
  readonly address: string;
  readonly family: 4 | 6;
  readonly at: Span;
  readonly port: { readonly value: number; readonly at: Span } | undefined;
}

/** Reads `IP [port]`; undefined after an error. */
export function readEndpoint(call: Call): EndpointHead | undefined {
  const { keyword, diagnostics } = call;
  const [addressWord, portWord, extra] = call.words;
  if (!addressWord) {
    diagnostics.error('MISSING_VALUE', spanOf(keyword), {
      message: `Cannot read ${keyword.text}: an address and a port must follow`,
    });
    return undefined;
  }
  const address = readAddress(call, addressWord);
  const port = portWord && readPort(call, portWord);
  warnOfExtra(call, extra, 'address and port');
  if (address === undefined || (portWord && port === undefined)) return undefined;
  if (!isUnicast(address)) {
    diagnostics.error('BAD_VALUE', spanOf(addressWord), {
      message: `Cannot use address ${quote(address)}: expected the address of one host`,
    });
    return undefined;
  }
  const family = familyOf(address) ?? 4;
  const written = portWord && port !== undefined ? { value: port, at: spanOf(portWord) } : undefined;
  return { address, family, at: spanOf(addressWord), port: written };
}

/** Undefined after an error. `help` is what is said of a range of ports. */
export function readPort({ diagnostics }: Call, word: Token, help?: string): number | undefined {
  const port = Number(word.text);
  if (/^\d{1,5}$/.test(word.text) && port <= 65535) return port;
  diagnostics.error('BAD_VALUE', spanOf(word), {
    message: `Cannot use port ${quote(word.text)}: expected a number, 0 to 65535`,
    help: /^\d+-\d+$/.test(word.text) ? help : undefined,
  });
  return undefined;
}

const MAX_MARK = 2 ** 32 - 1;

/** The mark after the keyword `fwmark` or `xlb_mark`; undefined after an error. */
export function readMark({ diagnostics }: Call, keyword: Token, word: Token | undefined): number | undefined {
  if (!word) {
    diagnostics.error('MISSING_VALUE', spanOf(keyword), {
      message: `Cannot read ${keyword.text}: a mark must follow, 1 to ${MAX_MARK}`,
    });
    return undefined;
  }
  const mark = Number(word.text);
  if (/^\d{1,10}$/.test(word.text) && mark >= 1 && mark <= MAX_MARK) return mark;
  diagnostics.error('BAD_VALUE', spanOf(word), {
    message: `Cannot use ${keyword.text} ${quote(word.text)}: expected a mark, 1 to ${MAX_MARK}`,
  });
  return undefined;
}

export function warnOfExtra({ diagnostics }: Call, extra: Token | undefined, after: string): void {
  if (!extra) return;
  diagnostics.warning('EXTRA_WORDS', spanOf(extra), {
    message: `Cannot use ${quote(extra.text)} after ${after}: it is ignored`,
  });
}
