/** Everything of a configuration that is tracked, watched; the values are kept by name for evaluateTracking. */
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { areSameSettings } from '../base/same_settings.ts';
import type { Spawn } from '../base/script/program.ts';
import type { PrepareScript } from '../base/script/script.ts';
import type { Config, TrackFileConfig, TrackProcessConfig, VrrpScriptConfig } from '../config/model.ts';
import { needsWords } from './process_match.ts';
import type { Processes } from './processes.ts';
import { sharedProcesses } from './shared_processes.ts';
import { TrackFile } from './track_file.ts';
import { TrackProcess } from './track_process.ts';
import { TrackScript } from './track_script.ts';
import type { Tracker } from './tracker.ts';
import type { TrackStatus, TrackValues } from './tracking.ts';

export interface TrackedConfig {
  readonly scripts: readonly VrrpScriptConfig[];
  readonly files: readonly TrackFileConfig[];
  readonly processes: readonly TrackProcessConfig[];
  /** enable_script_security. */
  readonly security: boolean;
}

export interface TrackersShell {
  readonly clock: Clock;
  readonly log: Logger;
  readonly spawn: Spawn;
  readonly prepare: PrepareScript;
  readonly processes: Processes;
  /** Some value is another. */
  readonly onChange: () => void;
}

/** The first runs of scripts of equal interval are spread over it, but not over more than this. */
const LONGEST_SPREAD_MS = 1_000;

export class Trackers {
  readonly #config: TrackedConfig;
  readonly #scripts: readonly TrackScript[];
  readonly #files: readonly TrackFile[];
  readonly #processes: readonly TrackProcess[];
  /** Of the configuration before: those that are not here any more, by kind and name, while they end. */
  readonly #ending: ReadonlyMap<string, Promise<void>>;
  readonly #kept: ReadonlySet<Tracker<unknown>>;

  /**
   * `previous`: those of the configuration before a reload, which are not to be used any more. What is the same goes
   * on undisturbed; a changed script goes on from its state, when what ran of it has ended.
   */
  constructor(config: TrackedConfig, shell: TrackersShell, previous?: Trackers) {
    const { scripts, files, processes, security } = config;
    this.#config = config;
    const kept = new Set<Tracker<unknown>>();
    const keep = <T extends Tracker<unknown>>(one: T | undefined): T | undefined => {
      if (one !== undefined) kept.add(one);
      return one;
    };
    this.#scripts = scripts.map((script) => {
      const state = previous?.script(script.name)?.state;
      const same = security === previous?.security ? previous.sameScript(script) : undefined;
      return keep(same) ?? new TrackScript(script, { ...shell, ...(state ? { previous: state } : {}) });
    });
    this.#files = files.map((file) => keep(previous?.sameFile(file)) ?? new TrackFile(file, shell));
    const shared = sharedProcesses(shell.processes, shell.clock, { withWords: processes.some(needsWords) });
    this.#processes = processes.map(
      (process) =>
        keep(previous?.sameProcess(process)) ?? new TrackProcess(process, { ...shell, processes: shared }),
    );
    this.#kept = kept;
    this.#ending = previous?.end(kept) ?? new Map();
  }

  get security(): boolean {
    return this.#config.security;
  }

  start(): void {
    for (const one of [...this.#files, ...this.#processes]) if (!this.#kept.has(one)) one.start();
    const delays = firstRuns(this.#config.scripts);
    for (const [index, script] of this.#scripts.entries()) {
      if (this.#kept.has(script)) continue;
      const after = this.#ending.get(`script ${script.name}`);
      script.start({ delayMs: delays[index] ?? 0, ...(after === undefined ? {} : { after }) });
    }
  }

  /** Resolves when no script is left. */
  async stop(): Promise<void> {
    await Promise.all([...this.end(new Set()).values()]);
  }

  values(): Pick<TrackValues, 'scripts' | 'files' | 'processes'> {
    return {
      scripts: byName<TrackStatus>(this.#scripts),
      files: byName(this.#files),
      processes: byName<TrackStatus>(this.#processes),
    };
  }

  script(name: string): TrackScript | undefined {
    return this.#scripts.find((one) => one.name === name);
  }

  /** One that could not run is looked at again: it may be mended. */
  sameScript(config: VrrpScriptConfig): TrackScript | undefined {
    const index = this.#config.scripts.findIndex((one) => areSameSettings(one, config));
    const script = this.#scripts[index];
    return script?.value === 'disabled' ? undefined : script;
  }

  sameFile(config: TrackFileConfig): TrackFile | undefined {
    return this.#files[this.#config.files.findIndex((one) => areSameSettings(one, config))];
  }

  sameProcess(config: TrackProcessConfig): TrackProcess | undefined {
    return this.#processes[this.#config.processes.findIndex((one) => areSameSettings(one, config))];
  }

  /** All but `kept`; by kind and name, also those of configurations before that still end. */
  end(kept: ReadonlySet<Tracker<unknown>>): Map<string, Promise<void>> {
    const ending = new Map(this.#ending);
    for (const [kind, list] of [
      ['script', this.#scripts],
      ['file', this.#files],
      ['process', this.#processes],
    ] as const)
      for (const one of list) {
        if (kept.has(one)) continue;
        const key = `${kind} ${one.name}`;
        const earlier = ending.get(key);
        const end = one.stop();
        ending.set(key, earlier === undefined ? end : Promise.all([earlier, end]).then(() => undefined));
      }
    return ending;
  }
}

/** When each is run first: those of equal interval one after another. */
function firstRuns(scripts: readonly VrrpScriptConfig[]): number[] {
  const before = new Map<number, number>();
  return scripts.map(({ intervalMs }) => {
    const index = before.get(intervalMs) ?? 0;
    before.set(intervalMs, index + 1);
    const together = scripts.filter((one) => one.intervalMs === intervalMs).length;
    return Math.floor((index * Math.min(intervalMs, LONGEST_SPREAD_MS)) / together);
  });
}

function byName<Value>(trackers: readonly Tracker<Value>[]): ReadonlyMap<string, Value> {
  return new Map(trackers.map(({ name, value }) => [name, value]));
}

/** What of a configuration is tracked. */
export function trackedOf(
  config: Pick<Config, 'vrrpScripts' | 'trackFiles' | 'trackProcesses'> & {
    readonly global: Pick<Config['global']['vrrp'], 'scriptSecurity'>;
  },
): TrackedConfig {
  const { global, trackFiles: files, trackProcesses: processes, vrrpScripts: scripts } = config;
  return { scripts, files, processes, security: global.scriptSecurity };
}
