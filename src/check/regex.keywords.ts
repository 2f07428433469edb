/** regex of a url in keepalived.conf: the word as keepalived reads it, and what becomes of it. */
import { type Diagnostics, quote } from '../config/diagnostic.ts';
import type { Field, ValueRow } from '../config/keyword.ts';
import { spanOf, type Token } from '../config/lexer.ts';
import type { RegexConfig, Span } from '../config/model.ts';
import { custom, firstWord, flag, integer, oneOf, words } from '../config/row_builders.ts';
import { idleOptions, meaningfulOptions, type PcreOption } from './pcre/options.ts';
import { PatternError } from './pcre/scanner.ts';
import { translatePcre } from './pcre/translate.ts';

interface WrittenRegex {
  /** A byte a character. */
  readonly pattern: string;
  readonly span: Span;
  /** Where in the line each character of the pattern begins. */
  readonly columns: readonly number[];
}

const option = oneOf([...meaningfulOptions, ...idleOptions], 'an option of PCRE2', { notYet: ['ucp'] });

export const regexKeywords = {
  regex: writtenRegex('what the body of the answer must match; a pattern of PCRE2'),
  regex_no_match: flag('the body must not match instead'),
  regex_options: words<PcreOption | (typeof idleOptions)[number]>({
    doc: 'how the pattern is meant, in the words of PCRE2',
    expects: option.expects,
    read: (call) =>
      firstWord(call, option.expects)
        ? call.words.flatMap((word) => option.read({ ...call, words: [word] }) ?? [])
        : [],
  }),
  regex_min_offset: integer('byte of the body from which on a match may begin', {}),
  regex_max_offset: integer('last byte of the body at which a match may begin', {}),
} as const;

export interface RegexFields {
  readonly regex: Field<WrittenRegex> | undefined;
  readonly regex_no_match: Field<boolean> | undefined;
  readonly regex_options: readonly string[];
  readonly regex_min_offset: Field<number> | undefined;
  readonly regex_max_offset: Field<number> | undefined;
}

/** Undefined: there is none, or it is wrong, which is reported. */
export function buildRegex(
  fields: RegexFields,
  { at, written, diagnostics }: { at: Span; written: ReadonlySet<string>; diagnostics: Diagnostics },
): RegexConfig | undefined {
  const { regex, regex_min_offset: min, regex_max_offset: max } = fields;
  if (!regex) {
    const without = Object.keys(regexKeywords).find((keyword) => keyword !== 'regex' && written.has(keyword));
    if (without !== undefined && !written.has('regex'))
      diagnostics.warning('CONFLICT', at, {
        message: `Cannot use ${without}: this url has no regex; as in keepalived, it is ignored`,
      });
    return undefined;
  }
  const javaScript = translate(regex.value, fields.regex_options, diagnostics);
  if (!javaScript) return undefined;
  const crossed = min && max && min.value > max.value;
  if (crossed)
    diagnostics.warning('CONFLICT', min.at, {
      message: `Cannot use regex_min_offset ${min.value}: it is above regex_max_offset ${max.value}`,
      help: 'as in keepalived, both are ignored',
    });
  return {
    ...javaScript,
    ...(fields.regex_options.includes('firstline') ? { firstLine: true } : {}),
    ...(fields.regex_no_match?.value === true ? { noMatch: true } : {}),
    ...(min && !crossed ? { minOffset: min.value } : {}),
    ...(max && !crossed ? { maxOffset: max.value } : {}),
  };
}

function translate(
  { pattern, span, columns }: WrittenRegex,
  options: readonly string[],
  diagnostics: Diagnostics,
): Pick<RegexConfig, 'source' | 'flags'> | undefined {
  const chosen = new Set(meaningfulOptions.filter((name) => options.includes(name)));
  const utf = chosen.has('utf');
  try {
    const text = utf
      ? new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(pattern, 'latin1'))
      : pattern;
    return translatePcre(text, chosen);
  } catch (error) {
    const at = error instanceof PatternError && !utf ? columns[error.at] : undefined;
    const reason = error instanceof Error ? error.message : String(error);
    diagnostics.error('BAD_VALUE', at === undefined ? span : { ...span, column: at, length: 1 }, {
      message: `Cannot use regex ${quote(pattern)}: ${reason}`,
    });
    return undefined;
  }
}

function writtenRegex(doc: string): ValueRow<WrittenRegex> {
  const expects = 'a pattern; in quotes where there are blanks or braces in it';
  return custom<WrittenRegex>({
    doc,
    expects,
    read: (call) => {
      const word = firstWord(call, expects);
      return word && readPattern(word, call.diagnostics);
    },
  });
}

const controlEscapes: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  E: 0x1b,
  f: 0x0c,
  n: 0x0a,
  r: 0x0d,
  t: 9,
  v: 0x0b,
};

/** What keepalived.conf(5) says of escapes in quoted strings, which for regex holds without quotes too. */
function readPattern(word: Token, diagnostics: Diagnostics): WrittenRegex {
  const { source, line, column, length } = word;
  const raw = (source.lines[line - 1] ?? '').slice(column - 1, column - 1 + length);
  const bytes: number[] = [];
  const columns: number[] = [];
  const add = (more: Iterable<number>, at: number) => {
    for (const byte of more) {
      bytes.push(byte);
      columns.push(column + at);
    }
  };
  let closing = '';
  const token = /\\x([\da-fA-F]+)|\\c(.)|\\([0-7]{1,3})|\\(.)|(.)/gsu;
  for (const found of raw.matchAll(token)) {
    const [, hex, control, octal, escaped, plain] = found;
    const code = hex ?? octal;
    if (code !== undefined) add([Number.parseInt(code, hex === undefined ? 8 : 16) & 0xff], found.index);
    else if (control !== undefined) add([(control.codePointAt(0) ?? 0) & 0x1f], found.index);
    else if (escaped !== undefined) {
      warnOfEscape(escaped, { word, at: found.index, diagnostics });
      add(
        controlEscapes[escaped] === undefined ? Buffer.from(escaped) : [controlEscapes[escaped]],
        found.index,
      );
    } else if (plain === closing) closing = '';
    else if (closing === '' && (plain === '"' || plain === "'")) closing = plain;
    else add(Buffer.from(plain ?? ''), found.index);
  }
  return { pattern: Buffer.from(bytes).toString('latin1'), span: spanOf(word), columns };
}

/** Most who write \d mean a digit, and keepalived looks for a d. */
function warnOfEscape(
  escaped: string,
  { word, at, diagnostics }: { word: Token; at: number; diagnostics: Diagnostics },
): void {
  if (!/[A-Za-z.*+?()[\]{}|^$]/.test(escaped) || controlEscapes[escaped] !== undefined) return;
  diagnostics.warning('ADJUSTED', spanOf({ ...word, column: word.column + at, length: 2 }), {
    message: `\\${escaped} is read as ${escaped}, as in keepalived, before it is looked at as a pattern`,
    help: `write \\\\${escaped} where the pattern is to have \\${escaped}`,
  });
}
