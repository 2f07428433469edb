/** File name patterns as glob(7) has them, and the shell's {a,b}. Pure. */

/** A path segment with a wildcard in it. */
export const MAGIC = /[*?[]/;

/** A pattern whose braces stand for more is cut there: it is not what anyone meant. */
const MOST_ALTERNATIVES = 1024;

/** "a{b,c}d" -> "abd", "acd", also nested. A brace without a comma or an end stays as it is. */
export function expandBraces(pattern: string): string[] {
  const pending = [pattern];
  const done: string[] = [];
  while (pending.length > 0 && done.length + pending.length <= MOST_ALTERNATIVES) {
    const next = pending.pop() ?? '';
    const group = firstGroup(next);
    if (!group) done.push(next);
    else {
      const { start, end, parts } = group;
      for (const part of parts) pending.push(next.slice(0, start) + part + next.slice(end + 1));
    }
  }
  return done.sort();
}

function firstGroup(text: string): { start: number; end: number; parts: string[] } | undefined {
  const start = text.indexOf('{');
  if (start === -1) return undefined;
  const parts: string[] = [];
  let depth = 0;
  let from = start + 1;
  for (let at = start; at < text.length; at++) {
    if (text[at] === '{') depth++;
    else if (text[at] === '}') depth--;
    if (depth === 0 || (depth === 1 && text[at] === ',')) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
    if (depth === 0) return parts.length > 1 ? { start, end: at, parts } : undefined;
  }
  return undefined;
}

/** One segment as a regular expression: `*`, `?`, `[abc]`, `[!a-c]`. A leading dot must be written. */
export function segmentPattern(segment: string): RegExp {
  let source = segment.startsWith('.') ? '' : '(?!\\.)';
  for (let at = 0; at < segment.length; at++) {
    const char = segment[at] ?? '';
    const close = char === '[' ? segment.indexOf(']', at + 2) : -1;
    if (char === '*') {
      if (segment[at - 1] !== '*') source += '.*';
    } else if (char === '?') source += '.';
    else if (close !== -1) {
      const inside = segment.slice(at + 1, close).replace(/[\\\]^]/g, '\\$&');
      source += inside.startsWith('!') ? `[^${inside.slice(1)}]` : `[${inside}]`;
      at = close;
    } else source += char.replace(/[\\^$.|+()[\]{}]/g, '\\$&');
  }
  try {
    return new RegExp(`^${source}$`, 's');
  } catch {
    return /(?!)/; // a range such as [z-a] matches nothing
  }
}
