/** Whether what was seen is what IPVS did, and how it is said where not. Pure. */

/** A connection's timer may be this much off: the capture's own seconds passed, too. */
const TOLERANCE_S = 1;

/** Undefined where they are the same; else the first thing that is not. */
export type Difference = string | undefined;

export function differentWord(expected: string, actual: string): Difference {
  return expected === actual ? undefined : `IPVS ${expected}, xlb ${actual}`;
}

/** Results of an event's packets: one word where all went the same way. */
export function differentWords(expected: string, actual: readonly string[]): Difference {
  const together = new Set(actual).size === 1 ? (actual[0] ?? '') : actual.join(' ');
  return differentWord(expected, together);
}

/** 'rc=N message'; blanks do not count. */
export function differentResult(expected: string, actual: string): Difference {
  const plain = (text: string): string => text.trim().replace(/\s+/g, ' ');
  return plain(expected) === plain(actual) ? undefined : `ipvsadm said "${expected}", xlb "${actual}"`;
}

/** Rows whose last word is the seconds left; their order is that of a hash table. */
export function differentRows(expected: readonly string[], actual: readonly string[]): Difference {
  return differentSets(expected, actual, (row) => {
    const at = row.lastIndexOf(' ');
    return { text: row.slice(0, at), seconds: Number(row.slice(at + 1)) };
  });
}

/** What ipvsadm `args` lists. */
export function differentList(args: string, expected: string, actual: string): Difference {
  const words = args.split(/\s+/);
  const short = /^-[Lln]*[cn]*c/.test(args);
  if (short || words.includes('-c') || words.includes('--connection'))
    return differentConnections(linesOf(expected), linesOf(actual));
  if (words.includes('--rate')) return differentLines(withoutRates(expected), withoutRates(actual));
  // The kernel lists services in the order of a hash table.
  if (words.includes('--nosort')) return differentLines(sortedBlocks(expected), sortedBlocks(actual));
  return differentLines(linesOf(expected), linesOf(actual));
}

interface Row {
  readonly text: string;
  readonly seconds: number;
}

function differentSets(
  expected: readonly string[],
  actual: readonly string[],
  read: (row: string) => Row,
): Difference {
  const left = actual.map(read);
  for (const row of expected) {
    const { text, seconds } = read(row);
    const near = left.findIndex((one) => one.text === text && Math.abs(one.seconds - seconds) <= TOLERANCE_S);
    if (near === -1) return `IPVS has "${row}", xlb ${nearest(text, left)}`;
    left.splice(near, 1);
  }
  const [extra] = left;
  return extra && `IPVS does not have "${extra.text} ${extra.seconds}", xlb does`;
}

/** The row that was most likely meant: the one with the same ends. */
function nearest(text: string, rows: readonly Row[]): string {
  const ends = (row: string): string => (row.match(/\S+:\d+/g) ?? []).slice(0, 2).join(' ');
  const like = rows.find((row) => ends(row.text) === ends(text));
  return like === undefined ? 'has no such' : `"${like.text} ${like.seconds}"`;
}

function differentConnections(expected: readonly string[], actual: readonly string[]): Difference {
  const titles = differentLines(expected.slice(0, 2), actual.slice(0, 2));
  if (titles !== undefined) return titles;
  return differentSets(expected.slice(2), actual.slice(2), (line) => {
    const [, protocol = '', minutes = 0, seconds = 0, rest = ''] =
      /^(\S+) +(\d+):(\d+) +(.*)$/.exec(line) ?? [];
    return { text: `${protocol} ${rest}`.trimEnd(), seconds: Number(minutes) * 60 + Number(seconds) };
  });
}

function differentLines(expected: readonly string[], actual: readonly string[]): Difference {
  const at = expected.findIndex((line, index) => line !== actual[index]);
  if (at === -1 && actual.length <= expected.length) return undefined;
  const line = at === -1 ? expected.length : at;
  return `line ${line + 1}: IPVS ${quoted(expected[line])}, xlb ${quoted(actual[line])}`;
}

const quoted = (line: string | undefined): string => (line === undefined ? 'ends' : `"${line}"`);

function linesOf(text: string): string[] {
  return text.replace(/\n+$/, '').split('\n');
}

/** Rates depend on the moments at which packets came. */
function withoutRates(text: string): string[] {
  return linesOf(text).map((line) => line.slice(0, 33).trimEnd());
}

/** A service with its real servers is one line. */
function sortedBlocks(text: string): string[] {
  const [first = '', second = '', third = '', ...lines] = linesOf(text);
  const blocks: string[] = [];
  for (const line of lines)
    if (line.startsWith('  ->')) blocks.push(`${blocks.pop() ?? ''}\n${line}`);
    else blocks.push(line);
  return [first, second, third, ...blocks.sort().flatMap((block) => block.split('\n'))];
}

/** Both in hex. */
export function differentFrames(expected: string, actual: string): Difference {
  if (expected === actual) return undefined;
  let at = 0;
  while (expected.slice(at, at + 2) === actual.slice(at, at + 2)) at += 2;
  const shown = (hex: string): string => `${hex.slice(at, at + 16) || 'ends'} (${hex.length / 2} bytes)`;
  return `frame differs from byte ${at / 2} on: IPVS ${shown(expected)}, xlb ${shown(actual)}`;
}
