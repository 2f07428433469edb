/** `xlb datapath`: what forwards, and another data path while running. */
import { Argument, Command } from 'commander';
import { XlbError } from '../base/errors.ts';
import { type Datapath, datapaths } from '../config/model.ts';
import type { Status } from '../control/status.ts';
import type { InstancePaths } from '../daemon/paths.ts';
import { type InstanceOptions, pathsOf, withInstance } from './options.ts';
import { plainTable, wrap } from './screen_text.ts';
import { notRunning } from './status.ts';
import { interfaceLine } from './status_screen.ts';

export function datapathCommand(): Command {
  return withInstance(new Command('datapath'))
    .description('what forwards, and what AF_XDP lost; set: another data path at once, until the next reload')
    .addArgument(new Argument('[set]', 'change it').choices(['set']))
    .addArgument(new Argument('[mode]', 'as xlb_datapath').choices(datapaths))
    .action(async (set: 'set' | undefined, mode: Datapath | undefined, options: InstanceOptions) => {
      if (set === undefined) return show(pathsOf(options));
      if (mode !== undefined) return change(mode, pathsOf(options));
      throw new XlbError('USAGE', 'Cannot set the data path: no mode is named', {
        help: `xlb datapath set ${datapaths.join('|')}`,
      });
    });
}

async function show(paths: InstancePaths): Promise<void> {
  const { fetchStatus } = await import('../control/client.ts');
  const status = await fetchStatus(paths.socket).catch(orNotRunning(paths));
  process.stdout.write(`${datapathScreen(status)}\n`);
}

async function change(datapath: Datapath, paths: InstancePaths): Promise<void> {
  const { setDatapath } = await import('../control/client.ts');
  const { problems } = await setDatapath(paths.socket, { datapath }).catch(orNotRunning(paths));
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  process.stdout.write(`The data path is ${datapath} until the next reload\n`);
  if (problems.length > 0) process.exitCode = 1;
}

const orNotRunning =
  (paths: InstancePaths) =>
  async (error: unknown): Promise<never> => {
    const { NoDaemon } = await import('../control/client.ts');
    throw error instanceof NoDaemon ? notRunning(paths) : error;
  };

/** Pure: the mode, the interfaces, what AF_XDP has counted. */
export function datapathScreen({
  datapath,
  interfaces,
  af_xdp: counted = {},
  not_held: why,
}: Status): string {
  const rows = Object.entries(counted);
  return [
    `Data path: ${datapath ?? 'unknown'}`,
    ...interfaces.flatMap((one) => wrap(interfaceLine(one))),
    ...(why === undefined ? [] : wrap(`Packets without a neighbour are dropped: ${why}`)),
    ...(rows.length === 0 ? [] : ['', plainTable(['AF_XDP', 'Frames'], rows)]),
  ].join('\n');
}
