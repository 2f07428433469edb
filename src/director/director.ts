/** The owner of the virtual servers' state: takes check results and reloads, tells what is to be forwarded. */
import type { VirtualServerKey, VirtualServerSpec } from '../addon/addon.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { CheckConfig, Config } from '../config/model.ts';
import {
  changeByHand,
  findService,
  follow,
  type HandChange,
  type HandTables,
  startTables,
} from './by_hand.ts';
import { type DirectorEvent, describeEvent } from './event.ts';
import { realServerChecks, realServerName, virtualServerName } from './real_server.ts';
import { type Change, planReload, reloadVirtualServer } from './reload.ts';
import { createHistory, snapshotOf, type VirtualServerSnapshot } from './snapshot.ts';
import { checkChanged, startVirtualServer, toSpec, type VirtualServerState } from './virtual_server.ts';

/** A check that shall run, under its key. Names as in `[10.0.0.1]:tcp:80`. */
export interface DirectorCheck {
  readonly key: string;
  readonly realServer: string;
  readonly virtualServer: string;
  readonly check: CheckConfig;
}

export interface Director {
  /** The complete wish for the data path, in the order of the configuration, then what was added by hand. */
  virtualServers(): readonly VirtualServerSpec[];
  /** The checks that shall run. */
  checks(): readonly DirectorCheck[];
  /** A check has changed its mind. A key that is not known (any more) is ignored. */
  checkChanged(key: string, healthy: boolean): void;
  /** Takes a new configuration; what it changed. checks() answers by it from then on. */
  reload(config: Config): readonly Change[];
  snapshot(): readonly VirtualServerSnapshot[];
  /**
   * Changes virtualServers() by hand, until the configuration or a check changes the same thing; for each change what
   * was in the way, undefined where it was made. onVirtualServers is not called: the caller waits for the tables.
   */
  changeByHand(changes: readonly HandChange[]): readonly (string | undefined)[];
  /** The one that takes traffic for `key`: itself, or a group that it is a member of. */
  find(key: VirtualServerKey): VirtualServerSpec | undefined;
}

export interface DirectorOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called when virtualServers() answers differently than before. */
  readonly onVirtualServers: () => void;
  readonly onEvent?: (event: DirectorEvent) => void;
}

interface CheckOwner extends DirectorCheck {
  readonly address: string;
}

export function createDirector(initial: Config, options: DirectorOptions): Director {
  const { clock, logger, onVirtualServers, onEvent } = options;
  let config = initial;
  let states = new Map(
    initial.virtualServers.map((server) => [virtualServerName(server), startVirtualServer(server)]),
  );
  /** Made when asked for: a thousand checks may speak before anyone does. */
  const specOfState = new WeakMap<VirtualServerState, VirtualServerSpec>();
  let owners = checkOwners(initial);
  const history = createHistory(clock.wallMs());
  /** There from the first change by hand on. */
  let tables: HandTables | undefined;

  function announce(events: readonly DirectorEvent[]): void {
    for (const event of events) {
      history.record(event, clock.wallMs());
      logger.notice(describeEvent(event));
      onEvent?.(event);
    }
  }

  function specs(): readonly VirtualServerSpec[] {
    return [...states.values()].map((state) => {
      const spec = specOfState.get(state) ?? toSpec(state);
      specOfState.set(state, spec);
      return spec;
    });
  }

  function followed(): void {
    if (tables !== undefined) tables = follow(tables, specs());
  }

  function virtualServers(): readonly VirtualServerSpec[] {
    return tables === undefined ? specs() : [...tables.services.values()];
  }

  return {
    virtualServers,
    checks: () =>
      [...owners.values()].map(({ key, realServer, virtualServer, check }) => ({
        key,
        realServer,
        virtualServer,
        check,
      })),
    checkChanged(key, healthy) {
      const owner = owners.get(key);
      const before = owner && states.get(owner.virtualServer);
      if (owner === undefined || before === undefined) return;
      const { state, events } = checkChanged(before, { realServer: owner.address, check: key }, healthy);
      states.set(owner.virtualServer, state);
      if (events.length === 0) return;
      followed();
      announce(events);
      onVirtualServers();
    },
    reload(wanted) {
      const changes = planReload(config, wanted);
      const before = JSON.stringify(virtualServers());
      const { next, events } = reloadAll(states, wanted);
      config = wanted;
      states = next;
      owners = checkOwners(wanted);
      followed();
      announce(events);
      if (JSON.stringify(virtualServers()) !== before) onVirtualServers();
      return changes;
    },
    snapshot: () => [...states.values()].map((state) => snapshotOf(state, history)),
    changeByHand(changes) {
      const changed = changeByHand(tables ?? startTables(specs()), changes);
      if (changed.results.includes(undefined)) tables = changed.tables;
      return changed.results;
    },
    find: (key) => findService(tables ?? startTables(specs()), key),
  };
}

function reloadAll(
  states: ReadonlyMap<string, VirtualServerState>,
  wanted: Config,
): { readonly next: Map<string, VirtualServerState>; readonly events: readonly DirectorEvent[] } {
  const next = new Map<string, VirtualServerState>();
  const events: DirectorEvent[] = [];
  for (const config of wanted.virtualServers) {
    const virtualServer = virtualServerName(config);
    const before = states.get(virtualServer);
    if (before === undefined) {
      next.set(virtualServer, startVirtualServer(config));
      events.push({ kind: 'virtual_server_added', virtualServer });
      continue;
    }
    const { state, events: own } = reloadVirtualServer(before, config);
    next.set(virtualServer, state);
    events.push(...own);
  }
  for (const virtualServer of states.keys()) {
    if (!next.has(virtualServer)) events.push({ kind: 'virtual_server_removed', virtualServer });
  }
  return { next, events };
}

function checkOwners({ virtualServers }: Config): Map<string, CheckOwner> {
  const owners = new Map<string, CheckOwner>();
  for (const virtualServer of virtualServers) {
    for (const realServer of virtualServer.realServers) {
      for (const { key, check } of realServerChecks(virtualServer, realServer)) {
        owners.set(key, {
          key,
          check,
          address: realServer.address,
          realServer: realServerName(realServer, virtualServer),
          virtualServer: virtualServerName(virtualServer),
        });
      }
    }
  }
  return owners;
}
