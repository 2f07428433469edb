/**
 * A director to replay traces on: an Engine, and before it xlb's own ipvsadm (its grammar, the kernel's rules, its
 * screens) under a clock that the trace moves.
 */
import { isDeepStrictEqual } from 'node:util';
import type { ConnectionEntry, DataplaneSettings, Engine, MarkRule, Outcome } from '../../src/addon/addon.ts';
import { formatEndpoint } from '../../src/base/endpoint.ts';
import type { TableChange } from '../../src/control/table_change.ts';
import type { Timeouts } from '../../src/control/tables.ts';
import { handChange, tableServices } from '../../src/daemon/tables.ts';
import { nameOf } from '../../src/dataplane/difference.ts';
import {
  changeByHand,
  findService as findSpec,
  type HandTables,
  startTables,
} from '../../src/director/by_hand.ts';
import { type Command, UsageError } from '../../src/ipvsadm/command.ts';
import { connectionFields, connectionLine, connectionsTitle } from '../../src/ipvsadm/connections.ts';
import { numericNames } from '../../src/ipvsadm/model.ts';
import { parseCommand } from '../../src/ipvsadm/parser.ts';
import { restoreWords } from '../../src/ipvsadm/restore.ts';
import { ruleLines } from '../../src/ipvsadm/rules.ts';
import { listScreen, serviceList, timeoutsScreen } from '../../src/ipvsadm/screen.ts';
import { findService, servicesOf } from '../../src/ipvsadm/services.ts';
import type { Topology } from './format.ts';
import { INGRESS, isDirectors } from './lab.ts';

/** The kernel's (ip_vs_ctl.c, IP_VS_SO_SET_TIMEOUT). */
const DEFAULT_TIMEOUTS: Timeouts = { tcp: 900, tcpFin: 120, udp: 300 };
/** What ipvsadm ends with where the kernel refuses. */
const REFUSED = 255;
const STEP_MS = 1_000;

/** Traces name hosts and ports by number. */
const noNames = { address: () => undefined, port: () => undefined };

export class Director {
  readonly #engine: Engine;
  readonly #topology: Topology;
  #tables = startTables([]);
  #timeouts = DEFAULT_TIMEOUTS;
  #nowMs: number;

  constructor(engine: Engine, topology: Topology, nowMs: number) {
    this.#engine = engine;
    this.#topology = topology;
    this.#nowMs = nowMs;
    this.#engine.setClock(nowMs);
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** One frame from the segment that clients and real servers are on. */
  receive(frame: Uint8Array): Outcome {
    return this.#engine.run(frame, INGRESS);
  }

  /** Time passes; what expires does so in its order. */
  sleep(seconds: number): void {
    const end = this.#nowMs + Math.round(seconds * 1000);
    while (this.#nowMs < end) {
      this.#nowMs = Math.min(end, this.#nowMs + STEP_MS);
      this.#engine.setClock(this.#nowMs);
      this.#engine.sweep();
    }
  }

  set(settings: DataplaneSettings): void {
    this.#engine.setSettings(settings);
  }

  mark(rules: readonly MarkRule[]): void {
    this.#engine.setMarkRules(rules);
  }

  connections(): ConnectionEntry[] {
    return this.#engine.connections();
  }

  /** 'ok', or 'rc=N message'; a list's text. */
  ipvsadm(line: string): string {
    try {
      const command = parseCommand(restoreWords(line), noNames);
      return command.do === 'change' ? this.#change(command.change) : this.#list(command);
    } catch (error) {
      if (error instanceof UsageError) return `rc=${error.exit} ${error.message}`;
      throw error;
    }
  }

  #change(change: TableChange): string {
    if (change.change === 'zero') {
      const found = this.#engine.zero(...(change.key === undefined ? [] : [change.key]));
      return found ? 'ok' : `rc=${REFUSED} No such service`;
    }
    if (change.change === 'set_timeouts') {
      const { tcp, tcpFin, udp } = change;
      const old = this.#timeouts;
      this.#timeouts = { tcp: tcp || old.tcp, tcpFin: tcpFin || old.tcpFin, udp: udp || old.udp };
      this.#engine.setSettings({ timeouts: { tcp, tcpFin, udp } });
      return 'ok';
    }
    const before = this.#tables;
    const { tables, results } = changeByHand(before, [handChange(change)]);
    if (results[0] !== undefined) return `rc=${REFUSED} ${results[0]}`;
    this.#tables = tables;
    if (change.change === 'clear')
      for (const spec of before.services.values()) this.#engine.removeVirtualServer(spec);
    else this.#apply(change, before);
    // What a change ends at once, expire_nodest_conn=1 for one, the sweeper finds.
    this.#engine.sweep();
    return 'ok';
  }

  /**
   * Real servers are set anew also where nothing is different: IPVS begins a scheduler's round again then, and judges
   * thresholds again. -E with what there is changes nothing.
   */
  #apply(
    change: Exclude<TableChange, { change: 'clear' | 'zero' | 'set_timeouts' }>,
    before: HandTables,
  ): void {
    const { protocol, address, port, fwmark } = 'service' in change ? change.service : change.key;
    const key = { protocol, address, port, ...(fwmark === undefined ? {} : { fwmark }) };
    const spec = findSpec(this.#tables, key);
    if (spec === undefined) {
      this.#engine.removeVirtualServer(key);
      return;
    }
    if (change.change === 'edit_service' && isDeepStrictEqual(spec, findSpec(before, key))) return;
    for (const { address: server } of spec.destinations)
      if (isDirectors(server, this.#topology)) this.#engine.setNexthop(server, { kind: 'local' });
    this.#engine.setVirtualServer(spec);
  }

  #list(command: Command): string {
    switch (command.do) {
      case 'list': {
        const services = servicesOf(tableServices(this.#servers(), []));
        if (command.service === undefined)
          return [...listScreen(services, command.format, numericNames)].join('');
        const service = findService(services, command.service);
        if (service === undefined) throw new UsageError('No such service', 1);
        return serviceList(service, command.format, numericNames);
      }
      case 'connections':
        return connectionsTitle(command.engines) + this.connections().map(lineOf).join('');
      case 'timeouts':
        return timeoutsScreen(this.#timeouts);
      case 'save':
        return [...ruleLines(servicesOf(tableServices(this.#servers(), [])), numericNames)].join('');
      case 'daemons':
        return '';
      default:
        throw new UsageError(`${command.do} is not replayed`);
    }
  }

  /** The engine may keep those that were deleted while flows of them remain. */
  #servers() {
    return this.#engine.virtualServers().filter((server) => this.#tables.services.has(nameOf(server)));
  }
}

function lineOf(entry: ConnectionEntry): string {
  const { protocol, seconds, state, client, clientPort, virtualAddress, virtualPort } = entry;
  const { realServer, realPort } = entry;
  const fields = connectionFields(
    [protocol, seconds, state, client, clientPort, virtualAddress, virtualPort, realServer, realPort].join(
      '\t',
    ),
  );
  return fields === undefined ? '' : connectionLine(fields, numericNames);
}

/** 'TCP 10.1.0.1:1024 10.0.0.100:80 10.0.0.11:80 SYN_RECV 60', as rows of traces are written. */
export function rowOf(entry: ConnectionEntry): string {
  const { protocol, seconds, state } = entry;
  const ends = [
    formatEndpoint(entry.client, entry.clientPort),
    formatEndpoint(entry.virtualAddress, entry.virtualPort),
    formatEndpoint(entry.realServer, entry.realPort),
  ];
  return [protocol, ...ends, state, seconds].join(' ');
}
