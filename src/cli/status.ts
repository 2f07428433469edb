/** `xlb status`: what a running director does, for people or as JSON. */
import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { XlbError } from '../base/errors.ts';
import type { InstancePaths } from '../daemon/paths.ts';
import { type InstanceOptions, pathsOf, withInstance } from './options.ts';

interface StatusOptions extends InstanceOptions {
  readonly json?: boolean;
}

export function statusCommand(): Command {
  return withInstance(
    new Command('status')
      .description('show virtual servers, real servers, flows and verdicts of a running director')
      .option('--json', 'one JSON object'),
  ).action(status);
}

async function status(options: StatusOptions): Promise<void> {
  const paths = pathsOf(options);
  const { fetchStatus, NoDaemon } = await import('../control/client.ts');
  try {
    const answer = await fetchStatus(paths.socket);
    if (options.json === true) {
      process.stdout.write(`${JSON.stringify(answer, undefined, 2)}\n`);
      return;
    }
    const { statusScreen } = await import('./status_screen.ts');
    process.stdout.write(`${statusScreen(answer)}\n`);
  } catch (error) {
    throw error instanceof NoDaemon ? notRunning(paths) : error;
  }
}

/** Of any command that asks a daemon. The packet path outlives it: its pins say that it is still there. */
export function notRunning({ instance, pinDirectory }: InstancePaths): XlbError {
  const fact = `no daemon runs instance "${instance}"`;
  return existsSync(pinDirectory)
    ? new XlbError('NOT_RUNNING', `${fact}, but forwarding goes on without it as it last was`, {
        help: 'xlb run takes over, xlb cleanup ends it',
      })
    : new XlbError('NOT_RUNNING', `${fact}: start one with xlb run`);
}
