/** keepalived's command line, as `xlb run` takes it: a unit file changes its ExecStart and no more. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { facilities } from '../base/log_outputs.ts';
import { parseUmask } from '../base/umask.ts';
import type { LogChoice } from '../daemon/log.ts';
import { type SignalFunction, signalNumbers } from '../daemon/signal_numbers.ts';

export interface KeepalivedOptions {
  readonly useFile: string;
  readonly logConsole?: true;
  readonly logDetail?: true;
  readonly logFacility?: string;
  readonly logFile?: string;
  readonly syslog: boolean;
  readonly logJson?: true;
  readonly umask?: number;
  readonly dontRespawn?: true;
  readonly dumpConf?: true;
  readonly dontReleaseVrrp?: true;
  readonly dontReleaseIpvs?: true;
  readonly pid?: string;
  readonly vrrp_pid?: string;
  readonly checkers_pid?: string;
  readonly bfd_pid?: string;
  readonly namespace?: string;
  readonly configTest?: string | true;
  readonly configId?: string;
  readonly signum?: SignalFunction;
  readonly version?: true;
}

/** Those that change nothing here, and why. */
const withoutEffect = [
  ['-n, --dont-fork', 'xlb never forks'],
  ['-P, --vrrp', 'VRRP and checks are one process'],
  ['-C, --check', 'VRRP and checks are one process'],
  ['-B, --no_bfd', 'sessions are opened where a bfd_instance is written'],
  ['--all', 'everything runs in one process'],
  ['--flush-log-file', 'every line is written at once'],
  ['-X, --release-vips', 'a stop removes the addresses, unless -V is given'],
  ['-e, --all-config', 'a configuration file that cannot be read is always an error'],
  ['-a, --address-monitoring', 'changes of addresses are not logged'],
  ['-x, --snmp', 'there is no SNMP agent; xlb has metrics for Prometheus'],
  ['-A, --snmp-agent-socket <socket>', 'there is no SNMP agent'],
  ['-m, --core-dump', 'LimitCORE= in the unit says how large one may be'],
  ['-M, --core-dump-pattern [pattern]', 'kernel.core_pattern is the host’s to set'],
  ['--no-mem-check', 'there is none to leave out'],
] as const;

/** Without a word when they are used: what they ask for is so. */
const asAlways = new Set(['--dont-fork', '--all', '--flush-log-file', '--no-mem-check']);

export function withKeepalivedOptions(command: Command, defaultFile: string): Command {
  command
    .option('-f, --use-file <file>', 'configuration file', defaultFile)
    .option('-l, --log-console', 'log to standard error, also where the log goes elsewhere')
    .option('-D, --log-detail', 'log more')
    .addOption(
      new Option(
        '-S, --log-facility <facility>',
        'log to syslog: 0 to 7, local0 to local7, user or daemon',
      ).argParser(readFacility),
    )
    .option('-g, --log-file <file>', 'log to this file as well')
    .option('-G, --no-syslog', 'do not log to syslog')
    .option('--log-json', 'log one JSON object a line')
    .addOption(
      new Option('-u, --umask <mask>', 'of the files that signals make: octal, 0x or decimal').argParser(
        readUmask,
      ),
    )
    .option('-R, --dont-respawn', 'end when a worker thread dies; forwarding goes on')
    .option(
      '-V, --dont-release-vrrp',
      'a stop leaves the addresses, as a crash does: the next start has them',
    )
    .option(
      '-I, --dont-release-ipvs',
      'a stop leaves forwarding, as a crash does: the next start has its flows',
    )
    .option('-d, --dump-conf', 'log the configuration and the state at the start')
    .option('-p, --pid <file>', 'write the process id to this file as well')
    .option('-r, --vrrp_pid <file>', 'and to this one: it is one process')
    .option('-c, --checkers_pid <file>', 'and to this one')
    .option('-b, --bfd_pid <file>', 'and to this one')
    .option('-s, --namespace <name>', 'run in this network namespace, as the instance of that name')
    .option('-t, --config-test [file]', 'only say whether the configuration can run, here or in this file')
    .addOption(
      new Option('--signum <function>', 'print the number of the signal for it').choices(
        Object.keys(signalNumbers),
      ),
    )
    .option('-v, --version', 'print the version');
  for (const [flags, why] of withoutEffect) command.option(flags, `no effect: ${why}`);
  return command;
}

/** On standard error: what is asked for and has no effect. */
export function tellWithoutEffect(command: Command): void {
  const reasons = new Map<string, string>(withoutEffect);
  for (const option of command.options) {
    const why = reasons.get(option.flags);
    const name = option.long ?? option.flags;
    if (why === undefined || asAlways.has(name)) continue;
    if (command.getOptionValueSource(option.attributeName()) !== 'cli') continue;
    process.stderr.write(`note: ${name} has no effect: ${why}\n`);
  }
}

/** Standard error unless the log is sent elsewhere. */
export function logChoiceOf(options: KeepalivedOptions): LogChoice {
  const { logConsole = false, logDetail = false, logFacility, logFile, logJson, syslog } = options;
  const facility = syslog ? logFacility : undefined;
  const elsewhere = facility !== undefined || (!syslog && logFile !== undefined);
  return {
    detail: logDetail,
    console: logConsole || !elsewhere,
    ...(facility === undefined ? {} : { facility }),
    ...(logFile === undefined ? {} : { file: logFile }),
    ...(logJson === true ? { format: 'json' } : {}),
  };
}

/** Each once, in the order of keepalived's processes. */
export function pidFilesOf({ pid, vrrp_pid, checkers_pid, bfd_pid }: KeepalivedOptions): string[] {
  return [...new Set([pid, vrrp_pid, checkers_pid, bfd_pid].filter((file) => file !== undefined))];
}

function readFacility(text: string): string {
  const name = /^[0-7]$/.test(text) ? `local${text}` : text;
  if (!Object.hasOwn(facilities, name))
    throw new InvalidArgumentError('Expected 0 to 7, local0 to local7, user or daemon.');
  return name;
}

function readUmask(text: string): number {
  const mask = parseUmask(text);
  if (mask === undefined) throw new InvalidArgumentError('Expected a number from 0 to 0777, or IWGRP|IWOTH.');
  return mask;
}
