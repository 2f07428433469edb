/** Everything of a configuration that is tracked, watched; the values are kept by name for evaluateTracking. */
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Spawn } from '../base/script/program.ts';
import type { PrepareScript } from '../base/script/script.ts';
import type { TrackFileConfig, TrackProcessConfig, VrrpScriptConfig } from '../config/model.ts';
import type { Processes } from './processes.ts';
import type { ScriptState } from './script_rise_fall.ts';
import { TrackFile } from './track_file.ts';
import { TrackProcess } from './track_process.ts';
import { TrackScript } from './track_script.ts';
import type { Tracker } from './tracker.ts';
import type { TrackStatus, TrackValues } from './tracking.ts';

export interface TrackedConfig {
  readonly scripts: readonly VrrpScriptConfig[];
  readonly files: readonly TrackFileConfig[];
  readonly processes: readonly TrackProcessConfig[];
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

export class Trackers {
  readonly #scripts: readonly TrackScript[];
  readonly #files: readonly TrackFile[];
  readonly #processes: readonly TrackProcess[];

  /** `previous`: those of the configuration before a reload; scripts of the same name go on from their state. */
  constructor({ scripts, files, processes }: TrackedConfig, shell: TrackersShell, previous?: Trackers) {
    const states = previous?.scriptStates();
    this.#scripts = scripts.map((config) => {
      const state = states?.get(config.name);
      return new TrackScript(config, { ...shell, ...(state ? { previous: state } : {}) });
    });
    this.#files = files.map((config) => new TrackFile(config, shell));
    this.#processes = processes.map((config) => new TrackProcess(config, shell));
  }

  start(): void {
    for (const tracker of this.#all()) tracker.start();
  }

  /** Resolves when no script is left. */
  async stop(): Promise<void> {
    await Promise.all(this.#all().map((tracker) => tracker.stop()));
  }

  /** `interfaces`: who watches those knows them. */
  values(interfaces: TrackValues['interfaces']): TrackValues {
    return {
      scripts: byName<TrackStatus>(this.#scripts),
      files: byName(this.#files),
      processes: byName<TrackStatus>(this.#processes),
      interfaces,
    };
  }

  scriptStates(): ReadonlyMap<string, ScriptState> {
    return new Map(this.#scripts.map(({ name, state }) => [name, state]));
  }

  #all(): Tracker<unknown>[] {
    return [...this.#scripts, ...this.#files, ...this.#processes];
  }
}

function byName<Value>(trackers: readonly Tracker<Value>[]): ReadonlyMap<string, Value> {
  return new Map(trackers.map(({ name, value }) => [name, value]));
}
