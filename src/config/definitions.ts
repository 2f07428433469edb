/**
 * `$NAME=text` and what keepalived defines itself: ${_PWD}, ${_INSTANCE}, ${_RANDOM [min [max]]}, ${_ENV NAME},
 * ${_HASH} and ${_BANG}. One set for all files of a configuration, in the order in which they are read.
 */
import { dirname, resolve } from 'node:path';
import type { Line, Source } from './line.ts';

/** What a configuration may ask of the host that reads it. */
export interface Surroundings {
  /** What `@id` lines are compared with, and ${_INSTANCE}: -i, else the first part of the host's name. */
  readonly configId: string;
  /** A variable of the environment. */
  readonly environment: (name: string) => string | undefined;
}

/** The lines that a name stands for; several only where it was defined over several lines. */
export interface Definition {
  readonly lines: readonly Line[];
  readonly multiline: boolean;
}

/** The use of a name in a line, from `$` to its end. */
export interface Use {
  readonly name: string;
  readonly parameters: readonly string[];
  readonly start: number;
  readonly end: number;
  /** ${NAME}, not $NAME. */
  readonly braces: boolean;
}

const USE = /\$(?:\{([A-Za-z_]\w*)((?: +\w+)*)\}|([A-Za-z_]\w*)(?=[ \t,)]|$))/g;

/** The first use at or behind `from`. */
export function nextUse(text: string, from: number): Use | undefined {
  USE.lastIndex = from;
  const match = USE.exec(text);
  if (!match) return undefined;
  const { index, 0: whole, 1: inBraces, 2: parameters = '', 3: plain } = match;
  return {
    name: inBraces ?? plain ?? '',
    parameters: parameters === '' ? [] : parameters.trim().split(/ +/),
    start: index,
    end: index + whole.length,
    braces: inBraces !== undefined,
  };
}

/** "$NAME=value": name and where the value begins. */
export function findDefinition(text: string): { name: string; value: number } | undefined {
  const match = /^\$([A-Za-z_]\w*)=[ \t]*/.exec(text);
  return match?.[1] === undefined ? undefined : { name: match[1], value: match[0].length };
}

export class Definitions {
  readonly #own = new Map<string, Definition>();
  readonly #surroundings: Surroundings;
  #seed: number;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
    this.#seed = [...surroundings.configId].reduce(
      (sum, char) => Math.imul(sum, 31) + (char.codePointAt(0) ?? 0),
      7,
    );
  }

  define(name: string, definition: Definition): void {
    this.#own.set(name, definition);
  }

  /** What the operator has defined. */
  names(): Iterable<string> {
    return this.#own.keys();
  }

  get configId(): string {
    return this.#surroundings.configId;
  }

  own(name: string): Definition | undefined {
    return this.#own.get(name);
  }

  /** What keepalived defines itself; undefined for any other name, and for parameters that it does not take. */
  predefined({ name, parameters }: Use, source: Source): string | undefined {
    const [first, second] = parameters;
    if (name === '_ENV')
      return first === undefined || second !== undefined
        ? undefined
        : (this.#surroundings.environment(first) ?? '');
    if (name === '_RANDOM') return this.#random(parameters);
    if (parameters.length > 0) return undefined;
    switch (name) {
      case '_PWD':
        return dirname(resolve(source.file));
      case '_INSTANCE':
        return this.#surroundings.configId;
      case '_HASH':
        return '#';
      case '_BANG':
        return '!';
      default:
        return undefined;
    }
  }

  /**
   * Random to other hosts, the same at every reading on this one: `xlb check` shows what `xlb run` will use, and a
   * reload changes nothing that the operator has not changed.
   */
  #random(parameters: readonly string[]): string | undefined {
    if (parameters.length > 2 || parameters.some((word) => !/^\d{1,9}$/.test(word))) return undefined;
    const [min, max] = [Number(parameters[0] ?? 0), Number(parameters[1] ?? 32_767)];
    if (max < min) return undefined;
    this.#seed = (this.#seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#seed ^ (this.#seed >>> 15), 1 | this.#seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return String(min + (((mixed ^ (mixed >>> 14)) >>> 0) % (max - min + 1)));
  }
}
