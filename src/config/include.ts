/**
 * `include` and its kin: which files a line means, and how bad it is where one of them cannot be had. As in
 * keepalived, a plain `include` leaves out what it cannot read; the others, and include_check, make that a mistake.
 */
import type { Diagnostics } from './diagnostic.ts';
import { expandBraces, MAGIC } from './glob.ts';
import { spanOfAll, type Token } from './lexer.ts';
import type { Span } from './model.ts';
import { type FileReader, MAX_FILES, MAX_INCLUDE_DEPTH, MAX_TOTAL_CHARACTERS } from './source.ts';

/** What must hold of an include: keepalived's names. */
export const includeChecks = ['readable', 'match', 'wildcard_match', 'brace_match'] as const;
export type IncludeCheck = (typeof includeChecks)[number];

/** What each keyword asks for besides include_check. */
const includeKeywords = new Map<string, readonly IncludeCheck[]>([
  ['include', []],
  ['includer', ['readable']],
  ['includem', ['readable', 'match']],
  ['includew', ['readable', 'wildcard_match']],
  ['includeb', ['readable', 'brace_match']],
  ['includea', includeChecks],
]);

/** `include_check [+|-]CHECK ...`: none means all; a sign changes what counts already. Unknown words change nothing. */
export function checksAfter(
  before: ReadonlySet<IncludeCheck>,
  words: readonly Token[],
): ReadonlySet<IncludeCheck> {
  if (words.length === 0) return new Set(includeChecks);
  const signed = /^[+-]/.test(words[0]?.text ?? '');
  const checks = new Set<IncludeCheck>(signed ? before : []);
  let add = true;
  for (const { text } of words) {
    if (/^[+-]/.test(text)) add = text.startsWith('+');
    const check = includeChecks.find((name) => name === text.replace(/^[+-]/, ''));
    if (check !== undefined && add) checks.add(check).add('readable');
    else if (check !== undefined) checks.delete(check);
  }
  return checks;
}

interface Including {
  readonly reader: FileReader;
  readonly diagnostics: Diagnostics;
  /** The files being read, outermost first. */
  readonly chain: readonly string[];
  readonly opened: { count: number; characters: number };
  readonly checks: ReadonlySet<IncludeCheck>;
}

interface Wanted {
  readonly text: string;
  readonly at: Span;
  readonly checks: ReadonlySet<IncludeCheck>;
}

/** The texts that an include line means, each with the files that led to it; each is read when it is asked for. */
export function* filesOf(
  { head, words }: { readonly head: Token; readonly words: readonly Token[] },
  context: Including,
): Generator<{ text: string; chain: readonly string[] }> {
  const { reader, diagnostics, chain, opened } = context;
  const [pattern] = words;
  if (!pattern) {
    const message = `Cannot read ${head.text}: a file name must follow`;
    diagnostics.error('MISSING_VALUE', spanOfAll([head]), { message });
    return;
  }
  const checks = new Set([...context.checks, ...(includeKeywords.get(head.text) ?? [])]);
  const wanted = { text: pattern.text, at: spanOfAll(words), checks };
  for (const file of find(wanted, context)) {
    const problem = refusal(file, context);
    if (problem !== undefined) {
      diagnostics.error('NO_FILE', wanted.at, { message: `Cannot include "${file}": ${problem}` });
      continue;
    }
    const content = reader.read(file);
    if (!('text' in content)) {
      report(checks.has('readable') ? 'error' : 'warning', wanted, {
        file,
        reason: content.reason,
        diagnostics,
      });
      continue;
    }
    opened.count++;
    opened.characters += content.text.length;
    yield { text: content.text, chain: [...chain, file] };
  }
}

function find({ text, at, checks }: Wanted, { reader, diagnostics, chain }: Including): string[] {
  const from = chain.at(-1) ?? '';
  const files = reader.find(text, from);
  const [alternative, ...others] = expandBraces(text);
  const missing =
    others.length === 0
      ? []
      : [alternative ?? '', ...others].filter(
          (one) => !MAGIC.test(one) && reader.find(one, from).length === 0,
        );
  const wanted = { text, at, checks };
  if (files.length === 0) {
    const magic = MAGIC.test(text);
    const wrong = checks.has('wildcard_match') || (checks.has('match') && !magic);
    const reason = magic || others.length > 0 ? 'no file matches' : 'there is no such file';
    report(wrong ? 'error' : magic ? 'note' : 'warning', wanted, { file: text, reason, diagnostics });
  } else if (missing.length > 0)
    report(checks.has('brace_match') ? 'error' : 'warning', wanted, {
      file: missing.slice(0, 3).join('", "'),
      reason: 'there is no such file',
      diagnostics,
    });
  return files;
}

interface Trouble {
  readonly file: string;
  readonly reason: string;
  readonly diagnostics: Diagnostics;
}

function report(
  severity: 'error' | 'warning' | 'note',
  { at }: Wanted,
  { file, reason, diagnostics }: Trouble,
): void {
  const message = `Cannot include "${file}": ${reason}`;
  const help = severity === 'warning' ? 'as in keepalived, the configuration goes on without it' : undefined;
  diagnostics[severity]('NO_FILE', at, { message, help });
}

function refusal(file: string, { chain, opened }: Including): string | undefined {
  if (chain.includes(file)) return 'it includes itself';
  if (chain.length > MAX_INCLUDE_DEPTH) return `includes are nested deeper than ${MAX_INCLUDE_DEPTH}`;
  if (opened.count >= MAX_FILES) return `more than ${MAX_FILES} files are included`;
  if (opened.characters > MAX_TOTAL_CHARACTERS) return 'the files included before it are too large together';
  return undefined;
}
