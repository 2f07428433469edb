/** `xlb ipvsadm`: ipvsadm 1.31 for a running director; through links also ipvsadm-save and ipvsadm-restore. */

import { createInterface } from 'node:readline';
import { Command } from 'commander';
import { XlbError } from '../base/errors.ts';
import { MAX_FLOW_TIMEOUT_S } from '../base/limits.ts';
import { connectionLines, fetchTables, makeChanges, NoDaemon } from '../control/client.ts';
import type { TableChange } from '../control/table_change.ts';
import { DEFAULT_INSTANCE, type InstancePaths } from '../daemon/paths.ts';
import { type Command as Asked, UsageError } from '../ipvsadm/command.ts';
import { connectionFields, connectionLine, connectionsTitle } from '../ipvsadm/connections.ts';
import { type Names, numericNames, type Service } from '../ipvsadm/model.ts';
import { hostNames, parseCommand, tryHelp } from '../ipvsadm/parser.ts';
import { restoreWords } from '../ipvsadm/restore.ts';
import { ruleLines } from '../ipvsadm/rules.ts';
import { listScreen, serviceList, timeoutsScreen } from '../ipvsadm/screen.ts';
import { findService, servicesOf } from '../ipvsadm/services.ts';
import { usageText, versionText } from '../ipvsadm/usage.ts';
import { HostNames } from './ipvsadm_names.ts';
import type { IpvsadmWords } from './ipvsadm_words.ts';
import { pathsOf, withInstance } from './options.ts';
import { notRunning } from './status.ts';

/** Changes that -R sends together. */
const BATCH = 500;
/** Lines of connections whose names are asked for together. */
const NAMED_LINES = 64;
/** What ipvsadm ends with where the kernel refuses a change. */
const REFUSED = 255;

/** For `xlb --help` and `xlb help ipvsadm` only: its words go to `ipvsadm` below, Commander does not see them. */
export function ipvsadmCommand(): Command {
  return withInstance(
    new Command('ipvsadm')
      .description("ipvsadm 1.31's commands for a running director (xlb ipvsadm -h lists them)")
      .helpOption(false)
      .usage('[--instance <name>] [--run-dir <dir>] [ipvsadm options]'),
  ).addHelpText('after', '\nThese two come before the options of ipvsadm.');
}

/** The exit code. */
export async function ipvsadm({ program, words }: IpvsadmWords): Promise<number> {
  const { paths, rest } = instanceOf(words);
  const session = new Session(paths);
  try {
    switch (program) {
      case 'ipvsadm':
        return await session.run(rest);
      case 'ipvsadm-save':
        return await session.save(rest);
      case 'ipvsadm-restore':
        return await session.restore();
    }
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message}\n`);
      return error.exit;
    }
    if (error instanceof NoDaemon) throw notRunning(paths);
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
    process.stderr.write("Can't initialize ipvs: Permission denied (you must be root)\n");
    return 2;
  }
}

/** Takes --instance and --run-dir from the front. */
function instanceOf(words: readonly string[]): { paths: InstancePaths; rest: readonly string[] } {
  let instance = process.env['XLB_INSTANCE'] ?? DEFAULT_INSTANCE;
  let runDir = process.env['XLB_RUN_DIR'];
  let at = 0;
  for (;;) {
    const match = /^--(instance|run-dir)(?:=(.*))?$/s.exec(words[at] ?? '');
    if (match === null) break;
    const value = match[2] ?? words[++at];
    if (value === undefined) throw new XlbError('USAGE', `--${match[1]} needs a value`);
    if (match[1] === 'instance') instance = value;
    else runDir = value;
    at++;
  }
  const paths = pathsOf(runDir === undefined ? { instance } : { instance, runDir });
  return { paths, rest: words.slice(at) };
}

class Session {
  readonly #socket: string;
  readonly #hosts = new HostNames();

  constructor({ socket }: InstancePaths) {
    this.#socket = socket;
  }

  async run(words: readonly string[]): Promise<number> {
    const command = await this.#parse(words);
    if (command.do === 'restore') return this.#changeFrom(process.stdin, () => true);
    return this.#do(command);
  }

  /** ipvsadm-save [-n]. */
  async save(words: readonly string[]): Promise<number> {
    if (words.some((word) => word.startsWith('-') && word !== '-n'))
      throw new UsageError(
        'ipvsadm-save: Script to save the IPVS table to stdout.\n' +
          '   With the -n option, prints out the table in numeric format.',
        1,
      );
    return this.#do({ do: 'save', numeric: words.includes('-n') });
  }

  /** ipvsadm-restore: clears first, and leaves comments out. */
  async restore(): Promise<number> {
    await this.#change([{ change: 'clear' }]);
    return this.#changeFrom(process.stdin, (line) => !line.startsWith('#'));
  }

  async #parse(words: readonly string[]): Promise<Asked> {
    return parseCommand(words, await this.#hosts.lookups(hostNames(words)));
  }

  async #do(command: Asked): Promise<number> {
    switch (command.do) {
      case 'help':
        return print([usageText]);
      case 'version':
        return print([versionText]);
      case 'daemons':
        // Asked all the same, so that a director that does not run is noticed.
        await fetchTables(this.#socket);
        return 0;
      case 'timeouts':
        return print([timeoutsScreen((await fetchTables(this.#socket)).timeouts)]);
      case 'list':
        return this.#list(command);
      case 'save': {
        const services = await this.#services();
        return print(ruleLines(services, await this.#names(services, command.numeric)));
      }
      case 'connections':
        return this.#connections(command);
      case 'change':
        return this.#change([command.change]);
      case 'restore':
        throw tryHelp();
    }
  }

  async #services(): Promise<Service[]> {
    return servicesOf((await fetchTables(this.#socket)).services);
  }

  async #names(services: readonly Service[], numeric: boolean): Promise<Names> {
    if (numeric) return numericNames;
    const marked = services.filter(({ protocol }) => protocol !== 'FWM').map(({ address }) => address);
    const servers = services.flatMap(({ destinations }) => destinations.map(({ address }) => address));
    await this.#hosts.learn([...marked, ...servers]);
    return this.#hosts.names;
  }

  async #list({ format, service: key }: Asked & { do: 'list' }): Promise<number> {
    const services = await this.#services();
    if (key === undefined)
      return print(listScreen(services, format, await this.#names(services, format.numeric)));
    const service = findService(services, key);
    if (service === undefined) throw new UsageError('No such service', 1);
    return print([serviceList(service, format, await this.#names([service], format.numeric))]);
  }

  /** Line by line as they come: there may be millions of them. */
  async #connections({ numeric, engines }: Asked & { do: 'connections' }): Promise<number> {
    let title = connectionsTitle(engines);
    for await (const lines of connectionLines(this.#socket)) {
      const size = numeric ? lines.length : NAMED_LINES;
      for (let at = 0; at < lines.length; at += size) {
        const fields = lines.slice(at, at + size).flatMap((line) => connectionFields(line) ?? []);
        if (!numeric)
          await this.#hosts.learn(
            fields.flatMap((one) => [one.source.address, one.virtual.address, one.destination.address]),
          );
        const names = numeric ? numericNames : this.#hosts.names;
        await write(title + fields.map((one) => connectionLine(one, names)).join(''));
        title = '';
      }
    }
    return print([title]);
  }

  /** Refusals are printed; the exit code is the last change's. */
  async #change(changes: readonly TableChange[]): Promise<number> {
    if (changes.length === 0) return 0;
    const { results, problems } = await makeChanges(this.#socket, changes.map(kept));
    for (const refusal of results) if (refusal !== null) process.stderr.write(`${refusal}\n`);
    for (const problem of problems) process.stderr.write(`xlb: ${problem}\n`);
    return results.at(-1) === null && problems.length === 0 ? 0 : REFUSED;
  }

  /** What a line asks for is done before a later line is refused, as ipvsadm does it. */
  async #changeFrom(input: NodeJS.ReadableStream, wanted: (line: string) => boolean): Promise<number> {
    let waiting: TableChange[] = [];
    let exit = 0;
    const settle = async (): Promise<void> => {
      if (waiting.length === 0) return;
      exit = await this.#change(waiting);
      waiting = [];
    };
    try {
      for await (const line of createInterface({ input })) {
        const words = wanted(line) ? restoreWords(line) : [];
        if (words.length === 0) continue;
        const command = await this.#parse(words);
        if (command.do === 'change') waiting.push(command.change);
        if (command.do !== 'change' || waiting.length >= BATCH) await settle();
        if (command.do !== 'change') exit = await this.#do(command);
      }
    } finally {
      await settle();
    }
    return exit;
  }
}

function print(pieces: Iterable<string>): number {
  for (const piece of pieces) process.stdout.write(piece);
  return 0;
}

/** Waits where whoever reads does: a pager may take any time. */
function write(text: string): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(text, () => resolve());
  });
}

/** --set: what the tables cannot keep is cut, and told. */
function kept(change: TableChange): TableChange {
  if (change.change !== 'set_timeouts') return change;
  const { tcp, tcpFin, udp } = change;
  if (Math.max(tcp, tcpFin, udp) > MAX_FLOW_TIMEOUT_S)
    process.stderr.write(
      `xlb: a timeout is ${MAX_FLOW_TIMEOUT_S} s (25 days) at most: what is longer counts as that\n`,
    );
  const cut = (seconds: number): number => Math.min(seconds, MAX_FLOW_TIMEOUT_S);
  return { change: 'set_timeouts', tcp: cut(tcp), tcpFin: cut(tcpFin), udp: cut(udp) };
}
