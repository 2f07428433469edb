/**
 * A pattern of PCRE2 (pcre2pattern(3)), which keepalived's regex is, as a JavaScript regular expression that
 * means the same. Everything is written out, so no flag is needed but u, and i with it: `.`, `$`, \s, case and
 * all that differs between the two. What JavaScript has nothing for is refused (PatternError): recursion,
 * conditions, callouts, verbs, \K, \G, \X, \C, \p without utf. Without `utf` a character is a byte.
 *
 * One difference is left: a reference to a group that took no part matches the empty text.
 */
import { readClass } from './character_class.ts';
import type { PcreOption } from './options.ts';
import { classText, complement, letterClasses, literal, vertical } from './ranges.ts';
import { PatternError, Scanner } from './scanner.ts';

/** What (?imsxn) sets inside a pattern. */
interface Mode {
  readonly caseless: boolean;
  readonly multiline: boolean;
  readonly dotall: boolean;
  readonly extended: boolean;
  readonly noCapture: boolean;
  readonly ungreedy: boolean;
}

const modeLetters: Readonly<Record<string, keyof Mode>> = {
  i: 'caseless',
  m: 'multiline',
  s: 'dotall',
  x: 'extended',
  n: 'noCapture',
  U: 'ungreedy',
};

export interface JavaScriptPattern {
  readonly source: string;
  readonly flags: string;
}

/** `pattern`: a byte a character, or with `utf` text. Throws PatternError. */
export function translatePcre(pattern: string, options: ReadonlySet<PcreOption>): JavaScriptPattern {
  const utf = options.has('utf');
  const source = new Translator(pattern, options).translate();
  const flags = utf ? (options.has('caseless') ? 'iu' : 'u') : '';
  try {
    new RegExp(source, flags);
  } catch (error) {
    throw new PatternError(error instanceof Error ? error.message : String(error), 0);
  }
  return { source, flags };
}

const MAX_DEPTH = 250;
const MAX_REPEAT = 65_535;

class Translator {
  readonly #scanner: Scanner;
  readonly #options: ReadonlySet<PcreOption>;
  readonly #utf: boolean;
  readonly #max: number;
  #out: string[] = [];
  /** Of each capturing group of the pattern, from 1 on, its number in the output, which has more. */
  readonly #groups: number[] = [];
  readonly #names = new Map<string, number>();
  #written = 0;
  #depth = 0;

  constructor(pattern: string, options: ReadonlySet<PcreOption>) {
    this.#scanner = new Scanner(pattern);
    this.#options = options;
    this.#utf = options.has('utf');
    this.#max = this.#utf ? 0x10ffff : 0xff;
  }

  translate(): string {
    const has = (option: PcreOption) => this.#options.has(option);
    this.#sequence({
      caseless: has('caseless'),
      multiline: has('multiline'),
      dotall: has('dotall'),
      extended: has('extended'),
      noCapture: has('no_auto_capture'),
      ungreedy: has('ungreedy'),
    });
    if (!this.#scanner.ended) this.#scanner.fail(') without its (');
    return this.#out.join('');
  }

  /** Alternatives and what they are made of, up to a ) or the end. */
  #sequence(from: Mode): void {
    const scanner: Scanner = this.#scanner;
    let mode = from;
    let atom: Atom | undefined;
    while (!scanner.ended && scanner.peek() !== ')') {
      if (scanner.match(/\(\?#[^)]*\)/y) || scanner.take('\\E')) continue;
      if (mode.extended && scanner.match(/[\t-\r ]+|#[^\n]*\n?/y)) continue;
      const begin = scanner.at;
      const quantifier = scanner.match(/[*+?]|\{(\d+)(,?)(\d*)\}/y);
      if (quantifier) {
        if (!atom) scanner.fail('there is nothing before it to repeat', begin);
        this.#repeat(atom, { quantifier, begin, mode });
        atom = undefined;
        continue;
      }
      const change = scanner.match(/\(\?(\^?)([imsxnU]*)(?:-([imsxnU]*))?\)/y);
      if (change) {
        mode = this.#changed(mode, change, begin);
        atom = undefined;
        continue;
      }
      atom = { begin: this.#out.length, groups: this.#written, assertion: false };
      if (scanner.take('|')) {
        this.#out.push('|');
        atom = undefined;
      } else if (scanner.take('(')) atom = { ...atom, assertion: this.#group(mode, begin) };
      else if (this.#single(mode)) atom = undefined;
    }
  }

  #changed(mode: Mode, [, reset, on = '', off = '']: RegExpExecArray, begin: number): Mode {
    const none: Mode = {
      ...mode,
      caseless: false,
      multiline: false,
      dotall: false,
      extended: false,
      noCapture: false,
    };
    const set = (letters: string, value: boolean) =>
      Object.fromEntries([...letters].map((letter) => [modeLetters[letter], value]));
    const changed = { ...(reset ? none : mode), ...set(on, true), ...set(off, false) };
    if (this.#utf && changed.caseless !== mode.caseless)
      this.#scanner.fail(
        'with utf, case must be one for the whole pattern: write regex_options caseless',
        begin,
      );
    return changed;
  }

  /** Everything that is one character of the pattern, an escape or a class. Answers whether it is an assertion. */
  #single(mode: Mode): boolean {
    const scanner: Scanner = this.#scanner;
    if (scanner.take('\\Q')) {
      // One at a time, since what is repeated is the last character.
      const quoted = scanner.match(/([\s\S]*?)(?:\\E|$)/y)?.[1] ?? '';
      for (const char of quoted) this.#literal(char.codePointAt(0) ?? 0, mode);
      return false;
    }
    const char = scanner.next();
    switch (char) {
      case '\\':
        return this.#escape(mode);
      case '[':
        if (scanner.match(/\[:[<>]:\]\]/y)) scanner.fail('[[:<:]] and [[:>:]] are not supported: write \\b');
        this.#out.push(readClass(scanner, this.#classOptions(mode)));
        return false;
      case '.':
        this.#out.push(mode.dotall ? '[^]' : '[^\\n]');
        return false;
      case '^':
        this.#out.push(mode.multiline ? this.#lineBegin() : '^');
        return true;
      case '$':
        if (mode.multiline) this.#out.push('(?=\\n|$)');
        else this.#out.push(this.#options.has('dollar_endonly') ? '$' : '(?=\\n?$)');
        return true;
      default:
        this.#literal(char.codePointAt(0) ?? 0, mode);
        return false;
    }
  }

  #lineBegin(): string {
    return this.#options.has('alt_circumflex') ? '(?:^|(?<=\\n))' : '(?:^|(?<=\\n)(?=[^]))';
  }

  #classOptions({ caseless }: Mode) {
    return {
      caseless: caseless && !this.#utf,
      bsux: this.#options.has('alt_bsux'),
      allowEmpty: this.#options.has('allow_empty_class'),
      max: this.#max,
    };
  }

  #literal(code: number, { caseless }: Mode): void {
    const char = String.fromCodePoint(code);
    const cased = caseless && !this.#utf && /[A-Za-z]/.test(char);
    this.#out.push(cased ? `[${char.toLowerCase()}${char.toUpperCase()}]` : literal(code));
  }

  #escape(mode: Mode): boolean {
    const scanner: Scanner = this.#scanner;
    const begin = scanner.at - 1;
    const octal = scanner.match(/(?=[1-9])\d{2,}/y)?.[0];
    if (octal !== undefined) scanner.at -= octal.length;
    if (octal !== undefined && Number(octal) > this.#groups.length && /^[1-7]/.test(octal)) {
      const digits = scanner.match(/[0-7]{1,3}/y)?.[0] ?? '';
      this.#literal(Number.parseInt(digits, 8) & 0xff, mode);
      return false;
    }
    const reference = this.#reference(begin);
    if (reference !== undefined) {
      if (mode.caseless && !this.#utf) scanner.fail('a reference to a group cannot be caseless here', begin);
      this.#out.push(`(?:\\${reference})`);
      return false;
    }
    const code = scanner.characterEscape({ bsux: this.#options.has('alt_bsux'), max: this.#max });
    if (code !== undefined) {
      this.#literal(code, mode);
      return false;
    }
    return this.#letter(scanner.next(), begin);
  }

  /** The number in the output of the group that the escape refers to. */
  #reference(begin: number): number | undefined {
    const found = this.#scanner.match(/([1-9]\d*)|g(-?\d+)|g\{(-?\d+)\}|[kg]\{(\w+)\}|k<(\w+)>|k'(\w+)'/y);
    if (!found) return undefined;
    const name = found[4] ?? found[5] ?? found[6];
    const written = Number(found[1] ?? found[2] ?? found[3]);
    const number =
      name === undefined
        ? written < 0
          ? this.#groups.length + 1 + written
          : written
        : this.#names.get(name);
    const group = number === undefined ? undefined : this.#groups[number - 1];
    return group ?? this.#scanner.fail('there is no such group before it', begin);
  }

  #letter(letter: string, begin: number): boolean {
    const small = letter.toLowerCase();
    const ranges = letterClasses[small];
    if (ranges) {
      const chosen = letter === small ? ranges : complement(ranges, this.#max);
      this.#out.push(classText(chosen, { max: this.#max }));
      return false;
    }
    const assertion = assertions[letter];
    if (assertion !== undefined) {
      this.#out.push(assertion);
      return true;
    }
    if (letter === 'N') this.#out.push('[^\\n]');
    else if (letter === 'R')
      this.#out.push(`(?:\\r\\n|(?!\\r\\n)${classText(vertical, { max: this.#max })})`);
    else if (small === 'p' && this.#utf) this.#out.push(this.#property(letter, begin));
    else this.#scanner.fail(`\\${letter} is not supported`, begin);
    return false;
  }

  #property(letter: string, begin: number): string {
    const found = this.#scanner.match(/\{(\^?)(\w+)\}|()([A-Z])/y);
    const name = found?.[2] ?? found?.[4] ?? '';
    const sign = found?.[1] === '^' ? (letter === 'p' ? 'P' : 'p') : letter;
    for (const candidate of [name, `Script=${name}`]) {
      try {
        const text = `\\${sign}{${candidate}}`;
        new RegExp(text, 'u');
        return text;
      } catch {
        // The next one, then.
      }
    }
    return this.#scanner.fail(`there is no property ${JSON.stringify(name)}`, begin);
  }

  /** A group whose ( has been read. Answers whether it is an assertion. */
  #group(mode: Mode, begin: number): boolean {
    const scanner: Scanner = this.#scanner;
    if (++this.#depth > MAX_DEPTH) scanner.fail(`groups are nested more than ${MAX_DEPTH} deep`, begin);
    const { opening, closing = ')', assertion, inner } = this.#opening(mode, begin);
    this.#out.push(opening);
    this.#sequence(inner);
    if (!scanner.take(')')) scanner.fail('( without its )', begin);
    this.#out.push(closing);
    this.#depth--;
    return assertion;
  }

  #opening(mode: Mode, begin: number): Opening {
    const scanner: Scanner = this.#scanner;
    if (scanner.peek() === '*') scanner.fail('verbs (*...) are not supported', begin);
    if (!scanner.take('?')) {
      if (mode.noCapture) return { opening: '(?:', assertion: false, inner: mode };
      this.#groups.push(++this.#written);
      return { opening: '(', assertion: false, inner: mode };
    }
    const look = scanner.match(/=|!|<=|<!/y)?.[0];
    if (look !== undefined) return { opening: `(?${look}`, assertion: true, inner: mode };
    if (scanner.take('>')) {
      const number = ++this.#written;
      return { opening: '(?:(?=(', closing: `))\\${number})`, assertion: false, inner: mode };
    }
    const name = scanner.match(/P?<([A-Za-z_]\w*)>|'([A-Za-z_]\w*)'/y);
    if (name) {
      this.#groups.push(++this.#written);
      this.#names.set(name[1] ?? name[2] ?? '', this.#groups.length);
      return { opening: '(', assertion: false, inner: mode };
    }
    const change = scanner.match(/(\^?)([imsxnU]*)(?:-([imsxnU]*))?:/y);
    if (change) return { opening: '(?:', assertion: false, inner: this.#changed(mode, change, begin) };
    const named = scanner.match(/P=(\w+)(?=\))/y)?.[1];
    const group = named === undefined ? undefined : this.#groups[(this.#names.get(named) ?? 0) - 1];
    if (group !== undefined) return { opening: `(?:\\${group}`, assertion: false, inner: mode };
    return scanner.fail(`(?${scanner.peek()} is not supported`, begin);
  }

  #repeat(
    atom: Atom,
    { quantifier, begin, mode }: { quantifier: RegExpExecArray; begin: number; mode: Mode },
  ): void {
    const scanner: Scanner = this.#scanner;
    const [text, least, , most] = quantifier;
    if (Number(least ?? 0) > MAX_REPEAT || Number(most ?? 0) > MAX_REPEAT)
      scanner.fail(`the number is above ${MAX_REPEAT}`, begin);
    if (most !== undefined && most !== '' && Number(most) < Number(least))
      scanner.fail('the numbers are out of order', begin);
    // An assertion cannot be repeated in JavaScript, and what \Q quotes is several atoms already.
    if (atom.assertion)
      this.#out.splice(atom.begin, this.#out.length, `(?:${this.#out.slice(atom.begin).join('')})`);
    if (scanner.take('+')) {
      if (atom.groups !== this.#written)
        scanner.fail('a group in what ++, *+, ?+ or {}+ repeats is not supported', begin);
      const number = ++this.#written;
      const last = atom.assertion || this.#out.length - atom.begin === 1 ? atom.begin : this.#lastAtom(atom);
      const repeated = this.#out.splice(last).join('');
      this.#out.push(`(?:(?=(${repeated}${text}))\\${number})`);
      return;
    }
    const lazy = scanner.take('?') !== mode.ungreedy;
    this.#out.push(text, lazy ? '?' : '');
  }

  /** Of a group all of it; of what \Q quotes the last character. */
  #lastAtom({ begin }: Atom): number {
    return this.#out[begin]?.startsWith('(') === true ? begin : this.#out.length - 1;
  }
}

interface Atom {
  /** Where it begins in the output. */
  readonly begin: number;
  /** Groups that the output had before it. */
  readonly groups: number;
  readonly assertion: boolean;
}

interface Opening {
  readonly opening: string;
  readonly closing?: string;
  readonly assertion: boolean;
  readonly inner: Mode;
}

const assertions: Readonly<Record<string, string>> = {
  b: '\\b',
  B: '\\B',
  A: '^',
  z: '$',
  Z: '(?=\\n?$)',
};
