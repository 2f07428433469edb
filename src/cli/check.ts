/** `xlb check`: what a configuration file says that is wrong, or worth knowing. */
import { Command } from 'commander';
import { errorCodes } from '../base/errors.ts';
import { render } from '../config/diagnostic.ts';
import { configurationSource, summary } from '../daemon/configuration.ts';
import { checkScripts } from '../daemon/scripts.ts';

/** keepalived's own default; run.ts has the same. */
const DEFAULT_FILE = '/etc/keepalived/keepalived.conf';

export function checkCommand(): Command {
  return new Command('check')
    .description('say whether a configuration file can run, and everything worth knowing about it')
    .argument('[file]', 'configuration file', DEFAULT_FILE)
    .action((file: string) => {
      process.exitCode = checkFile(file);
    });
}

/** Prints the diagnostics and a summary; the exit code. */
export function checkFile(file: string): number {
  const loaded = configurationSource.load(file);
  const diagnostics = [...loaded.diagnostics, ...(loaded.config ? checkScripts(loaded.config) : [])];
  for (const diagnostic of diagnostics) process.stdout.write(`${render(diagnostic)}\n\n`);
  const failed = diagnostics.some(({ severity }) => severity === 'error');
  process.stdout.write(`${file}: ${failed ? 'cannot run' : 'can run'}: ${summary(diagnostics)}\n`);
  return failed ? errorCodes.CONFIG.exit : 0;
}
