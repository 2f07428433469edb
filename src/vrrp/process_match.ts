/** Whether a process is one that a vrrp_track_process counts, and whether there are enough. Pure. */
import type { TrackProcessConfig } from '../config/model.ts';

export interface ProcessInfo {
  /** The program's name as the kernel keeps it: at most 15 characters. */
  readonly comm: string;
  /** The words of its command line; none for a kernel thread. */
  readonly words: readonly string[];
}

export type ProcessRules = Pick<
  TrackProcessConfig,
  'command' | 'parameters' | 'match' | 'fullCommand' | 'quorum' | 'quorumMax'
>;

/** TASK_COMM_LEN - 1 (linux/sched.h). */
const COMM_LENGTH = 15;

/** Whether the words of the command line are needed for `matchesProcess`. */
export function needsWords({ fullCommand, parameters }: ProcessRules): boolean {
  return fullCommand || parameters !== undefined;
}

export function matchesProcess(rules: ProcessRules, { comm, words }: ProcessInfo): boolean {
  const { command, parameters } = rules;
  if (!needsWords(rules)) return comm === command.slice(0, COMM_LENGTH);
  const [program, ...given] = words;
  return program === command && (parameters === undefined || matchesParameters(rules, given));
}

/**
 * exact: the same words. partial: its first words are these. initial: as partial, and the last of them may go on.
 * No parameters: it may have none, whatever the rule.
 */
function matchesParameters({ parameters = [], match }: ProcessRules, given: readonly string[]): boolean {
  if (match === 'exact' || parameters.length === 0)
    return given.length === parameters.length && parameters.every((word, index) => given[index] === word);
  const last = parameters.length - 1;
  return parameters.every((word, index) =>
    match === 'initial' && index === last ? given[index]?.startsWith(word) === true : given[index] === word,
  );
}

export function hasQuorum({ quorum, quorumMax }: ProcessRules, count: number): boolean {
  return count >= quorum && (quorumMax === undefined || count <= quorumMax);
}
