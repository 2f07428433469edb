/** `xlb run`: the director, with keepalived's own options, so that a unit file changes its ExecStart and no more. */
import { statSync, writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { reasonOf, XlbError } from '../base/errors.ts';
import { signalNumbers } from '../daemon/signal_numbers.ts';
import { version } from '../daemon/version.ts';
import {
  type KeepalivedOptions,
  logChoiceOf,
  pidFilesOf,
  tellWithoutEffect,
  withKeepalivedOptions,
} from './keepalived_options.ts';
import { configIdOption, type InstanceOptions, pathsOf, testExits, withInstance } from './options.ts';

export const DEFAULT_FILE = '/etc/keepalived/keepalived.conf';
/** Where `ip netns` keeps them. */
const NAMESPACES = '/run/netns';

interface RunOptions extends InstanceOptions, KeepalivedOptions {}

export function runCommand(): Command {
  const command = new Command('run').description('balance as a keepalived.conf says, in the foreground');
  withKeepalivedOptions(command, DEFAULT_FILE)
    .addOption(configIdOption())
    .addHelpText('after', `\nExit status with --config-test, as keepalived's:\n${testExitTable()}`);
  return withInstance(command).action(run);
}

async function run(options: RunOptions, command: Command): Promise<void> {
  const { configTest, dumpConf, namespace, signum, umask } = options;
  if (options.version === true) {
    process.stderr.write(`xlb v${version()}: reads the configuration of Keepalived 2.2\n`);
    return;
  }
  if (signum !== undefined) {
    process.stdout.write(`${signalNumbers[signum]}\n`);
    return;
  }
  if (configTest !== undefined) {
    await testConfig(options, configTest);
    return;
  }
  if (namespace !== undefined) await enter(namespace);
  tellWithoutEffect(command);
  const isNamed = command.getOptionValueSource('instance') !== 'default';
  const paths = pathsOf(namespace === undefined || isNamed ? options : { ...options, instance: namespace });
  const [{ runDaemon }, { systemShell }] = await Promise.all([
    import('../daemon/daemon.ts'),
    import('../daemon/shell.ts'),
  ]);
  process.exitCode = await runDaemon(
    {
      configFile: options.useFile,
      paths,
      pidFiles: pidFilesOf(options),
      dumpAtStart: dumpConf === true,
      keep: {
        addresses: options.dontReleaseVrrp === true,
        forwarding: options.dontReleaseIpvs === true,
      },
      ...(umask === undefined ? {} : { umask }),
    },
    systemShell({
      log: logChoiceOf(options),
      respawn: options.dontRespawn !== true,
      configId: options.configId,
    }),
  );
}

/** Begins anew in the namespace, where this process is not in it already. */
async function enter(name: string): Promise<void> {
  const path = `${NAMESPACES}/${name}`;
  const help = 'ip netns list shows those that there are';
  if (name === '' || name.includes('/') || name.startsWith('.'))
    throw new XlbError('USAGE', `Cannot use "${name}" as the name of a network namespace`, { help });
  try {
    if (statSync(path).ino === statSync('/proc/self/ns/net').ino) return;
    const { addon } = await import('../addon/addon.ts');
    const argv = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
    addon().execInNetworkNamespace({ path, argv });
  } catch (cause) {
    throw new XlbError('HOST', `Cannot enter network namespace "${name}": ${reasonOf(cause)}`, {
      help,
      cause,
    });
  }
}

/** keepalived -t: as `xlb check`, but on this host, with keepalived's exit codes, and to a file where one is named. */
async function testConfig({ useFile, configId }: RunOptions, output: string | true): Promise<void> {
  const [{ checkFile, testExitOf, toText }, { hostLinks }] = await Promise.all([
    import('./check.ts'),
    import('../daemon/host_links.ts'),
  ]);
  const checked = checkFile(useFile, configId, await hostLinks());
  if (output === true) process.stdout.write(toText(checked));
  else writeFileSync(output, toText(checked));
  process.exitCode = testExitOf(checked);
}

function testExitTable(): string {
  return Object.entries(testExits)
    .map(([code, meaning]) => `  ${code}  ${meaning}`)
    .join('\n');
}
