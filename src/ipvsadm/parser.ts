/** From the words of a command line to what they ask for, with ipvsadm 1.31's own words where they are wrong. Pure. */
import type { VirtualServerKey } from '../addon/addon.ts';
import type { ServiceSettings, TableChange } from '../control/table_change.ts';
import { type Columns, type Command, type Lookups, UsageError } from './command.ts';
import { type Draft, newDraft, rows, timeout } from './draft.ts';
import { checkOptions, checkTunnelOptions, type OptionWord } from './legality.ts';
import { type CommandName, isCommand, type OptionName } from './options.ts';
import { OptionReader } from './popt.ts';
import { refuse, refuseSyncDaemon } from './refusals.ts';
import { readSchedulerFlags } from './scheduler_flags.ts';
import { hostNameIn, ipv4Of } from './values.ts';

const DEFAULT_SCHEDULER = 'wlc';

export function tryHelp(): UsageError {
  return new UsageError("Try `ipvsadm -h' or 'ipvsadm --help' for more information.", 255);
}

/** Throws a UsageError where ipvsadm would end with a message. No words: -L. */
export function parseCommand(words: readonly string[], lookups: Lookups): Command {
  if (words.length === 0)
    return {
      do: 'list',
      format: { columns: 'connections', numeric: false, exact: false, sorted: true },
    };
  const reader = new OptionReader(words);
  const first = reader.read();
  if (first.kind !== 'option' || !isCommand(first.name)) throw tryHelp();
  const { name, value = '' } = first;
  if (name === 'help' || name === 'version') return { do: name };
  if ((name === 'start-daemon' || name === 'stop-daemon') && value !== 'master' && value !== 'backup')
    throw new UsageError(
      name === 'start-daemon' ? 'illegal start-daemon parameter specified' : 'illegal start_daemon specified',
    );
  const draft = readOptions(reader, lookups);
  const timeouts = name === 'set' ? readTimeouts(reader.rest) : undefined;
  const [extra] = reader.rest;
  if (extra !== undefined) throw new UsageError(`unexpected argument ${extra}`);
  const flags = readSchedulerFlags(draft.schedulerFlags, draft.scheduler || DEFAULT_SCHEDULER);
  checkOptions(name, draft.given);
  if (timeouts !== undefined) return { do: 'change', change: { change: 'set_timeouts', ...timeouts } };
  return commandOf(name, draft, flags);
}

/** Host names in a command line, to be looked up before it is parsed. */
export function hostNames(words: readonly string[]): string[] {
  const reader = new OptionReader(words);
  const found: string[] = [];
  for (let read = reader.read(); read.kind === 'option'; read = reader.read()) {
    const { name, value } = read;
    if (value === undefined) continue;
    if (name === 'netmask') {
      if (ipv4Of(value) === undefined && !/^\d+$/.test(value)) found.push(value);
    } else if (/^(tcp-service|udp-service|sctp-service|real-server)$/.test(name)) {
      const host = hostNameIn(value);
      if (host !== undefined) found.push(host);
    }
  }
  return found;
}

function readOptions(reader: OptionReader, lookups: Lookups): Draft {
  const draft = newDraft();
  for (;;) {
    const read = reader.read();
    if (read.kind === 'end') return draft;
    if (read.kind === 'error') throw new UsageError(read.message, 255);
    if (isCommand(read.name)) throw new UsageError(`invalid option \`${reader.word}'`);
    takeOption(draft, { name: read.name, value: read.value }, lookups);
  }
}

function takeOption(
  draft: Draft,
  { name, value }: { readonly name: OptionName; readonly value: string | undefined },
  lookups: Lookups,
): void {
  const { word, take, bare } = rows[name];
  if (word !== undefined) {
    if (draft.given.has(word)) throw new UsageError(`multiple '${word}' options specified`);
    draft.given.add(word);
  }
  if (value === undefined && bare !== undefined) bare(draft);
  else take?.(draft, value ?? '', lookups);
}

/** Takes three words away. */
function readTimeouts(rest: string[]): { tcp: number; tcpFin: number; udp: number } {
  const [tcp, tcpFin, udp] = rest.splice(0, 3);
  if (tcp === undefined || tcpFin === undefined || udp === undefined)
    throw new UsageError('--set option requires 3 timeout values');
  return { tcp: timeout(tcp, 0), tcpFin: timeout(tcpFin, 0), udp: timeout(udp, 0) };
}

function commandOf(name: Exclude<CommandName, 'help' | 'version'>, draft: Draft, flags: number): Command {
  const change = (change: TableChange): Command => ({ do: 'change', change });
  switch (name) {
    case 'list':
      return listCommand(draft);
    case 'save':
      return { do: 'save', numeric: draft.given.has('numeric') };
    case 'restore':
      return { do: 'restore' };
    case 'flush':
      return change({ change: 'clear' });
    case 'zero':
      return change(
        draft.given.has('service-address') ? { change: name, key: keyOf(draft) } : { change: name },
      );
    case 'add-service':
      return change({ change: 'add_service', service: serviceOf(draft, flags) });
    case 'edit-service':
      return change({ change: 'edit_service', service: serviceOf(draft, flags) });
    case 'delete-service':
      return change({ change: 'delete_service', key: keyOf(draft) });
    case 'add-server':
    case 'edit-server': {
      const which = name === 'add-server' ? 'add_destination' : 'edit_destination';
      return change({ change: which, ...destinationOf(draft) });
    }
    case 'delete-server':
      return change({ change: 'delete_destination', key: keyOf(draft), address: draft.server.address });
    case 'start-daemon':
      return refuseSyncDaemon();
    case 'stop-daemon':
      throw new UsageError('No daemon is running', 255);
    case 'set':
      throw tryHelp();
  }
}

function listCommand(draft: Draft): Command {
  const has = (...words: OptionWord[]): boolean => words.some((word) => draft.given.has(word));
  if (
    (has('connection', 'timeout', 'daemon') && has('stats', 'rate', 'thresholds')) ||
    (has('timeout', 'daemon') && has('persistent-conn'))
  )
    throw new UsageError('options conflicts in the list command');
  const numeric = has('numeric');
  if (has('connection')) return { do: 'connections', numeric, engines: has('persistent-conn') };
  if (has('timeout')) return { do: 'timeouts' };
  if (has('daemon')) return { do: 'daemons' };
  const columns = (
    [
      ['stats', 'stats'],
      ['rate', 'rate'],
      ['thresholds', 'thresholds'],
      ['persistent-conn', 'persistent_conn'],
      ['tun-info', 'tun_info'],
    ] as const satisfies readonly (readonly [OptionWord, Columns])[]
  ).find(([word]) => has(word));
  const format = {
    columns: columns?.[1] ?? ('connections' as const),
    numeric,
    exact: has('exact'),
    sorted: !has('nosort'),
  };
  return has('service-address') ? { do: 'list', format, service: keyOf(draft) } : { do: 'list', format };
}

function keyOf({ protocol = 'TCP', address, port, fwmark, family }: Draft): VirtualServerKey {
  if (fwmark !== 0) return { protocol: 'FWM', address: family === 6 ? '::' : '0.0.0.0', port: 0, fwmark };
  if (protocol === 'SCTP') return refuse('sctp');
  return { protocol, address, port };
}

function serviceOf(draft: Draft, schedulerFlags: number): ServiceSettings {
  const { fwmark, port, protocol, persistentSeconds: seconds, onePacket, netmask } = draft;
  if (fwmark === 0 && port === 0 && seconds === undefined)
    throw new UsageError('Zero port specified for non-persistent service');
  if (onePacket && fwmark === 0 && protocol !== 'UDP')
    throw new UsageError('One-Packet Scheduling is only for UDP virtual services');
  if (draft.given.has('pe')) refuse('persistenceEngine');
  return {
    ...keyOf(draft),
    scheduler: draft.scheduler || DEFAULT_SCHEDULER,
    schedulerFlags,
    ...(seconds === undefined ? {} : { persistence: { seconds, netmask } }),
    onePacket,
  };
}

function destinationOf(
  draft: Draft,
): Pick<TableChange & { change: 'add_destination' }, 'key' | 'destination'> {
  const { server, forward, given, weight, upperThreshold, lowerThreshold } = draft;
  if (server.family !== draft.family && forward !== 'i')
    throw new UsageError('Different address family is allowed only for tunneling servers');
  const tunnelled = (['tun-type', 'tun-port', 'tun-nocsum', 'tun-csum', 'tun-remcsum'] as const).some(
    (word) => given.has(word),
  );
  if (tunnelled && forward !== 'i') throw new UsageError('Tunnel options conflict with forward method');
  checkTunnelOptions(draft.tunnelType, given);
  const key = keyOf(draft);
  if (forward === 'i') refuse('tunneling');
  if (forward === 'm') refuse('masquerading');
  if (draft.fwmark !== 0 && server.port !== 0) refuse('fwmarkPort');
  return { key, destination: { address: server.address, weight, upperThreshold, lowerThreshold } };
}
