/** [...] of a PCRE pattern, whose [ has been read. */
import { classText, complement, letterClasses, posixClasses, type Ranges, withOtherCase } from './ranges.ts';
import type { Scanner } from './scanner.ts';

export interface ClassOptions {
  readonly caseless: boolean;
  readonly bsux: boolean;
  readonly allowEmpty: boolean;
  /** The last character there is. */
  readonly max: number;
}

export function readClass(scanner: Scanner, options: ClassOptions): string {
  const begin = scanner.at - 1;
  const negated = scanner.take('^');
  const ranges: (readonly [number, number])[] = [];
  let first = !options.allowEmpty;
  while (first || scanner.peek() !== ']') {
    first = false;
    if (scanner.ended) scanner.fail('[ without its ]', begin);
    ranges.push(...readItem(scanner, options));
  }
  scanner.at++;
  const cased = options.caseless ? withOtherCase(ranges) : ranges;
  return classText(negated ? complement(cased, options.max) : cased, options);
}

/** One character, a range of them, or a named class. */
function readItem(scanner: Scanner, options: ClassOptions): Ranges {
  if (scanner.take('\\Q')) {
    const quoted = scanner.match(/([\s\S]*?)(?:\\E|$)/y)?.[1] ?? '';
    return [...quoted].map((char) => [char.codePointAt(0) ?? 0, char.codePointAt(0) ?? 0]);
  }
  if (scanner.take('\\E')) return [];
  const begin = scanner.at;
  const item = readOne(scanner, options);
  if (typeof item !== 'number') return item;
  if (!scanner.match(/-(?!\])/y)) return [[item, item]];
  const dash = scanner.at - 1;
  const last = readOne(scanner, options);
  if (typeof last !== 'number') return scanner.fail('the range does not end with a character', begin);
  if (last < item) scanner.fail('the range ends before it begins', begin);
  if (dash >= scanner.text.length) scanner.fail('[ without its ]', begin);
  return [[item, last]];
}

function readOne(scanner: Scanner, options: ClassOptions): number | Ranges {
  const named = scanner.match(/\[:(\^?)([a-z]+):\]/y);
  if (named) {
    const ranges = posixClasses[named[2] ?? ''];
    if (!ranges) return scanner.fail(`there is no class ${named[0]}`, scanner.at - named[0].length);
    const cased = options.caseless ? withOtherCase(ranges) : ranges;
    return named[1] === '^' ? complement(cased, options.max) : cased;
  }
  if (scanner.ended) scanner.fail('[ without its ]');
  if (!scanner.take('\\')) return scanner.next().codePointAt(0) ?? 0;
  if (scanner.take('b')) return 8;
  const octal = scanner.match(/[1-7][0-7]{0,2}/y);
  if (octal) return Number.parseInt(octal[0], 8) & 0xff;
  const code = scanner.characterEscape(options);
  if (code !== undefined) return code;
  const letter = scanner.next();
  const ranges = letterClasses[letter.toLowerCase()];
  if (!ranges) return scanner.fail(`\\${letter} cannot stand in a class`, scanner.at - 2);
  return letter === letter.toLowerCase() ? ranges : complement(ranges, options.max);
}
