/** `xlb cleanup`: removes what a daemon that died left on the host. */
import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { addon } from '../addon/addon.ts';
import { XlbError } from '../base/errors.ts';
import { isClean, removeLeftovers } from '../daemon/leftovers.ts';
import type { InstancePaths } from '../daemon/paths.ts';
import { type InstanceOptions, pathsOf, withInstance } from './options.ts';

export function cleanupCommand(): Command {
  return withInstance(
    new Command('cleanup').description('remove everything that a director which died left on this host'),
  ).action((options: InstanceOptions) => {
    process.exitCode = cleanup(pathsOf(options));
  });
}

function cleanup(paths: InstancePaths): number {
  const { instance } = paths;
  if (isClean(paths)) {
    process.stdout.write(`Nothing of instance "${instance}" is on this host\n`);
    return 0;
  }
  if (process.geteuid?.() !== 0) throw new XlbError('NOT_ROOT', 'xlb needs root: run it with sudo');
  refuseWhileRunning(paths);
  const { removed, problems } = removeLeftovers(addon(), paths);
  for (const what of removed) process.stdout.write(`Removed ${what}\n`);
  for (const problem of problems) process.stderr.write(`xlb: ${problem}\n`);
  return problems.length === 0 ? 0 : 1;
}

/** The lock is given back at once: its file goes with the rest. */
function refuseWhileRunning({ instance, lockFile }: InstancePaths): void {
  if (!existsSync(lockFile)) return;
  const answer = addon().lockInstance(lockFile);
  if ('heldBy' in answer)
    throw new XlbError(
      'ALREADY_RUNNING',
      `Cannot clean up: instance "${instance}" is run by process ${answer.heldBy}`,
      { help: `stop it first: kill ${answer.heldBy}` },
    );
  answer.lock.release();
}
