/** `xlb doctor`: what on this host keeps xlb, or a real server of it, from working, and the command that cures it. */
import { existsSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { addon } from '../addon/addon.ts';
import { systemClock } from '../base/clock.ts';
import { configurationSource } from '../daemon/configuration.ts';
import type { InstancePaths } from '../daemon/paths.ts';
import { hostFacts, missingRequirement } from '../daemon/requirements.ts';
import { addressChecks, conflictChecks } from '../doctor/conflict_checks.ts';
import type { Facts, HeardAdvert } from '../doctor/facts.ts';
import { type Examined, examine, exitOf } from '../doctor/finding.ts';
import { interfaceChecks } from '../doctor/interface_checks.ts';
import { kernelChecks } from '../doctor/kernel_checks.ts';
import { listen } from '../doctor/listen.ts';
import { readHost } from '../doctor/read_facts.ts';
import { realserverChecks } from '../doctor/realserver_checks.ts';
import { virtualAddresses } from '../host/realserver.ts';
import { ownedAddresses } from '../vrrp/owned_addresses.ts';
import { type InstanceOptions, pathsOf, withInstance } from './options.ts';

const DEFAULT_FILE = '/etc/keepalived/keepalived.conf';
const LONGEST_LISTEN_S = 60;

interface Options extends InstanceOptions {
  readonly useFile: string;
  readonly realserver?: true;
  readonly listen: number;
  readonly json?: true;
}

/** Everything that is looked at on a director, in the order that it is shown in. */
const directorChecks = [...kernelChecks, ...addressChecks, ...interfaceChecks, ...conflictChecks];

export function doctorCommand(): Command {
  const command = new Command('doctor')
    .description('say what on this host keeps a director, or a real server, from working, and what cures it')
    .argument('[vip...]', 'with --realserver: virtual addresses (default: those on lo)')
    .option('-f, --use-file <file>', 'configuration file of the director', DEFAULT_FILE)
    .option('--realserver', 'look at this machine as a real server for direct routing')
    .addOption(
      new Option('--listen <seconds>', 'how long to listen for virtual routers of others; 0: not at all')
        .default(3)
        .argParser(readSeconds),
    )
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExit status:\n  0  nothing keeps it from working; there may be warnings\n  1  something does',
    );
  return withInstance(command).action(async (vips: readonly string[], options: Options) => {
    const findings =
      options.realserver === true
        ? examine(realserverChecks, { ...(await facts(options)), virtualAddresses: virtualAddresses(vips) })
        : examine(directorChecks, await facts(options));
    const code = exitOf(findings);
    const text = options.json === true ? JSON.stringify({ ok: code === 0, findings }) : screen(findings);
    process.stdout.write(`${text}\n`);
    process.exitCode = code;
  });
}

async function facts(options: Options): Promise<Facts> {
  const host = readHost(addon());
  const isDirector = options.realserver !== true;
  const { config } = isDirector ? configurationSource().load(options.useFile) : {};
  const { heard, listenedS } = await hear(options.listen, { config, host });
  return {
    ...host,
    requirement: missingRequirement(hostFacts(addon())),
    owned: owned(pathsOf(options)),
    afXdp: await afXdp(pathsOf(options)),
    config,
    configFile: options.useFile,
    heard,
    listenedS,
  };
}

async function hear(
  seconds: number,
  { config, host }: { readonly config: Facts['config']; readonly host: ReturnType<typeof readHost> },
): Promise<{ heard: readonly HeardAdvert[]; listenedS: number | undefined }> {
  const instances = config?.vrrpInstances ?? [];
  if (seconds === 0 || instances.length === 0 || !host.isRoot) return { heard: [], listenedS: undefined };
  try {
    const forMs = seconds * 1_000;
    return {
      heard: await listen(addon(), systemClock, { instances, links: host.links, forMs }),
      listenedS: seconds,
    };
  } catch {
    return { heard: [], listenedS: undefined };
  }
}

function owned({ addressesFile }: InstancePaths): ReadonlySet<string> {
  if (!existsSync(addressesFile)) return new Set();
  const all = ownedAddresses(addressesFile, { warn: () => undefined }).all();
  return new Set(all.map((one) => `${one.address} on ${one.interface}`));
}

/** As the running director says. */
async function afXdp({ socket }: InstancePaths): Promise<Facts['afXdp']> {
  const { fetchStatus } = await import('../control/client.ts');
  try {
    const { interfaces } = await fetchStatus(socket);
    return interfaces.flatMap(({ name, af_xdp }) =>
      af_xdp === undefined ? [] : [{ interface: name, zeroCopy: af_xdp.zero_copy }],
    );
  } catch {
    return [];
  }
}

const marks = { ok: 'ok  ', warn: 'warn', fail: 'FAIL' } as const;

/** One line each; below those that are not well what it means, and the cure. */
export function screen(findings: readonly Examined[]): string {
  const lines = findings.flatMap(({ cure, means, state, text }) => [
    `${marks[state]}  ${text}`,
    ...(means === undefined ? [] : [`      ${means}`]),
    ...(cure === undefined ? [] : [`      cure: ${cure}`]),
  ]);
  const count = (wanted: Examined['state']) => findings.filter(({ state }) => state === wanted).length;
  return [...lines, `${count('ok')} ok, ${count('warn')} to be looked at, ${count('fail')} wrong`].join('\n');
}

function readSeconds(text: string): number {
  const seconds = Number(text);
  if (text.trim() === '' || !(seconds >= 0 && seconds <= LONGEST_LISTEN_S))
    throw new InvalidArgumentError(`Expected a number from 0 to ${LONGEST_LISTEN_S}.`);
  return seconds;
}
