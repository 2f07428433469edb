/** Pure: xlb(8), made of what the commands say of themselves. */
import type { Argument, Command, Option } from 'commander';
import { exitCodes } from '../base/errors.ts';
import { type SignalFunction, signalNumbers } from '../daemon/signal_numbers.ts';

const environment = [
  ['XLB_INSTANCE', 'as --instance'],
  ['XLB_RUN_DIR', 'as --run-dir'],
  ['XLB_DEBUG', '1: a failure shows where in the program it came from'],
  ['TMPDIR', 'where signals make their files instead of /tmp'],
  ['NOTIFY_SOCKET, WATCHDOG_USEC', 'of a service manager (systemd, Type=notify), which is told the state'],
  ['JOURNAL_STREAM', 'where it names standard error, lines of the log carry priorities for the journal'],
] as const;

const files = [
  ['/etc/keepalived/keepalived.conf', 'the configuration, unless another is named'],
  ['/run/xlb/, /run/xlb/NAME/', 'process id, control socket and memory of the director, of an instance'],
  ['/sys/fs/bpf/xlb/NAME/', 'the program and its tables: they go on forwarding when the process dies'],
  ['/tmp/keepalived.data, .stats, .json', 'what signals make, as keepalived does'],
] as const;

const signals: Readonly<Record<SignalFunction, string>> = {
  STOP: 'hand over to a backup, take everything off the host, end; a second one does not wait',
  RELOAD: 'read the configuration again; a file with errors changes nothing',
  DATA: 'write configuration and state to keepalived.data',
  STATS: 'write the counters of the virtual routers to keepalived.stats',
  STATS_CLEAR: 'the same, and begin them anew',
  JSON: 'write the virtual routers to keepalived.json',
};

export interface ManualOptions {
  readonly version: string;
  /** ISO 8601: when this version was made. */
  readonly date: string;
}

/** The source of the page, for man(7). `program` has all commands. */
export function manual(program: Command, { version, date }: ManualOptions): string {
  const commands = shown(program);
  const names = Object.entries(signalNumbers);
  return [
    `.TH XLB 8 ${quoted(date)} ${quoted(`xlb ${version}`)} ${quoted('System Administration')}`,
    '.SH NAME',
    `xlb \\- ${escaped(program.description())}`,
    '.SH SYNOPSIS',
    ...commands.flatMap((command) => ['.B xlb', `${escaped(usage(command))}`, '.br']),
    '.SH DESCRIPTION',
    'xlb reads the',
    '.BR keepalived.conf (5)',
    'of an LVS director, speaks VRRP with its peers, checks its real servers, and forwards packets to them in',
    'direct\\-routing mode by an XDP program. Forwarding outlives the process: what is pinned goes on until',
    '.B xlb cleanup',
    'or an orderly stop takes it away.',
    '.SH COMMANDS',
    ...commands.flatMap(commandSection),
    '.SH SIGNALS',
    'Of',
    '.BR "xlb run" .',
    '.B xlb run \\-\\-signum NAME',
    'prints the number.',
    ...names.flatMap(([name, number]) => item(`${name} (${number})`, signals[name as SignalFunction])),
    '.SH EXIT STATUS',
    ...Object.entries(exitCodes).flatMap(([code, meaning]) => item(code, meaning)),
    '.SH ENVIRONMENT',
    ...environment.flatMap(([name, what]) => item(name, what)),
    '.SH FILES',
    ...files.flatMap(([name, what]) => item(name, what)),
    '.SH SEE ALSO',
    '.BR keepalived.conf (5),',
    '.BR ip\\-route (8),',
    '.BR systemd.service (5)',
    '',
  ].join('\n');
}

function commandSection(command: Command): string[] {
  const options = command.createHelp().visibleOptions(command);
  return [
    `.SS ${quoted(`xlb ${usage(command)}`)}`,
    sentence(command.description()),
    ...command.registeredArguments.flatMap((argument) => item(argument.name(), argumentText(argument))),
    ...options
      .filter(({ long }) => long !== '--help')
      .flatMap((option) => item(option.flags, optionText(option))),
    ...shown(command).flatMap((child) => commandSection(child)),
  ];
}

/** With the names of its parents, but for the program's. */
function usage(command: Command): string {
  const names: string[] = [];
  for (let one: Command | null = command; one?.parent; one = one.parent) names.unshift(one.name());
  return `${names.join(' ')} ${command.usage()}`;
}

export function shown(command: Command): Command[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .filter((child) => child.name() !== 'help');
}

function argumentText({ description, defaultValue }: Argument): string {
  return `${description}${defaultValue === undefined ? '' : ` (default: ${defaultValue})`}`;
}

function optionText({ argChoices, defaultValue, description, envVar }: Option): string {
  const more = [
    ...(argChoices === undefined ? [] : [`one of ${argChoices.join(', ')}`]),
    ...(typeof defaultValue === 'string' || typeof defaultValue === 'number'
      ? [`default: ${defaultValue}`]
      : []),
    ...(envVar === undefined ? [] : [`environment: ${envVar}`]),
  ];
  return more.length === 0 ? description : `${description} (${more.join('; ')})`;
}

function item(what: string, text: string): string[] {
  return ['.TP', `.B ${escaped(what)}`, escaped(text)];
}

function sentence(text: string): string {
  return escaped(`${text.charAt(0).toUpperCase()}${text.slice(1)}.`);
}

function quoted(text: string): string {
  return `"${escaped(text).replaceAll('"', '\\(dq')}"`;
}

/** roff reads backslashes, hyphens, and dots and quotes at the beginning of a line. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('’', '\\(cq')
    .replace(/^(['.])/, '\\&$1')
    .replaceAll('\n', ' ');
}
