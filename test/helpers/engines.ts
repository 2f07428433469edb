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
  const engine = new (addon().Engine)({ kind, flowSlots });
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

const counted = ({ connections, packets, bytes }: Counters) => `${connections}/${packets}/${bytes}`;

/** The verdict list as it is written: name and action. */
export function verdictList(): ReadonlyMap<string, 'forward' | 'pass' | 'drop'> {
  const text = readFileSync(join(repository, 'bpf/shared/verdicts.h'), 'utf8');
  const rows = [...text.matchAll(/^\tX\((\w+),\s+(FORWARD|PASS|DROP),/gm)];
  return new Map(
    rows.map(([, name = '', action = '']) => [name, action.toLowerCase() as 'forward' | 'pass' | 'drop']),
  );
}
