/** `xlb reload`: makes what the file says now the configuration of a running director, and says what that changed. */
import { Command } from 'commander';
import { errorCodes } from '../base/errors.ts';
import type { ReloadOutcome } from '../control/reload.ts';
import { type InstanceOptions, pathsOf, withInstance } from './options.ts';
import { orNotRunning } from './status.ts';

const EXIT_STATUS = `
Exit status:
  0  it was done, whole
  1  it was done in part or not at all; what is wrong is told
  2  the file cannot run: nothing was changed`;

interface ReloadOptions extends InstanceOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export function reloadCommand(): Command {
  return withInstance(
    new Command('reload')
      .description(
        'read the configuration again, as SIGHUP does, wait until it is in force and say what changed',
      )
      .option('--json', 'print one JSON object')
      .option('--quiet', 'say nothing of it: the log does, and the exit status (for ExecReload=)')
      .addHelpText('after', EXIT_STATUS),
  ).action(async (options: ReloadOptions) => {
    const paths = pathsOf(options);
    const { reload } = await import('../control/client.ts');
    const outcome = await reload(paths.socket).catch(orNotRunning(paths));
    if (options.json === true) process.stdout.write(`${JSON.stringify(outcome, undefined, 2)}\n`);
    else if (options.quiet !== true) {
      const { error, text } = reloadText(outcome);
      process.stdout.write(text);
      process.stderr.write(error);
    }
    process.exitCode = reloadExit(outcome);
  });
}

/** What is said on standard output and on standard error. */
export function reloadText(outcome: ReloadOutcome): { readonly text: string; readonly error: string } {
  switch (outcome.outcome) {
    case 'reloaded': {
      const { file, milliseconds, problems, steps } = outcome;
      const verdict = `${file}: reloaded in ${milliseconds} ms: ${changes(steps.length)}`;
      return { text: lines([...steps, verdict]), error: lines(problems) };
    }
    case 'refused': {
      const { diagnostics, file } = outcome;
      const blocks = diagnostics.map((one) => `${one}\n`);
      return { text: '', error: lines([...blocks, `${file}: refused: nothing was changed`]) };
    }
    case 'failed':
      return { text: '', error: lines([`${outcome.file}: ${outcome.reason}`]) };
    case 'stopping':
      return { text: '', error: lines(['Nothing was reloaded: the director is being stopped']) };
  }
}

export function reloadExit(outcome: ReloadOutcome): number {
  switch (outcome.outcome) {
    case 'reloaded':
      return outcome.problems.length === 0 ? 0 : errorCodes.HOST.exit;
    case 'refused':
      return errorCodes.CONFIG.exit;
    case 'failed':
    case 'stopping':
      return errorCodes.HOST.exit;
  }
}

/** 'no change', '1 change', '2 changes'. */
export function changes(count: number): string {
  return count === 0 ? 'no change' : `${count} change${count === 1 ? '' : 's'}`;
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('');
}
