/** A PCRE pattern being read, and the escapes that stand for one character. */

/** What is wrong with a pattern, and at which of its characters (from 0). */
export class PatternError extends Error {
  readonly at: number;
  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

const simpleEscapes: Readonly<Record<string, number>> = { a: 7, e: 0x1b, f: 0x0c, n: 0x0a, r: 0x0d, t: 0x09 };

export class Scanner {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  get ended(): boolean {
    return this.at >= this.text.length;
  }

  /** The next character, all of it; '' at the end. */
  peek(): string {
    const code = this.text.codePointAt(this.at);
    return code === undefined ? '' : String.fromCodePoint(code);
  }

  next(): string {
    const char = this.peek();
    this.at += char.length;
    return char;
  }

  /** Whether `expected` stands here; then it is read. */
  take(expected: string): boolean {
    if (!this.text.startsWith(expected, this.at)) return false;
    this.at += expected.length;
    return true;
  }

  /** What `pattern`, which must be sticky, matches here; then it is read. */
  match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (!found) return undefined;
    this.at += found[0].length;
    return found;
  }

  fail(message: string, at = this.at): never {
    throw new PatternError(message, at);
  }

  /**
   * The one character that the escape stands for whose backslash has been read; undefined where it stands for
   * something else, and then nothing is read. `bsux`: \x and \u as in JavaScript.
   */
  characterEscape({ bsux, max }: { bsux: boolean; max: number }): number | undefined {
    const begin = this.at - 1;
    const code = this.#characterEscape(bsux);
    if (code !== undefined && code > max) this.fail('this character is beyond the last one', begin);
    return code;
  }

  #characterEscape(bsux: boolean): number | undefined {
    const char = this.peek();
    if (char === '') this.fail('\\ at the end', this.at - 1);
    if (!/[A-Za-z0-9]/.test(char)) return this.next().codePointAt(0);
    const simple = simpleEscapes[char];
    if (simple !== undefined) {
      this.at++;
      return simple;
    }
    if (bsux) {
      const found = this.match(/x([\da-fA-F]{2})|u([\da-fA-F]{4})/y);
      if (found) return Number.parseInt(found[1] ?? found[2] ?? '', 16);
      if (/[xuUlLN]/.test(char))
        return char === 'x' || char === 'u' || char === 'U' ? this.next().codePointAt(0) : undefined;
    }
    const hex = this.match(/x\{([\da-fA-F]+)\}|x([\da-fA-F]{0,2})/y);
    if (hex) return Number.parseInt(hex[1] ?? `0${hex[2]}`, 16);
    const octal = this.match(/o\{([0-7]+)\}|(0[0-7]{0,2})/y);
    if (octal) return Number.parseInt(octal[1] ?? octal[2] ?? '', 8);
    const control = this.match(/c([\x20-\x7e])/y)?.[1];
    return control === undefined ? undefined : control.toUpperCase().charCodeAt(0) ^ 0x40;
  }
}
