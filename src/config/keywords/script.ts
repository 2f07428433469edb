/** Keywords with a script, and the users that scripts run as. */
import { quote } from '../diagnostic.ts';
import type { Call, ValueRow } from '../keyword.ts';
import { spanOf, spanOfAll, type Token } from '../lexer.ts';
import type { Span } from '../model.ts';
import { custom, firstWord, flag } from '../row_builders.ts';

export interface User {
  readonly user: string;
  readonly group?: string;
}

/** A script as written: without a user of its own it runs as script_user. */
export interface ScriptLine {
  readonly command: string;
  readonly own?: User;
  readonly span: Span;
}

function readUser(call: Call, [user, group]: readonly (Token | undefined)[]): User | undefined {
  if (!user) return undefined;
  for (const word of [user, group])
    if (word && !/^[A-Za-z0-9_][\w.-]{0,31}\$?$/.test(word.text)) {
      call.diagnostics.error('BAD_VALUE', spanOf(word), {
        message: `Cannot use ${quote(word.text)} as the name of a user or group`,
        help: 'put a script with arguments into quotes: "/path/to/script one two"',
      });
      return undefined;
    }
  return { user: user.text, ...(group ? { group: group.text } : {}) };
}

/** `"program arguments" [user [group]]`. */
export function script(doc: string): ValueRow<ScriptLine> {
  const expects = '"program with arguments" [user [group]]';
  return custom<ScriptLine>({
    doc,
    expects,
    arity: 3,
    read: (call) => {
      const word = firstWord(call, expects);
      if (!word || isEmpty(call, word)) return undefined;
      const own = readUser(call, call.words.slice(1));
      return { command: word.text, span: spanOf(word), ...(own ? { own } : {}) };
    },
  });
}

function isEmpty({ keyword, diagnostics }: Call, word: Token): boolean {
  if (word.text.trim() !== '') return false;
  diagnostics.error('BAD_VALUE', spanOf(word), {
    message: `Cannot use an empty ${keyword.text}: expected a program to run`,
  });
  return true;
}

/** As `script`, without a user: that has a keyword of its own. */
export function command(doc: string): ValueRow<ScriptLine> {
  const expects = '"program with arguments"';
  return custom<ScriptLine>({
    doc,
    expects,
    read: (call) => {
      const word = firstWord(call, expects);
      return word && !isEmpty(call, word) ? { command: word.text, span: spanOf(word) } : undefined;
    },
  });
}

/** As `command`, and the quotes may be left out. */
export function commandLine(doc: string): ValueRow<ScriptLine> {
  const expects = 'a program, with arguments';
  return custom<ScriptLine>({
    doc,
    expects,
    arity: Infinity,
    read: (call) => {
      const { words } = call;
      const word = firstWord(call, expects);
      if (!word || isEmpty(call, word)) return undefined;
      if (words.length === 1) return { command: word.text, span: spanOf(word) };
      return { command: words.map(quoted).join(' '), span: spanOfAll(words) };
    },
  });
}

/** So that it is one word still when the command is taken apart. */
function quoted({ text }: Token): string {
  return text === '' || /[\s'"\\]/.test(text) ? `"${text.replace(/["\\$`]/g, '\\$&')}"` : text;
}

export function user(doc: string): ValueRow<User> {
  return custom<User>({
    doc,
    expects: 'USER [GROUP]',
    arity: 2,
    read: (call) => (firstWord(call, 'a user') ? readUser(call, call.words) : undefined),
  });
}

/** Of an instance and of a sync group. */
export const notifyKeywords = {
  notify_master: script('run on becoming master'),
  notify_backup: script('run on becoming backup'),
  notify_fault: script('run on a fault'),
  notify_stop: script('run when xlb stops'),
  notify: script('run after the others, with kind, name, new state and priority appended'),
  notify_priority_changes: flag(
    'changes of priority are written to the notify FIFOs; as global_defs when left out',
  ),
  smtp_alert: flag('changes are told by mail; as global_defs when left out'),
} as const;
