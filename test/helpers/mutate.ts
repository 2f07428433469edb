// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how keepalived.conf writes it
/** Configurations with random faults, the same for the same seed. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Numbers below a bound, the same in every run (mulberry32). */
export function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const specials = [
  '$A=',
  '$A',
  '${A}',
  '${_RANDOM 1 2}',
  '~SEQ(A,1,9) ',
  '~LST({A,B},{1,2}) ',
  '@x ',
  '\\\n',
  'include x\n',
  '{',
  '}',
  '"',
  "'",
  '#',
  '!',
  '\\',
  '\n',
  ' ',
  '\u00a0',
  '${',
  '-1',
  '4294967296',
  '::',
  '/',
  '\0',
  '😀',
  '0',
];

/** `text` with up to six places changed, also to pieces of `other`. */
export function mutate(text: string, other: string, random: (below: number) => number): string {
  let result = text;
  for (let edits = 1 + random(6); edits > 0; edits--) {
    const at = random(result.length + 1);
    const length = random(20);
    const insert = [
      '',
      specials[random(specials.length)] ?? '',
      other.slice(random(other.length + 1)).slice(0, random(80)),
      String.fromCharCode(random(0x300)),
    ][random(4)];
    result = result.slice(0, at) + insert + result.slice(random(2) === 0 ? at : at + length);
  }
  return result;
}

const folder = join(import.meta.dirname, '../../../test/config');

/** The configurations of the golden files and of the guides. */
export function sampleConfigurations(): string[] {
  return ['golden', 'guides'].flatMap((name) =>
    readdirSync(join(folder, name))
      .filter((file) => /\.(txt|conf)$/.test(file))
      .map((file) => readFileSync(join(folder, name, file), 'utf8').split('\n----\n')[0] ?? ''),
  );
}
