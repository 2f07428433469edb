/** Is this a command line of ipvsadm? Its options are its own: Commander must not see them. Pure. */
import { basename } from 'node:path';

export const programs = ['ipvsadm', 'ipvsadm-save', 'ipvsadm-restore'] as const;

export interface IpvsadmWords {
  readonly program: (typeof programs)[number];
  readonly words: readonly string[];
}

/** `path` is what the process was called as: a link may be named ipvsadm, ipvsadm-save or ipvsadm-restore. */
export function ipvsadmWords(path: string, argv: readonly string[]): IpvsadmWords | undefined {
  const called = programs.find((name) => name === basename(path));
  if (called !== undefined) return { program: called, words: argv };
  return argv[0] === 'ipvsadm' ? { program: 'ipvsadm', words: argv.slice(1) } : undefined;
}
