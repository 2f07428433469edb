/**
 * Which decisions to tell, in tcpdump's manner: `vip 10.0.0.1 port 80 and not client 192.0.2.0/24 or dropped`. Text to
 * alternatives of tests; all tests of one must hold. Pure.
 */
import type { Verdict } from '../addon/addon.ts';
import { addressBytes, parsePrefix } from '../base/address.ts';
import { didYouMean } from '../config/suggest.ts';

/** Whose address or port: `host`: the client's or the VIP. */
export type Side = 'client' | 'vip' | 'host' | 'real';

export type Test =
  | { readonly test: 'net'; readonly side: Side; readonly net: Net; readonly negated: boolean }
  | {
      readonly test: 'port';
      readonly side: Exclude<Side, 'real'>;
      readonly port: number;
      readonly negated: boolean;
    }
  /** 1: ICMP of either version, and errors whatever they quote. */
  | { readonly test: 'protocol'; readonly protocol: number; readonly negated: boolean }
  | { readonly test: 'version'; readonly version: 4 | 6 }
  /** A bit a verdict, by their order. */
  | { readonly test: 'verdicts'; readonly mask: number }
  | { readonly test: 'new'; readonly isNew: boolean }
  | { readonly test: 'fwmark'; readonly fwmark: number; readonly negated: boolean }
  | { readonly test: 'interface'; readonly name: string; readonly negated: boolean };

export interface Net {
  readonly address: string;
  readonly length: number;
  /** Sixteen bytes each; IPv4 as ::ffff:a.b.c.d. The prefix has no bits beyond the mask. */
  readonly prefix: Uint8Array;
  readonly mask: Uint8Array;
}

/** All tests of one alternative must hold. An empty one holds always. */
export type Filter = readonly (readonly Test[])[];

/** What a viewer asks for. */
export interface TraceWish {
  readonly filter: Filter;
  /** Bytes of a frame. */
  readonly snap: number;
  /** Of what fits, so many at most; 0: no limit. */
  readonly perSecond: number;
}

/** Where a filter is wrong: `column` from 0. */
export class FilterError extends Error {
  override readonly name = 'FilterError';
  readonly column: number;
  readonly length: number;
  readonly help: string;

  constructor(message: string, word: { readonly column: number; readonly text: string }, help: string) {
    super(message);
    this.column = word.column;
    this.length = Math.max(1, word.text.length);
    this.help = help;
  }
}

// Maps: of an object, any word that objects have of their own ('constructor') would be one of ours.
const protocols = new Map(Object.entries({ icmp: 1, tcp: 6, udp: 17 }));
const actions = new Map<string, Verdict['action']>(
  Object.entries({
    forwarded: 'forward',
    passed: 'pass',
    dropped: 'drop',
  }),
);
const sides = new Map<string, Side>(
  Object.entries({
    host: 'host',
    net: 'host',
    client: 'client',
    src: 'client',
    vip: 'vip',
    dst: 'vip',
    real: 'real',
  }),
);
const joints = new Map<string, 'and' | 'or' | 'not'>(
  Object.entries({
    and: 'and',
    '&&': 'and',
    or: 'or',
    '||': 'or',
    not: 'not',
    '!': 'not',
  }),
);
/** What a test begins with. */
export const filterWords = [
  ...sides.keys(),
  'port',
  ...protocols.keys(),
  'ip',
  'ip6',
  'verdict',
  ...actions.keys(),
  'new',
  'all',
  'fwmark',
  'interface',
];
const WORDS_HELP = `a test is one of ${filterWords.join(', ')}; join them with and, or, not`;
const LONGEST = 1_000;

/** An empty text fits everything. Throws FilterError. */
export function parseFilter(text: string, verdicts: readonly Verdict[]): Filter {
  return new FilterParser(text, verdicts).parse();
}

interface Word {
  readonly text: string;
  readonly column: number;
}

class FilterParser {
  readonly #words: readonly Word[];
  readonly #end: Word;
  readonly #verdicts: readonly Verdict[];
  #next = 0;

  constructor(text: string, verdicts: readonly Verdict[]) {
    // `!tcp` and `(a or b)` are written without blanks.
    const found = [...text.matchAll(/[()]|!(?!=)|[^\s()!]+/g)];
    this.#words = found.map((match) => ({ text: match[0].toLowerCase(), column: match.index }));
    this.#end = { text: '', column: text.length };
    this.#verdicts = verdicts;
    if (text.length > LONGEST)
      throw new FilterError('It is too long', { text: '', column: LONGEST }, `${LONGEST} characters at most`);
  }

  parse(): Filter {
    if (this.#words.length === 0) return [[]];
    const alternatives: Test[][] = [[this.#factor()]];
    while (this.#next < this.#words.length) {
      const joint = joints.get(this.#peek().text);
      if (joint === 'or') {
        this.#next++;
        alternatives.push([this.#factor()]);
        continue;
      }
      if (joint === 'and') this.#next++;
      alternatives.at(-1)?.push(this.#factor());
    }
    return alternatives;
  }

  #peek(): Word {
    return this.#words[this.#next] ?? this.#end;
  }

  #take(): Word {
    const word = this.#peek();
    this.#next++;
    return word;
  }

  #factor(): Test {
    let negated = false;
    while (joints.get(this.#peek().text) === 'not') {
      this.#next++;
      negated = !negated;
    }
    return this.#test(negated);
  }

  #test(negated: boolean): Test {
    const word = this.#take();
    const { text } = word;
    const side = sides.get(text);
    if (side !== undefined) return this.#ofSide(side, negated);
    const protocol = protocols.get(text);
    if (protocol !== undefined) return { test: 'protocol', protocol, negated };
    const action = actions.get(text);
    if (action !== undefined)
      return this.#verdictsWhere((verdict) => (verdict.action === action) !== negated);
    switch (text) {
      case 'port':
        return { test: 'port', side: 'host', port: this.#number('a port', 65_535), negated };
      case 'ip':
        return { test: 'version', version: negated ? 6 : 4 };
      case 'ip6':
        return { test: 'version', version: negated ? 4 : 6 };
      case 'verdict':
        return this.#verdict(negated);
      case 'all':
        return this.#verdictsWhere(() => !negated);
      case 'new':
        return { test: 'new', isNew: !negated };
      case 'fwmark':
        return { test: 'fwmark', fwmark: this.#number('a firewall mark', 0xffff_ffff), negated };
      case 'interface': {
        const name = this.#take();
        if (name.text === '') throw expected('the name of an interface', name, 'interface eth0');
        return { test: 'interface', name: name.text, negated };
      }
      case '(':
      case ')':
        throw new FilterError(
          'There are no parentheses',
          word,
          'and binds closer than or: a and b or a and c',
        );
      default:
        throw expected('a test', word, didYouMean(text, filterWords, WORDS_HELP) ?? WORDS_HELP);
    }
  }

  #ofSide(side: Side, negated: boolean): Test {
    if (side !== 'host' && side !== 'real' && this.#peek().text === 'port') {
      this.#next++;
      return { test: 'port', side, port: this.#number('a port', 65_535), negated };
    }
    if (['host', 'net'].includes(this.#peek().text)) this.#next++;
    const word = this.#take();
    const prefix = parsePrefix(word.text);
    if (prefix === undefined)
      throw expected('an address', word, 'an address is 10.0.0.1, 10.0.0.0/24 or 2001:db8::/32');
    return { test: 'net', side, net: netOf(prefix.address, prefix.length), negated };
  }

  #verdict(negated: boolean): Test {
    const word = this.#take();
    const names = this.#verdicts.map(({ name }) => name);
    const wanted = word.text.toUpperCase();
    if (!names.includes(wanted))
      throw expected(
        'a verdict',
        word,
        didYouMean(word.text, names, `it is one of ${names.join(', ')}`) ?? '',
      );
    return this.#verdictsWhere(({ name }) => (name === wanted) !== negated);
  }

  #verdictsWhere(fits: (verdict: Verdict) => boolean): Test {
    const bits = this.#verdicts.map((verdict, number) => (fits(verdict) ? 2 ** number : 0));
    return { test: 'verdicts', mask: bits.reduce((sum, bit) => sum + bit, 0) };
  }

  #number(what: string, most: number): number {
    const word = this.#take();
    const value = Number(word.text);
    if (!/^\d{1,10}$/.test(word.text) || value < 1 || value > most)
      throw expected(what, word, `a number from 1 to ${most}`);
    return value;
  }
}

function expected(what: string, got: Word, help: string): FilterError {
  return new FilterError(
    got.text === '' ? `Expected ${what} at the end` : `Expected ${what}, got "${got.text}"`,
    got,
    help,
  );
}

export function netOf(address: string, length: number): Net {
  const bytes = addressBytes(address) ?? new Uint8Array(16);
  const whole = new Uint8Array(16);
  const v4 = bytes.length === 4;
  if (v4) whole.set([0xff, 0xff], 10);
  whole.set(bytes, v4 ? 12 : 0);
  const bits = v4 ? 96 + length : length;
  const mask = Uint8Array.from(
    { length: 16 },
    (_, i) => 0xff & (0xff00 >> Math.min(8, Math.max(0, bits - 8 * i))),
  );
  return { address, length, prefix: whole.map((byte, i) => byte & (mask[i] ?? 0)), mask };
}
