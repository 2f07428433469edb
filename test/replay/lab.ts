/** The segment that traces were captured on, around an Engine; and an engine emptied for the next case. */
import type { Engine, Nexthop } from '../../src/addon/addon.ts';
import type { Topology } from './format.ts';

/** The interface that all frames come in by and leave by; 1 (lo) is the one that engine 'kernel' takes. */
export const INGRESS = 1;

/** IPVS's defaults, as a new engine has them. */
const defaults = {
  timeouts: { tcp: 900, tcpFin: 120, udp: 300 },
  connReuseMode: 1,
  expireNodestConn: false,
  expireQuiescentTemplate: false,
  sloppyTcp: false,
  secureTcp: false,
};
/** Longer than a connection lives by default; a template may take several. */
const LONG_MS = 1_000_000;
const PATIENCE = 60;

/** The director's interface and its neighbours: real servers and client. `mtus`: on the way to them, by address. */
export function equip(engine: Engine, topology: Topology, mtus: ReadonlyMap<string, number>): void {
  const { director, client, realServers } = topology;
  engine.setInterface({ index: INGRESS, mac: director.mac });
  for (const { v4, v6, mac } of [client, ...realServers.values()])
    for (const address of [v4, v6]) {
      const nexthop: Nexthop = { kind: 'link', index: INGRESS, mac, source: director.mac };
      const mtu = mtus.get(address);
      engine.setNexthop(address, mtu === undefined ? nexthop : { ...nexthop, mtu });
    }
}

/** An address of the director itself. */
export function isDirectors(address: string, { director, vips }: Topology): boolean {
  return /^127\./.test(address) || ['::1', director.v4, director.v6, ...vips].includes(address);
}

/** Takes everything out of the engine, letting time pass until its last flow is over; what the clock shows then. */
export function emptied(engine: Engine, nowMs: number): number {
  for (const server of engine.virtualServers()) engine.removeVirtualServer(server);
  engine.setMarkRules([]);
  engine.setSettings(defaults);
  let now = nowMs;
  for (let turn = 0; turn < PATIENCE; turn++) {
    now += LONG_MS;
    engine.setClock(now);
    engine.sweep();
    if (engine.connections().length === 0 && engine.virtualServers().length === 0) return now;
  }
  throw new Error(`flows remain in an engine that was emptied: ${JSON.stringify(engine.connections())}`);
}
