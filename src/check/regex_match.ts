/** A configured regular expression against the body of an answer, within a time that is sure. */
import { type Context, createContext, Script } from 'node:vm';
import type { RegexConfig } from '../config/model.ts';

/** One match may take this long: many checks share a thread. */
export const REGEX_LIMIT_MS = 100;

/** 'too_slow' is an answer in both directions: what was asked is not known. */
export function matchRegex(config: RegexConfig, body: Buffer): 'match' | 'none' | 'too_slow' {
  const { minOffset = 0, maxOffset, firstLine } = config;
  const subject = subjectOf(config, body);
  if (subject === undefined) return 'none';
  const regex = new RegExp(config.source, `${config.flags}g`);
  regex.lastIndex = subject.indexOf(minOffset);
  const found = search(regex, subject.text);
  if (found === 'too_slow') return found;
  if (found === undefined) return 'none';
  if (maxOffset !== undefined && found > subject.indexOf(maxOffset)) return 'none';
  const lineEnd = subject.text.indexOf('\n');
  if (firstLine === true && lineEnd !== -1 && found > lineEnd) return 'none';
  return 'match';
}

interface Subject {
  readonly text: string;
  /** Where in `text` an offset in bytes is. */
  indexOf(bytes: number): number;
}

/** As bytes, one a character; or as the UTF-8 that it must be then, which to PCRE is no match otherwise. */
function subjectOf({ flags }: RegexConfig, body: Buffer): Subject | undefined {
  if (!flags.includes('u')) return { text: body.toString('latin1'), indexOf: (bytes) => bytes };
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
    return { text, indexOf: (bytes) => body.subarray(0, bytes).toString('utf8').length };
  } catch {
    return undefined;
  }
}

const sandbox: { regex?: RegExp; text?: string } = {};
let context: Context | undefined;
const script = new Script('regex.exec(text)?.index');

/** Only V8's own limit on the time of a script ends a match that backtracks without end. */
function search(regex: RegExp, text: string): number | undefined | 'too_slow' {
  context ??= createContext(sandbox);
  sandbox.regex = regex;
  sandbox.text = text;
  try {
    return script.runInContext(context, { timeout: REGEX_LIMIT_MS }) as number | undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return 'too_slow';
    throw error;
  } finally {
    delete sandbox.regex;
    delete sandbox.text;
  }
}
