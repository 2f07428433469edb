/** `xlb cleanup`: removes what a daemon that died left on the host. */
import { existsSync } from 'node:fs';
import { Command, Option } from 'commander';
import { addon } from '../addon/addon.ts';
import { XlbError } from '../base/errors.ts';
import { type Cleared, isClean, removeAddresses, removeLeftovers } from '../daemon/leftovers.ts';
import type { InstancePaths } from '../daemon/paths.ts';
import { refuseWhileRunning } from '../daemon/run_directory.ts';
import { type InstanceOptions, pathsOf, withInstance } from './options.ts';

interface CleanupOptions extends InstanceOptions {
  readonly addresses?: boolean;
  readonly after?: string;
}

export function cleanupCommand(): Command {
  const command = new Command('cleanup')
    .description('remove everything that a director which died left on this host')
    .option('--addresses', 'only its virtual addresses: forwarding goes on (for ExecStopPost=)')
    .addOption(new Option('--after <stamp>', 'as soon as another director is master').hideHelp());
  return withInstance(command).action(async (options: CleanupOptions) => {
    process.exitCode = await cleanup(pathsOf(options), options);
  });
}

async function cleanup(paths: InstancePaths, { addresses, after }: CleanupOptions): Promise<number> {
  if (addresses === true && after !== undefined) {
    const { afterCrash } = await import('../daemon/after_crash.ts');
    await afterCrash(addon(), paths, after);
    return 0;
  }
  const { instance } = paths;
  if (addresses === true ? !existsSync(paths.addressesFile) : isClean(paths)) {
    process.stdout.write(`Nothing of instance "${instance}" is on this host\n`);
    return 0;
  }
  if (process.geteuid?.() !== 0) throw new XlbError('NOT_ROOT', 'xlb needs root: run it with sudo');
  await refuseWhileRunning(addon(), paths, { alsoTables: addresses !== true });
  return report(addresses === true ? removeAddresses(addon(), paths) : removeLeftovers(addon(), paths));
}

function report({ problems, removed }: Cleared): number {
  for (const what of removed) process.stdout.write(`Removed ${what}\n`);
  for (const problem of problems) process.stderr.write(`xlb: ${problem}\n`);
  return problems.length === 0 ? 0 : 1;
}
