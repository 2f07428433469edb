/** track_script, track_interface, track_file, track_process and track_bfd, of an instance and of a sync group. */
import { quote } from '../diagnostic.ts';
import type { Call, ValueRow } from '../keyword.ts';
import { spanOf, type Token } from '../lexer.ts';
import type { Span } from '../model.ts';
import { custom, firstWord, lines } from '../row_builders.ts';
import { didYouMean } from '../suggest.ts';

export interface Weight {
  readonly weight: number;
  readonly reverse: boolean;
}

/** Things to be tracked by name, with the weight that a line without one takes. */
export type Weighted<T> = ReadonlyMap<string, { readonly config: T; readonly weight: Weight }>;

/** A line as written; a weight that is left out is that of what is tracked. */
export interface TrackLine {
  readonly name: string;
  readonly own?: Weight;
  readonly span: Span;
}

/** `N [reverse]`: keepalived ignores a weight out of range, and so is it here; undefined: reported. */
function readWeight(call: Call, word: Token | undefined, { after, limit }: Weighing): number | undefined {
  if (!word) {
    call.diagnostics.error('MISSING_VALUE', spanOf(after), {
      message: `Cannot read weight: a whole number must follow, -${limit} to ${limit}`,
    });
    return undefined;
  }
  const weight = Number(word.text);
  if (!/^[+-]?\d{1,10}$/.test(word.text))
    call.diagnostics.error('BAD_VALUE', spanOf(word), {
      message: `Cannot use weight ${quote(word.text)}: expected a whole number, -${limit} to ${limit}`,
    });
  else if (weight >= -limit && weight <= limit) return weight + 0;
  else
    call.diagnostics.warning('OUT_OF_RANGE', spanOf(word), {
      message: `Cannot use weight ${quote(word.text)}: it is outside -${limit} to ${limit}`,
      help: 'as in keepalived, it is ignored',
    });
  return undefined;
}

interface Weighing {
  readonly after: Token;
  readonly limit: number;
}

const reversals = new Map([
  ['reverse', true],
  ['noreverse', false],
  ['no_reverse', false],
]);

/** `weight N [reverse]` of what is tracked. */
export function weightRow(doc: string, limit: number): ValueRow<Weight> {
  return custom<Weight>({
    doc,
    expects: `-${limit} to ${limit}, and reverse where up and down are to be swapped`,
    arity: 2,
    read: (call) => {
      const weight = readWeight(call, call.words[0], { after: call.keyword, limit });
      return weight === undefined ? undefined : { weight, reverse: readReverse(call, call.words[1]) };
    },
  });
}

function readReverse(call: Call, word: Token | undefined): boolean {
  const reverse = word && reversals.get(word.text);
  if (word && reverse === undefined)
    call.diagnostics.warning('UNKNOWN_VALUE', spanOf(word), {
      message: `Cannot use ${quote(word.text)} after the weight: it is ignored`,
      help: didYouMean(word.text, reversals.keys(), 'write reverse, or nothing'),
    });
  return reverse ?? false;
}

function trackLine(limit: number): (call: Call) => TrackLine {
  return (call) => {
    const { keyword, words } = call;
    const span = spanOf(keyword);
    const [first] = words;
    if (!first) return { name: keyword.text, span };
    if (first.text !== 'weight') {
      call.diagnostics.warning('UNKNOWN_KEYWORD', spanOf(first), {
        message: `Cannot use ${quote(first.text)} after ${quote(keyword.text)}: it is ignored`,
        help: didYouMean(
          first.text,
          ['weight'],
          'write each name on a line of its own, [weight N [reverse]] after it',
        ),
      });
      return { name: keyword.text, span };
    }
    const weight = readWeight(call, words[1], { after: first, limit });
    if (weight === undefined) return { name: keyword.text, span };
    return { name: keyword.text, own: { weight, reverse: readReverse(call, words[2]) }, span };
  };
}

function trackLines(what: string, limit: number) {
  const expects = `NAME [weight -${limit}..${limit} [reverse]]`;
  return lines<TrackLine>({
    doc: `${what}; weight 0: a failure is a fault`,
    expects,
    read: trackLine(limit),
  });
}

export const trackingKeywords = {
  track_script: trackLines('scripts of vrrp_script that count', 253),
  track_interface: trackLines('interfaces that count', 253),
  track_file: trackLines('files of track_file whose numbers count', 254),
  track_process: trackLines('processes of vrrp_track_process that count', 254),
  track_bfd: trackLines('sessions of bfd_instance that count', 253),
} as const;

/** One name; what follows it is reported. */
export function readName(call: Call): { name: string } | undefined {
  const word = firstWord(call, 'a name');
  const extra = call.words[1];
  if (extra)
    call.diagnostics.warning('EXTRA_WORDS', spanOf(extra), {
      message: `Cannot use ${quote(extra.text)} after the name: it is ignored`,
    });
  return word && { name: word.text };
}
