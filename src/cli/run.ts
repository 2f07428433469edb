/** `xlb run`: the director, with keepalived's own options, so that a unit file changes its ExecStart and no more. */
import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { configIdOption, type InstanceOptions, pathsOf, testExits, withInstance } from './options.ts';

export const DEFAULT_FILE = '/etc/keepalived/keepalived.conf';

interface RunOptions extends InstanceOptions {
  readonly useFile: string;
  readonly logDetail?: boolean;
  readonly pid?: string;
  readonly configTest?: string | true;
  readonly configId?: string;
}

/** keepalived's options that change nothing here, and why. Those that would change something are not accepted. */
const withoutEffect = [
  ['-P, --vrrp', 'VRRP and checks are one process'],
  ['-C, --check', 'VRRP and checks are one process'],
  ['-B, --no_bfd', 'sessions are opened where a bfd_instance is written'],
  ['--all', 'everything runs in one process'],
  ['-S, --log-facility <level>', 'not yet: the log goes to standard error'],
  ['-g, --log-file [file]', 'not yet: the log goes to standard error'],
  ['--flush-log-file', 'not yet: the log goes to standard error'],
  ['-G, --no-syslog', 'not yet: the log goes to standard error'],
  ['-u, --umask <mask>', 'not yet: its files have fixed modes'],
  ['-X, --release-vips', 'a stop always removes the addresses'],
  ['-R, --dont-respawn', 'not yet: a worker that dies is always restarted'],
  ['-d, --dump-conf', 'not yet'],
  ['-r, --vrrp_pid <file>', 'there is no VRRP process'],
  ['-c, --checkers_pid <file>', 'there is no process for checks'],
  ['-b, --bfd_pid <file>', 'there is no BFD process'],
  ['-a, --address-monitoring', 'not yet'],
  ['-x, --snmp', 'not yet'],
  ['-A, --snmp-agent-socket <socket>', 'not yet'],
  ['-m, --core-dump', 'not yet'],
  ['-M, --core-dump-pattern [pattern]', 'not yet'],
] as const;

export function runCommand(): Command {
  const command = new Command('run')
    .description('balance as a keepalived.conf says, in the foreground')
    .option('-f, --use-file <file>', 'configuration file', DEFAULT_FILE)
    .option('-n, --dont-fork', 'as always: xlb never forks')
    .option('-l, --log-console', 'as always: the log goes to standard error')
    .option('-D, --log-detail', 'log more')
    .option('-p, --pid <file>', 'write the process id to this file as well')
    .option('-t, --config-test [file]', 'only say whether the configuration can run, here or in this file')
    .addOption(configIdOption())
    .addHelpText('after', `\nExit status with --config-test, as keepalived's:\n${testExitTable()}`);
  for (const [flags, why] of withoutEffect) command.option(flags, `no effect: ${why}`);
  return withInstance(command).action(run);
}

async function run(options: RunOptions, command: Command): Promise<void> {
  if (options.configTest !== undefined) {
    await testConfig(options, options.configTest);
    return;
  }
  tellWithoutEffect(command);
  const paths = pathsOf(options);
  const [{ runDaemon }, { systemShell }] = await Promise.all([
    import('../daemon/daemon.ts'),
    import('../daemon/shell.ts'),
  ]);
  const pidFile = options.pid === undefined ? {} : { pidFile: options.pid };
  process.exitCode = await runDaemon(
    { configFile: options.useFile, paths, ...pidFile },
    systemShell({ detail: options.logDetail === true, configId: options.configId }),
  );
}

/** keepalived -t: as `xlb check`, with keepalived's exit codes, and to a file where one is named. */
async function testConfig({ useFile, configId }: RunOptions, output: string | true): Promise<void> {
  const { checkFile, testExitOf, toText } = await import('./check.ts');
  const checked = checkFile(useFile, configId);
  if (output === true) process.stdout.write(toText(checked));
  else writeFileSync(output, toText(checked));
  process.exitCode = testExitOf(checked);
}

function testExitTable(): string {
  return Object.entries(testExits)
    .map(([code, meaning]) => `  ${code}  ${meaning}`)
    .join('\n');
}

function tellWithoutEffect(command: Command): void {
  const reasons = new Map<string, string>(withoutEffect);
  for (const option of command.options) {
    const why = reasons.get(option.flags);
    if (why === undefined || command.getOptionValueSource(option.attributeName()) !== 'cli') continue;
    process.stderr.write(`note: ${option.long ?? option.flags} has no effect: ${why}\n`);
  }
}
