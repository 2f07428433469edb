/** One reload, from the file to the outcome; and what it would be, without doing it. */
import { rmSync, writeFileSync } from 'node:fs';
import type { Link } from '../../addon/addon.ts';
import type { Clock } from '../../base/clock.ts';
import { reasonOf } from '../../base/errors.ts';
import type { LogFormat, Logger } from '../../base/log.ts';
import { render } from '../../config/diagnostic.ts';
import type { Config } from '../../config/model.ts';
import type { PlanAnswer, ReloadOutcome } from '../../control/reload.ts';
import type { ConfigurationReader } from '../configuration.ts';
import type { EventOutlets } from '../event_outlets.ts';
import { describePlan } from '../plan/reload_plan.ts';
import type { Running } from '../running.ts';
import type { ServiceManager } from '../service_manager.ts';
import type { Web } from '../web.ts';
import type { ReloadTimer } from './reload_timer.ts';
import { type Examined, SettledReader } from './settled_reader.ts';

export interface ReloadShell {
  readonly clock: Clock;
  readonly log: Logger;
  readonly configuration: ConfigurationReader;
  readonly serviceManager: Pick<ServiceManager, 'reloading' | 'ready' | 'say'>;
  readonly setLogFormat: (format: LogFormat) => void;
  readonly links: () => readonly Link[];
  readonly running: Pick<Running, 'reload' | 'reloadFailed' | 'plan' | 'summary'>;
  readonly outlets: Pick<EventOutlets, 'configure'>;
  readonly http: Pick<Web, 'listen'>;
  readonly timer: Pick<ReloadTimer, 'configure'>;
}

export class Reload {
  readonly #shell: ReloadShell;
  readonly #file: string;
  readonly #reader: SettledReader;
  #marker: string | undefined;

  /** `marker`: reload_file. */
  constructor(file: string, shell: ReloadShell, marker?: string) {
    this.#file = file;
    this.#marker = marker;
    this.#shell = shell;
    this.#reader = new SettledReader(shell.configuration.load, shell);
  }

  /** Changes nothing where the file or the host is at fault. Never throws. */
  async run(): Promise<ReloadOutcome> {
    const { clock, configuration, log, running, serviceManager } = this.#shell;
    const file = this.#file;
    log.notice(`Reloading ${file}`);
    serviceManager.reloading();
    try {
      const { config, diagnostics } = await this.#marked(() => this.#read(file, this.#reader));
      configuration.show(diagnostics);
      const beganMs = clock.nowMs();
      if (config !== undefined) return await this.#apply(config, beganMs);
      running.reloadFailed();
      log.error(`Reload of ${file} refused: nothing was changed`);
      return { outcome: 'refused', file, diagnostics: diagnostics.map(render) };
    } catch (error) {
      running.reloadFailed();
      log.error(`Reload of ${file} failed: ${reasonOf(error)}`);
      return { outcome: 'failed', file, reason: reasonOf(error) };
    } finally {
      serviceManager.say(running.summary);
      serviceManager.ready();
    }
  }

  /** What a reload would do if `file` were the configuration. */
  async plan(file: string): Promise<PlanAnswer> {
    // With a reader of its own: what it includes is no concern of the next reload.
    const reader = new SettledReader(this.#shell.configuration.load, this.#shell);
    const { config, diagnostics } = await this.#read(file, reader);
    const steps = config === undefined ? {} : { steps: describePlan(this.#shell.running.plan(config)) };
    return { file, diagnostics: diagnostics.map(render), ...steps };
  }

  async #apply(config: Config, beganMs: number): Promise<ReloadOutcome> {
    const { clock, http, outlets, running, setLogFormat, timer } = this.#shell;
    setLogFormat(config.global.logFormat);
    const done = await running.reload(config);
    if (done === undefined) return { outcome: 'stopping' };
    await http.listen(config.global);
    await outlets.configure(config.global.events);
    this.#marker = config.global.reload?.marker;
    timer.configure(config.global.reload);
    return {
      outcome: 'reloaded',
      file: this.#file,
      steps: describePlan(done.plan),
      problems: done.problems,
      milliseconds: Math.round(clock.nowMs() - beganMs),
    };
  }

  /** reload_file: whoever writes the configuration sees by it that it is being read. */
  async #marked<Result>(action: () => Promise<Result>): Promise<Result> {
    const marker = this.#marker;
    if (marker === undefined) return action();
    try {
      writeFileSync(marker, '');
    } catch (error) {
      this.#shell.log.warn(`Cannot write reload_file ${marker}: ${reasonOf(error)}`);
    }
    return action().finally(() => rmSync(marker, { force: true }));
  }

  /** Without a configuration where the host lacks what it names. */
  async #read(file: string, reader: SettledReader): Promise<Examined> {
    const { configuration, links } = this.#shell;
    const { config, diagnostics } = await reader.read(file);
    if (config === undefined) return { diagnostics };
    const missing = configuration.missingOnHost(config, links());
    const fits = missing.every(({ severity }) => severity !== 'error');
    return { ...(fits ? { config } : {}), diagnostics: [...diagnostics, ...missing] };
  }
}
