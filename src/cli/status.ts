/** `xlb status`: what a running director does, for people or as JSON. */
import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { XlbError } from '../base/errors.ts';
import type { Status } from '../control/status.ts';
import { lockHolder } from '../daemon/lock_holder.ts';
import type { InstancePaths } from '../daemon/paths.ts';
import { type InstanceOptions, pathsOf, virtualServerHelp, withInstance } from './options.ts';

interface StatusOptions extends InstanceOptions {
  readonly json?: boolean;
}

export function statusCommand(): Command {
  return withInstance(
    new Command('status')
      .description('show virtual servers, real servers, flows and verdicts of a running director')
      .argument(
        '[virtual-server]',
        `${virtualServerHelp}: what its checks answered, and when real servers went up and down, too`,
      )
      .option('--json', 'one JSON object, with what checks answered'),
  ).action(status);
}

async function status(virtualServer: string | undefined, options: StatusOptions): Promise<void> {
  const paths = pathsOf(options);
  const { askStatus, NoDaemon } = await import('../control/client.ts');
  try {
    const json = options.json === true;
    const answer = await askStatus(paths.socket, {
      history: json || virtualServer !== undefined,
      ...(virtualServer === undefined ? {} : { virtualServer }),
    });
    if (answer === undefined)
      throw new XlbError('USAGE', `Cannot find a virtual server ${virtualServer}`, {
        help: 'xlb status shows them all',
      });
    process.stdout.write(
      `${json ? JSON.stringify(answer, undefined, 2) : await screen(answer, virtualServer)}\n`,
    );
  } catch (error) {
    throw error instanceof NoDaemon ? notRunning(paths) : error;
  }
}

async function screen(answer: Status, virtualServer: string | undefined): Promise<string> {
  if (virtualServer === undefined) return (await import('./status_screen.ts')).statusScreen(answer);
  return (await import('./status_detail_screen.ts')).statusDetailScreen(answer);
}

/** Of any command that asks a daemon. The packet path outlives it: its pins say that it is still there. */
export function notRunning({ instance, pinDirectory, runDirectory }: InstancePaths): XlbError {
  const fact = `no daemon runs instance "${instance}"`;
  const elsewhere = lockHolder(pinDirectory);
  if (elsewhere !== undefined)
    return new XlbError(
      'NOT_RUNNING',
      `${fact} in ${runDirectory}: process ${elsewhere} runs it, with another run directory`,
      { help: `name that with --run-dir; ps -fp ${elsewhere} shows it` },
    );
  return existsSync(pinDirectory)
    ? new XlbError('NOT_RUNNING', `${fact}, but forwarding goes on without it as it last was`, {
        help: 'xlb run takes over, xlb cleanup ends it',
      })
    : new XlbError('NOT_RUNNING', `${fact}: start one with xlb run`);
}

/** For `catch` after a question to a daemon. */
export const orNotRunning =
  (paths: InstancePaths) =>
  async (error: unknown): Promise<never> => {
    const { NoDaemon } = await import('../control/client.ts');
    throw error instanceof NoDaemon ? notRunning(paths) : error;
  };
