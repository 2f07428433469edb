/**
 * The text of a script directive -> the words to execute. keepalived executes a program with a list of words and
 * knows no shell; but text that only a shell understands (`[[ -f /x ]] && exit 1 || exit 0`) is in use since the
 * days when it had one. Such text gets its shell here; all other text means exactly what keepalived makes of it. Pure.
 */

export interface CommandLine {
  /** For execve; the first is the program, still to be looked up on the PATH. */
  readonly words: readonly string[];
  /** Which shell runs the text; absent: none. */
  readonly shell?: 'sh' | 'bash';
}

interface Word {
  readonly text: string;
  /** With quoted and escaped characters left out: what a shell would look at. */
  readonly bare: string;
}

/** Words that only a shell knows: no program of that name can be executed. `test` and `[` are programs too. */
const shellWords = new Set(
  (
    '[[ (( { ! if for while until case select function time . source : cd exit exec eval export set unset ' +
    'trap ulimit umask return local readonly shift wait type command builtin read'
  ).split(' '),
);

/** What dash and other plain shells do not have. */
const bashOnly = /(^|[\s;&|!(])(\[\[|\(\(|source|function)\s|&>|<<<|[<>]\(|\$'/;

/** @throws Error where a quote is not closed. */
export function parseCommandLine(text: string): CommandLine {
  const words = splitWords(text);
  if (!needsShell(words)) return { words: words.map((word) => word.text) };
  const shell = bashOnly.test(text) ? 'bash' : 'sh';
  return { words: [`/bin/${shell}`, '-c', text], shell };
}

/**
 * With arguments appended, as keepalived appends them to a notify script. A shell gets them as $1, $2 ... and, where
 * the text does not say where they go, after its last word.
 */
export function withArguments(line: CommandLine, extra: readonly string[]): readonly string[] {
  if (line.shell === undefined || extra.length === 0) return [...line.words, ...extra];
  const [shell = '', flag = '', text = ''] = line.words;
  const placed = /\$(\d|[@*{#])/.test(text) ? text : `${text} "$@"`;
  return [shell, flag, placed, shell, ...extra];
}

function needsShell(words: readonly Word[]): boolean {
  const [first] = words;
  if (first === undefined) return false;
  if (shellWords.has(first.bare) || /^\w+=/.test(first.bare)) return true;
  return words.some(({ bare }) => isShellSyntax(bare));
}

/**
 * A lone & inside a word (of a URL) is not one: a shell would put half the command into the background, and it would
 * always succeed. Neither are $NAME, * and ?: keepalived hands them on as they are.
 */
function isShellSyntax(bare: string): boolean {
  if (/&&|\||`|\$\(/.test(bare)) return true;
  if (/^(\d*[<>]|&>|&$|\)|\()/.test(bare)) return true;
  return /;/.test(bare) && !bare.includes('://');
}

/** keepalived's rules: blanks separate; '...', "..." and backslashes keep together. */
function splitWords(text: string): Word[] {
  const words: Word[] = [];
  const pattern = /'([^']*)'|"((?:\\[\s\S]|[^"\\])*)"|\\([\s\S])|([^\s'"\\]+)|(\s+)|(['"\\])/g;
  let current: { text: string; bare: string } | undefined;
  for (const [, single, double, escaped, plain, blank, open] of text.matchAll(pattern)) {
    if (open !== undefined) throw new Error(`a ${open} is not closed in: ${text}`);
    if (blank !== undefined) {
      if (current) words.push(current);
      current = undefined;
      continue;
    }
    current ??= { text: '', bare: '' };
    current.text += single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? escaped ?? plain ?? '';
    current.bare += plain ?? '';
  }
  if (current) words.push(current);
  return words;
}
