/**
 * All checks of the director. Identical ones of many real servers are one: it runs once and tells all of them. A reload
 * keeps what was learnt: of a check that stays, and for an owner whose check gets other times.
 */
import type { VipIgnored } from '../addon/vip_prober.ts';
import type { Spawn } from '../base/script/program.ts';
import type { CheckConfig, LocalCheckConfig, NetworkCheckConfig } from '../config/model.ts';
import type { Attempts, LocalChecker, LocalShell } from './checker.ts';
import { DueTimes } from './due_times.ts';
import { CheckLatencies, type CheckLatency } from './latencies.ts';
import { localCheckers } from './local_registry.ts';
import { type CheckTarget, identityOf, Owner } from './owner.ts';
import type { CheckPool } from './pool.ts';
import type { CheckHistory } from './result_ring.ts';
import { CheckRunner, type CheckRunnerOptions, type CheckState, type SharedCheck } from './runner.ts';
import { NONE_IGNORED } from './vip/ignored.ts';

export interface CheckServiceOptions extends Omit<CheckRunnerOptions, 'open' | 'dueTimes'> {
  /** Handed over: stop() closes it. */
  readonly pool: CheckPool;
  /** Starts scripts. */
  readonly spawn: Spawn;
  /** Of bfd_instance. */
  readonly sessions: LocalShell['sessions'];
}

export interface CheckCounts {
  readonly latencies: readonly CheckLatency[];
  readonly restarts: number;
  readonly ignored: VipIgnored;
}

export interface CheckService {
  /** The checks that shall run, complete. Those that run already keep what they know; keys must be unique. */
  set(targets: readonly CheckTarget[]): void;
  /** In the order of the last set(). */
  states(): CheckState[];
  /** The last results of the check under this key, `most` or all that are kept. */
  history(key: string, most?: number): CheckHistory | undefined;
  /** How long attempts have taken, how often the threads that make them were started again, what probes ignored. */
  counts(): CheckCounts;
  /** No callback comes after it was called; resolves when the threads and all scripts have ended. */
  stop(): Promise<void>;
}

interface Place {
  readonly owner: Owner;
  readonly identity: string;
  readonly runner?: CheckRunner;
}

type Owned = Required<Place>;

export function createCheckService({ pool, sessions, spawn, ...options }: CheckServiceOptions): CheckService {
  /** By their identity. */
  const runners = new Map<string, CheckRunner>();
  /** By the owners' keys, in the order of the last set(). */
  let owned = new Map<string, Owned>();
  const { clock, logger } = options;
  const latencies = new CheckLatencies();
  const pooled: Attempts<NetworkCheckConfig> = { run: (check) => pool.run(check), close: async () => {} };
  const runnerOptions: CheckRunnerOptions = {
    ...options,
    dueTimes: new DueTimes(clock),
    onResult: (kind, result) => latencies.add(kind, result),
    // Each gets checks of the kind that it was opened for.
    open: (check, wake) => {
      if (!isLocal(check)) return pooled as Attempts<CheckConfig>;
      const checker = localCheckers[check.kind] as LocalChecker<LocalCheckConfig>;
      return checker.open(check, { clock, logger, sessions, spawn, wake }) as Attempts<CheckConfig>;
    },
  };

  /** The owner of this key, as it is or new. */
  function ownerOf(target: CheckTarget): Owner {
    const known = owned.get(target.key)?.owner;
    known?.update(target);
    if (known !== undefined) return known;
    logger.info(`Activating healthchecker for service ${target.realServer} for VS ${target.virtualServer}`);
    return new Owner(target, clock.wallMs());
  }

  /** Who runs `shared` from now on: who did before, one whose owners all want other times now, or a new one. */
  function runnerOf(
    identity: string,
    shared: SharedCheck,
    wanted: ReadonlyMap<string, unknown>,
  ): CheckRunner {
    const before = shared.owners.flatMap(({ target }) => owned.get(target.key) ?? [])[0];
    const same =
      runners.get(identity) ?? (before && !wanted.has(before.identity) ? claim(before) : undefined);
    same?.update(shared);
    return same ?? new CheckRunner(shared, runnerOptions, before?.runner);
  }

  /** Only one can have it. */
  function claim({ identity, runner }: Owned): CheckRunner | undefined {
    return runners.delete(identity) ? runner : undefined;
  }

  return {
    set(targets) {
      const { places, touched } = placesOf(targets, { owned, ownerOf });
      const wanted = new Map<string, { check: CheckConfig; owners: Owner[] }>();
      for (const { owner, identity } of places) {
        if (!touched.has(identity)) continue;
        const shared = wanted.get(identity) ?? { check: owner.target.check, owners: [] };
        shared.owners.push(owner);
        wanted.set(identity, shared);
      }
      const next = new Map<string, CheckRunner>();
      for (const [identity, shared] of wanted) next.set(identity, runnerOf(identity, shared, wanted));
      for (const identity of touched) {
        const runner = runners.get(identity);
        if (runner && next.get(identity) !== runner) void runner.stop();
        runners.delete(identity);
      }
      for (const [identity, runner] of next) runners.set(identity, runner);
      owned = new Map();
      for (const { owner, identity, runner: before } of places) {
        const runner = next.get(identity) ?? before;
        if (runner) owned.set(owner.target.key, { owner, identity, runner });
      }
      for (const runner of next.values()) runner.tellOwners();
    },
    states: () => [...owned.values()].map(({ owner, runner }) => runner.stateFor(owner)),
    history: (key, most) => owned.get(key)?.runner.history(most),
    counts: () => countsOf(latencies, pool),
    async stop() {
      const ended = [...runners.values()].map((runner) => runner.stop());
      runners.clear();
      owned.clear();
      await Promise.all([...ended, pool.close()]);
    },
  };
}

function countsOf(latencies: CheckLatencies, { ignored, restarts }: CheckPool): CheckCounts {
  return { latencies: latencies.all(), restarts: restarts ?? 0, ignored: ignored ?? NONE_IGNORED };
}

/** Who wants which check, and the checks that begin, end, or get other owners: most are as they were. */
function placesOf(
  targets: readonly CheckTarget[],
  { owned, ownerOf }: { owned: ReadonlyMap<string, Owned>; ownerOf: (target: CheckTarget) => Owner },
): { readonly places: readonly Place[]; readonly touched: ReadonlySet<string> } {
  const touched = new Set<string>();
  const keys = new Set<string>();
  const places = targets.map((target) => {
    const known = owned.get(target.key);
    keys.add(target.key);
    if (known !== undefined && known.owner.target.check === target.check) return known;
    if (known !== undefined) touched.add(known.identity);
    const place = { owner: ownerOf(target), identity: identityOf(target.check) };
    touched.add(place.identity);
    return place;
  });
  for (const [key, { identity }] of owned) if (!keys.has(key)) touched.add(identity);
  return { places, touched };
}

function isLocal(check: CheckConfig): check is LocalCheckConfig {
  return check.kind in localCheckers;
}
