/** Reads a command line as the popt library does that ipvsadm is built with. Pure. */
import { type CommandName, commandOptions, type Option, type OptionName, otherOptions } from './options.ts';

export type Read =
  | { readonly kind: 'option'; readonly name: CommandName | OptionName; readonly value: string | undefined }
  | { readonly kind: 'end' }
  /** `spelled` is the word of the command line that it stood in. */
  | { readonly kind: 'error'; readonly message: string };

const options: readonly Option[] = [...commandOptions, ...otherOptions];

export class OptionReader {
  readonly #words: readonly string[];
  #next = 0;
  /** What is left of a word of several short options. */
  #cluster = '';
  #optionsEnded = false;
  /** Words that are no options. */
  readonly rest: string[] = [];

  constructor(words: readonly string[]) {
    this.#words = words;
  }

  /** The word that the last answer came from. */
  get word(): string {
    return this.#words[this.#next - 1] ?? '';
  }

  read(): Read {
    while (this.#cluster === '') {
      const word = this.#words[this.#next++];
      if (word === undefined) {
        this.#next--;
        return { kind: 'end' };
      }
      if (this.#optionsEnded || word === '-' || !word.startsWith('-')) this.rest.push(word);
      else if (word === '--') this.#optionsEnded = true;
      else if (word.startsWith('--')) return this.#long(word.slice(2));
      else this.#cluster = word.slice(1);
    }
    const letter = this.#cluster.charAt(0);
    const tail = this.#cluster.slice(1);
    this.#cluster = '';
    const option = options.find(({ short }) => short === letter);
    if (option === undefined) return this.#error('unknown option');
    if (option.value === 'none') {
      this.#cluster = tail;
      return found(option, undefined);
    }
    return tail === '' ? this.#valued(option) : found(option, tail.startsWith('=') ? tail.slice(1) : tail);
  }

  #long(text: string): Read {
    const equals = text.indexOf('=');
    const name = equals === -1 ? text : text.slice(0, equals);
    const option = options.find(({ long }) => long === name);
    if (option === undefined) return this.#error('unknown option');
    if (equals === -1) return option.value === 'none' ? found(option, undefined) : this.#valued(option);
    if (option.value === 'none') return this.#error('option does not take an argument');
    return found(option, text.slice(equals + 1));
  }

  /** The value is the next word; one that may be left out is not taken from a word that looks like an option. */
  #valued(option: Option): Read {
    const word = this.#words[this.#next];
    if (option.value === 'optional' && (word === undefined || word.startsWith('-')))
      return found(option, undefined);
    if (word === undefined) return this.#error('missing argument');
    this.#next++;
    return found(option, word);
  }

  #error(what: string): Read {
    return { kind: 'error', message: `${this.word}: ${what}` };
  }
}

function found({ name }: Option, value: string | undefined): Read {
  return { kind: 'option', name: name as CommandName | OptionName, value };
}
