/** The packet core as compiled into the addon, and as the kernel runs it: the same lab around both. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { addon, type Counters, type Engine, type VirtualServerSpec } from '../../src/addon/addon.ts';
import { builtAddon, needs, root } from './needs.ts';
import { director, realServerMac, realServerName } from './packets.ts';
import { repository } from './tree.ts';

export interface EngineKind {
  readonly kind: 'core' | 'kernel';
  readonly skip: string | false;
}

export const engineKinds: readonly EngineKind[] = [
  { kind: 'core', skip: needs(builtAddon) },
  { kind: 'kernel', skip: needs(root, builtAddon) },
];

/** A new one, with the director's interface and neighbours in place, at time 0. */
export function newEngine(kind: EngineKind['kind'], flowSlots = 1024): Engine {
  return equipped(new (addon().Engine)({ kind, flowSlots }));
}

const emptied = new Map<string, Engine>();

/** As newEngine(), but the program is loaded once for all: whoever had it before has it no more. */
export function emptiedEngine(kind: EngineKind['kind'], flowSlots = 1024): Engine {
  const name = `${kind} ${flowSlots}`;
  const engine = emptied.get(name) ?? new (addon().Engine)({ kind, flowSlots });
  emptied.set(name, engine);
  engine.empty();
  return equipped(engine);
}

/** The director's interface and neighbours in place. */
export function equipped(engine: Engine): Engine {
  engine.setInterface({ index: director.ingress, mac: director.mac });
  for (const prefix of ['10.0.0.1', 'fd00::1'])
    for (const number of [1, 2, 3, 4, 5, 6]) {
      const address = `${prefix}${number}`;
      const mac = realServerMac(realServerName(address));
      engine.setNexthop(address, { kind: 'link', index: director.ingress, mac, source: director.mac });
    }
  return engine;
}

export function setVirtualServers(engine: Engine, specs: readonly VirtualServerSpec[]): void {
  for (const spec of specs) engine.setVirtualServer(spec);
}

const join_ = (address: string, port: number) =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

/** 'TCP 10.1.0.1:1024 > 10.0.0.100:80 rs1 SYN_RECV active', sorted. */
export function flowLines(engine: Engine): string[] {
  const lines = engine.connections().map((flow) => {
    const client = join_(flow.client, flow.clientPort);
    const server = join_(flow.virtualAddress, flow.virtualPort);
    const active = flow.active ? 'active' : 'inactive';
    return `${flow.protocol} ${client} > ${server} ${realServerName(flow.realServer)} ${flow.state} ${active}`;
  });
  return lines.sort();
}

/** As the kernel lists them, seconds last: 'TCP 10.1.0.1:1024 > 10.0.0.100:80 rs1 SYN_RECV 60', sorted. */
export function connectionLines(engine: Engine): string[] {
  const lines = engine.connections().map((entry) => {
    const client = join_(entry.client, entry.clientPort);
    const server = join_(entry.virtualAddress, entry.virtualPort);
    const ends = `${client} > ${server} ${realServerName(entry.realServer)}`;
    return `${entry.protocol} ${ends} ${entry.state} ${entry.seconds}`;
  });
  return lines.sort();
}

/**
 * A line a virtual server ('FWM 7' for one of a mark), then one a destination, what it has now: 'rs1 2+1 1 template,
 * overloaded' are two active and one inactive flow, and one persistence template.
 */
export function loadLines(engine: Engine): string[] {
  return engine.virtualServers().flatMap((server) => [
    server.fwmark === undefined
      ? `${server.protocol} ${join_(server.address, server.port)}`
      : `FWM ${server.fwmark}${server.address === '::' ? '/6' : ''}`,
    ...server.destinations.map((d) => {
      const templates = d.persistent === 0 ? '' : ` ${d.persistent} template${d.persistent === 1 ? '' : 's'}`;
      const name = `${realServerName(d.address)}${d.gone ? ' gone' : ''}`;
      return `  ${name} ${d.active}+${d.inactive}${templates}${d.overloaded ? ', overloaded' : ''}`;
    }),
  ]);
}

/** A line a virtual server and one a destination, with connections/packets/bytes and active+inactive. */
export function serverLines(engine: Engine): string[] {
  return engine.virtualServers().flatMap((server) => [
    `${server.protocol} ${join_(server.address, server.port)} ${server.scheduler} ${counted(server)}`,
    ...server.destinations.map((d) => {
      const name = `${realServerName(d.address)}*${d.weight}${d.gone ? ' gone' : ''}`;
      return `  ${name} ${d.active}+${d.inactive} ${counted(d)}`;
    }),
  ]);
}

/** As serverLines, of what was counted since it was zeroed. */
export function sinceZeroLines(engine: Engine): string[] {
  const since = ({ zeroed, ...now }: Counters & { readonly zeroed: Counters }) => ({
    connections: now.connections - zeroed.connections,
    packets: now.packets - zeroed.packets,
    bytes: now.bytes - zeroed.bytes,
  });
  return engine
    .virtualServers()
    .flatMap((server) => [
      `${server.protocol} ${join_(server.address, server.port)} ${counted(since(server))}`,
      ...server.destinations.map((d) => `  ${realServerName(d.address)} ${counted(since(d))}`),
    ]);
}

const counted = ({ connections, packets, bytes }: Counters) => `${connections}/${packets}/${bytes}`;

/** The verdict list as it is written: name and action. */
export function verdictList(): ReadonlyMap<string, 'forward' | 'pass' | 'drop'> {
  const text = readFileSync(join(repository, 'bpf/shared/verdicts.h'), 'utf8');
  const rows = [...text.matchAll(/^\tX\((\w+),\s+(FORWARD|PASS|DROP),/gm)];
  return new Map(
    rows.map(([, name = '', action = '']) => [name, action.toLowerCase() as 'forward' | 'pass' | 'drop']),
  );
}
