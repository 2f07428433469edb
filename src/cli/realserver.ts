/** `xlb realserver up|down VIP...`: makes this machine a real server for direct routing, and undoes it. */
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { addon } from '../addon/addon.ts';
import { XlbError } from '../base/errors.ts';
import {
  type RealserverReport,
  type RealserverShell,
  realserverDown,
  realserverUp,
  virtualAddresses,
} from '../host/realserver.ts';
import { fileMemory } from '../host/realserver_memory.ts';
import { kernelSysctl } from '../host/sysctl.ts';

interface Options {
  readonly runDir: string;
  readonly json?: true;
}

type Action = (addresses: readonly string[], shell: RealserverShell) => RealserverReport;

export function realserverCommand(): Command {
  return new Command('realserver')
    .description(
      'make this machine a real server for direct routing (it takes packets for the virtual addresses)',
    )
    .addCommand(verb('up', 'put the virtual addresses on lo and keep ARP silent about them', realserverUp))
    .addCommand(
      verb('down', 'take them away again; with the last one the kernel settings go back', realserverDown),
    );
}

function verb(name: string, description: string, action: Action): Command {
  return new Command(name)
    .description(description)
    .argument('<vip...>', 'virtual addresses, IPv4 or IPv6')
    .addOption(
      new Option('--run-dir <dir>', 'where it is remembered what was changed')
        .default('/run/xlb')
        .env('XLB_RUN_DIR'),
    )
    .option('--json', 'print one JSON object')
    .action((vips: string[], options: Options) => {
      const addresses = virtualAddresses(vips);
      if (process.geteuid?.() !== 0) {
        throw new XlbError(
          'NOT_ROOT',
          'Cannot change addresses and kernel settings: not root: run it with sudo',
        );
      }
      const report = perform(action, addresses, options.runDir);
      process.stdout.write(options.json === true ? `${JSON.stringify(report)}\n` : renderReport(report));
    });
}

function perform(action: Action, addresses: readonly string[], runDirectory: string): RealserverReport {
  const netlink = new (addon().Netlink)();
  try {
    const memory = fileMemory(join(runDirectory, 'realserver.json'));
    return action(addresses, { netlink, sysctl: kernelSysctl(), memory });
  } finally {
    netlink.close();
  }
}

/** One line a change: what it is, then what became of it. */
export function renderReport({ addresses, settings, warnings }: RealserverReport): string {
  const lines = [
    ...addresses.map(({ address, change }) => `${address} on lo: ${change}`),
    ...settings.map(({ name, value, change }) => `${name} = ${value}: ${change}`),
    ...warnings.map((warning) => `warning: ${warning}`),
  ];
  return lines.map((line) => `${line}\n`).join('');
}
