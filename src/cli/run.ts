/** `xlb run`: the director, with keepalived's own options, so that a unit file changes its ExecStart and no more. */
import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
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
  if (namespace !== undefined)
    (await import('../daemon/network_namespace.ts')).enterNetworkNamespace(namespace);
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
      isPlaced: namespace !== undefined,
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
