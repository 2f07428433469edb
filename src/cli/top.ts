/** `xlb top`: what the virtual and real servers do, live. */
import { Command, Option } from 'commander';
import { systemClock } from '../base/clock.ts';
import { type InstanceOptions, pathsOf, withInstance } from './options.ts';
import { orNotRunning } from './status.ts';
import { type Column, columnNames } from './top/columns.ts';

/** Between the two answers of a screen that is printed once. */
const ONCE_MS = 1_000;

interface TopOptions extends InstanceOptions {
  readonly once?: boolean;
  readonly sort: Column;
  readonly filter: string;
}

export function topCommand(): Command {
  return withInstance(
    new Command('top')
      .description(
        'live: connections, packets and bits a second of virtual and real servers; drains with a key',
      )
      .option('--once', 'print what a second shows, and end; also where this is no terminal')
      .addOption(
        new Option('--sort <column>', 'what comes first').choices(columnNames).default('connections'),
      )
      .option('--filter <text>', 'only servers whose name has this', ''),
  ).action(top);
}

async function top({ filter, once, sort, ...instance }: TopOptions): Promise<void> {
  const paths = pathsOf(instance);
  const [{ fetchStatus, NoDaemon, weigh }, { startTop, stepTop }, { liveTop, takeSample }, { wholeScreen }] =
    await Promise.all([
      import('../control/client.ts'),
      import('./top/model.ts'),
      import('./top/terminal.ts'),
      import('./top/screen.ts'),
    ]);
  const shell = { clock: systemClock, status: () => fetchStatus(paths.socket) };
  // Before the terminal is touched: no daemon is an error of its own.
  const first = await takeSample(shell).catch(orNotRunning(paths));
  const { state } = stepTop(startTop({ filter, sort }), { kind: 'sample', sample: first });
  const { stdin: input, stdout: output } = process;
  if (once === true || !output.isTTY || !input.isTTY) {
    await new Promise<void>((resolve) => systemClock.setTimer(ONCE_MS, resolve));
    const sample = await takeSample(shell).catch(orNotRunning(paths));
    const shown = stepTop(state, { kind: 'sample', sample }).state;
    output.write(`${wholeScreen(shown, Math.max(80, output.columns ?? 80))}\n`);
    return;
  }
  const signal = await liveTop(state, {
    ...shell,
    ...{ input, output, signals: process },
    colours: !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb',
    status: () =>
      fetchStatus(paths.socket).catch((error: unknown) => {
        throw error instanceof NoDaemon ? new Error('the daemon does not run; forwarding may go on') : error;
      }),
    weigh: (order) => weigh(paths.socket, order),
  });
  if (signal !== 0) process.exitCode = 128 + signal;
}
