/** What can be tracked: vrrp_script, track_file, vrrp_track_process. */
import { quote } from '../diagnostic.ts';
import { block, type Call } from '../keyword.ts';
import { spanOf } from '../lexer.ts';
import { custom, firstWord, integer, mark, oneOf, text, timer } from '../row_builders.ts';
import { command, user } from './script.ts';
import { weightRow } from './vrrp_tracking.ts';

export const vrrpScriptKeywords = block({
  script: command('program to run; success is exit status 0'),
  interval: timer('time between two runs', { default: 1, min: 0.01 }),
  timeout: timer('time after which it has failed; interval when left out', { min: 0.01 }),
  weight: weightRow(
    'what it adds to the priority, where track_script gives none; 0: its failure is a fault',
    253,
  ),
  rise: integer('successes before it counts as up', { default: 1, min: 1 }),
  fall: integer('failures before it counts as down', { default: 1, min: 1 }),
  user: user('who it runs as; script_user when left out'),
  init_fail: mark('it counts as failed before its first result', { default: false }),
});

export interface InitialValue {
  readonly value: number;
  readonly overwrite: boolean;
}

export const trackFileKeywords = block({
  file: text('file with a whole number in it'),
  weight: weightRow('what the number is multiplied by, where track_file gives none; 1 when left out', 254),
  init_file: custom<InitialValue>({
    doc: 'the file is made with this number at the start, where it is missing',
    expects: '[VALUE] [overwrite]',
    arity: 2,
    read: readInitial,
  }),
});

function readInitial(call: Call): InitialValue | undefined {
  let [value, overwrite] = [0, false];
  for (const word of call.words) {
    if (word.text === 'overwrite') overwrite = true;
    else if (/^[+-]?\d{1,10}$/.test(word.text)) value = Number(word.text) + 0;
    else {
      call.diagnostics.error('BAD_VALUE', spanOf(word), {
        message: `Cannot use init_file ${quote(word.text)}: expected [VALUE] [overwrite]`,
      });
      return undefined;
    }
  }
  return { value, overwrite };
}

export interface ProcessLine {
  readonly command: string;
  readonly parameters: readonly string[];
}

const delay = (doc: string) => timer(doc, { min: 0.000001, max: 3600 });

export const trackProcessKeywords = block({
  process: custom<ProcessLine>({
    doc: 'program, and parameters where they count',
    expects: 'PROGRAM [PARAMETER ...]',
    arity: Infinity,
    read: (call) => {
      const word = firstWord(call, 'a program');
      if (!word) return undefined;
      const [program = '', ...parameters] = call.words.map((one) => one.text);
      return { command: program, parameters };
    },
  }),
  param_match: oneOf(
    ['initial', 'partial'],
    'how parameters are compared; all of them, exactly, when left out',
    {
      lenient: 'as in keepalived, the line is ignored',
    },
  ),
  weight: weightRow(
    'what it adds to the priority, where track_process gives none; 0: too few or too many are a fault',
    254,
  ),
  quorum: integer('so many must run', { default: 1, min: 1, max: 65535 }),
  quorum_max: integer('not more than these may run; no limit when left out', { max: 65535 }),
  fork_delay: delay('time that enough of them must run before they count as up'),
  terminate_delay: delay('time that too few must run before they count as down'),
  delay: delay('both of these'),
  full_command: mark('the whole command line is compared', { default: false }),
});
