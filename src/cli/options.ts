/** What every command understands: which instance, and where it keeps its files. */
import { type Command, Option } from 'commander';
import { DEFAULT_INSTANCE, type InstancePaths, instancePaths } from '../daemon/paths.ts';

export interface InstanceOptions {
  readonly instance: string;
  readonly runDir?: string;
}

export function withInstance(command: Command): Command {
  return command
    .addOption(
      new Option('--instance <name>', 'which director of this host')
        .env('XLB_INSTANCE')
        .default(DEFAULT_INSTANCE),
    )
    .addOption(
      new Option(
        '--run-dir <dir>',
        'where its pid file and control socket are (default: /run/xlb, or /run/xlb/NAME for an instance)',
      ).env('XLB_RUN_DIR'),
    );
}

/** What an operator may call a virtual server. */
export const virtualServerHelp =
  'ADDRESS[:PORT], fwmark:N or group:NAME; with tcp: or udp: before it only that of the protocol';

export function pathsOf({ instance, runDir }: InstanceOptions): InstancePaths {
  return instancePaths(instance, runDir);
}

/** Of keepalived -t, as keepalived(8) of 2.2 and 2.4 has them. */
export const testExits = {
  0: 'nothing is wrong',
  3: 'it cannot run',
  4: 'it runs, but not as it is written: there are warnings',
  5: 'it runs, and has scripts without enable_script_security',
} as const;

export function configIdOption(): Option {
  return new Option(
    '-i, --config-id <id>',
    "what @id lines are compared with (default: the host's name up to its first dot)",
  );
}
