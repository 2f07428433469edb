/**
 * A line of a configuration: as it stands in its file, or put together from definitions; then every character
 * knows the columns that it is from, so that messages point into the file.
 */

/** A file's text, cut into lines. */
export interface Source {
  readonly file: string;
  readonly lines: readonly string[];
}

export interface Line {
  readonly source: Source;
  /** Counts from 1. */
  readonly line: number;
  readonly text: string;
  /** Where each character was written. Undefined: where it stands, behind `shift` others. */
  readonly places?: readonly Place[];
  readonly shift?: number;
  /** No comment begins in it: comments were taken off before it was put together. */
  readonly bare?: boolean;
}

/** Columns, counted from 1: the first, and the one behind the last. */
export interface Place {
  readonly from: number;
  readonly to: number;
}

/** V8 keeps the text that a line was cut from as long as the line: of a large file a stretch of this length only. */
const STRETCH_BYTES = 16 * 1024;

export function makeSource(file: string, text: string): Source {
  const bare = text.startsWith('\ufeff') ? text.slice(1) : text;
  if (bare.length < 2 * STRETCH_BYTES) return { file, lines: linesOf(bare) };
  const bytes = Buffer.from(bare);
  const lines: string[] = [];
  let from = 0;
  while (from < bytes.length) {
    const last = bytes.indexOf('\n', from + STRETCH_BYTES);
    const to = last === -1 ? bytes.length : last + 1;
    const some = linesOf(bytes.toString('utf8', from, to));
    // Behind its last newline is the next stretch.
    if (last !== -1 && to < bytes.length) some.pop();
    for (const line of some) lines.push(line);
    from = to;
  }
  return { file, lines };
}

function linesOf(text: string): string[] {
  return text.includes('\r') ? text.split(/\r\n|\n|\r/) : text.split('\n');
}

export function lineOf(source: Source, line: number): Line {
  return { source, line, text: source.lines[line - 1] ?? '' };
}

/** Where the characters from `start` to before `end` were written. */
export function placeOf({ places, shift = 0 }: Line, start: number, end: number): Place {
  if (!places) return { from: shift + start + 1, to: shift + end + 1 };
  const from = (places[start] ?? places.at(-1))?.from ?? 1;
  return { from, to: Math.max(from + 1, places[end - 1]?.to ?? from + 1) };
}

/** The characters from `start` to before `end`. */
export function sliceLine(line: Line, start: number, end = line.text.length): Line {
  if (start === 0 && end === line.text.length) return line;
  const text = line.text.slice(start, end);
  if (!line.places) return { ...line, text, shift: (line.shift ?? 0) + start };
  return { ...line, text, places: line.places.slice(start, end) };
}

/** `line` with what stands from `start` to `end` replaced; the new text is said to stand where the old one does. */
export function replaceIn(
  line: Line,
  { start, end }: { readonly start: number; readonly end: number },
  text: string,
): Line {
  const places = placesOf(line);
  const put = Array<Place>(text.length).fill(placeOf(line, start, end));
  return {
    ...line,
    text: line.text.slice(0, start) + text + line.text.slice(end),
    places: places.slice(0, start).concat(put, places.slice(end)),
  };
}

function placesOf({ text, places, shift = 0 }: Line): readonly Place[] {
  return (
    places ?? Array.from({ length: text.length }, (_, at) => ({ from: shift + at + 1, to: shift + at + 2 }))
  );
}

/**
 * The line without its comment, its outer blanks, a backslash at its end and those before comment signs. As in
 * keepalived, only "..." keeps a comment sign from being one, and a backslash behind a comment counts, too.
 */
export function decomment(line: Line): { readonly line: Line; readonly continued: boolean } {
  const { end, escapes, continued } = scan(line.text);
  const body = line.text.slice(0, end).trimEnd();
  const start = body.length - body.trimStart().length;
  const bare = { ...line, bare: true };
  if (escapes.size === 0) return { line: sliceLine(bare, start, body.length), continued };
  const kept = Array.from({ length: body.length - start }, (_, index) => start + index).filter(
    (at) => !escapes.has(at),
  );
  const places = placesOf(line);
  return {
    line: {
      ...bare,
      text: kept.map((at) => body[at]).join(''),
      places: kept.flatMap((at) => places[at] ?? []),
    },
    continued,
  };
}

/** Where the text ends, which backslashes only escape a comment sign, and whether it goes on in the next line. */
function scan(text: string): { end: number; escapes: ReadonlySet<number>; continued: boolean } {
  const last = text.trimEnd().length - 1;
  const escapes = new Set<number>();
  let quoted = false;
  let comment = -1;
  for (let at = 0; at <= last; at++) {
    const char = text[at];
    if (char === '\\') {
      if (at === last) return { end: comment === -1 ? last : comment, escapes, continued: true };
      if (!quoted && comment === -1 && /[#!]/.test(text[at + 1] ?? '')) escapes.add(at);
      at++;
    } else if (comment !== -1) continue;
    else if (char === '"') quoted = !quoted;
    else if (!quoted && (char === '#' || char === '!')) comment = at;
  }
  return { end: comment === -1 ? last + 1 : comment, escapes, continued: false };
}
