/**
 * How long a director takes to put a faulty real server out of its tables: one virtual server for every checker and
 * way to fail, all in one director; a round makes each fail at a moment of its own. What the daemon logs says when.
 */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock.ts';
import type { CheckConfig } from '../../src/config/model.ts';
import { parseConfig } from '../../src/daemon/grammar.ts';
import { pause, until } from '../../src/demo/pause.ts';
import { type Trial, trials } from './detection_trials.ts';
import { Director } from './director.ts';
import { FaultyNode } from './faulty_node.ts';
import type { Service } from './faulty_orders.ts';
import { keepalivedConf, type VirtualServerText } from './keepalived_conf.ts';
import { createLab, type Lab } from './lab.ts';
import { linesOf } from './log_times.ts';

const vip = '10.77.0.100';
const firstPort = 9_000;
const settleMs = 40_000;

/** From the fault on, in milliseconds. */
export interface Detection {
  readonly name: string;
  /** Until the real server was out of the table. */
  readonly tookMs: number;
  /** What the configuration promises, by where in the interval the fault comes. */
  readonly earliestMs: number;
  readonly latestMs: number;
  /** From the first attempt that failed, where the log tells of it: by the configuration exactly `retriesMs`. */
  readonly afterFirstMs?: number;
  readonly retriesMs: number;
  /** From the end of the fault until it was in the table again, and what is promised. */
  readonly backMs: number;
  readonly backLatestMs: number;
}

type Promised = Pick<Detection, 'earliestMs' | 'latestMs' | 'retriesMs' | 'backLatestMs'>;

/** Of one attempt that fails so. */
function attemptMs(check: CheckConfig, { slow }: Trial): number {
  if (!slow) return 0;
  return 'timeoutMs' in check ? check.timeoutMs : 'connectTimeoutMs' in check ? check.connectTimeoutMs : 0;
}

/** What docs/checks.md promises. A file is read when it changes: no interval. */
function promiseOf(check: CheckConfig, trial: Trial): Promised {
  const one = attemptMs(check, trial);
  const retriesMs = check.retry * (check.delayBeforeRetryMs + one);
  const interval = check.kind === 'FILE_CHECK' ? 0 : check.delayLoopMs;
  const urls = 'urls' in check ? check.urls.length : 0;
  return {
    retriesMs,
    earliestMs: one + retriesMs,
    latestMs: interval * (trial.turns ?? 1) + one + retriesMs,
    backLatestMs:
      one + Math.max(interval, check.kind === 'FILE_CHECK' ? 0 : check.delayBeforeRetryMs) + urls * interval,
  };
}

export class DetectionLab {
  readonly #lab: Lab;
  #nodes: readonly FaultyNode[] = [];
  #director: Director | undefined;
  #checks: readonly CheckConfig[] = [];

  private constructor(lab: Lab) {
    this.#lab = lab;
  }

  /** Every real server is in service when it resolves. */
  static async create(): Promise<DetectionLab> {
    const made = new DetectionLab(await createLab({ name: 'detect', realServers: 3, vips: [vip] }));
    try {
      await made.#start();
      return made;
    } catch (error) {
      await made.close();
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#lab.close();
  }

  get lab(): Lab {
    return this.#lab;
  }

  /** All of them fail and return, each at its own moment. */
  async round(): Promise<readonly Detection[]> {
    const outs = await Promise.all(
      trials.map(async (trial, at) => {
        await pause(Math.random() * 1_000);
        const { before, done } = await this.#inject(trial, at, true);
        const { wallMs, first } = await this.#logged('Removing', at, before);
        return { tookMs: wallMs - done, ...(first === undefined ? {} : { afterFirstMs: wallMs - first }) };
      }),
    );
    return Promise.all(
      trials.map(async (trial, at) => {
        const { before, done } = await this.#inject(trial, at, false);
        const { wallMs } = await this.#logged('Adding', at, before);
        const [out, check] = [outs[at], this.#checks[at]];
        assert.ok(out !== undefined && check !== undefined);
        return { name: trial.name, ...out, ...promiseOf(check, trial), backMs: wallMs - done };
      }),
    );
  }

  async #start(): Promise<void> {
    await this.#startServices();
    for (const [at, { service }] of trials.entries())
      if (service === undefined) writeFileSync(this.#fileOf(at), '0\n');
    const configuration = this.#configuration();
    const { config, diagnostics } = parseConfig(configuration, { file: 'detection' });
    assert.deepEqual(
      diagnostics.filter(({ severity }) => severity === 'error'),
      [],
    );
    this.#checks = config?.virtualServers.flatMap(({ realServers: [one] }) => one?.checks ?? []) ?? [];
    this.#director = await Director.start(this.#lab, configuration);
    await this.#director.untilStatus('all to be up', ({ virtual_servers: servers }) =>
      servers.every(({ destinations }) => destinations.every(({ up }) => up)),
    );
    await pause(1_000); // so that every check has passed once
  }

  /** One for each real server. */
  async #startServices(): Promise<void> {
    this.#nodes = this.#lab.realServers.map((node, number) => {
      const services: Service[] = trials.flatMap(({ service, host = 0 }, at) =>
        service === undefined || host !== number ? [] : [{ kind: service, port: firstPort + at }],
      );
      return new FaultyNode(this.#lab, node, services);
    });
    await Promise.all(this.#nodes.map((node) => node.start()));
  }

  #nodeOf({ host = 0 }: Trial): FaultyNode {
    return this.#nodes[host] ?? assert.fail(`there is no real server ${host}`);
  }

  #configuration(): string {
    const servers = trials.map(
      (trial, at): VirtualServerText => ({
        at: `${vip} ${firstPort + at}`,
        protocol: trial.protocol ?? 'TCP',
        lines: ['warmup 0'],
        pool: [
          {
            address: this.#nodeOf(trial).node.ipv4,
            check: 0,
            lines: trial.lines(this.#fileOf(at)),
          },
        ],
      }),
    );
    const tracked = trials.flatMap(({ name }, at) =>
      name.startsWith('FILE_CHECK')
        ? `track_file detected {\n file ${this.#fileOf(at)}\n init_file 0\n}\n`
        : [],
    );
    return tracked.join('') + keepalivedConf({ vips: [vip], global: ['checker_log_all_failures'], servers });
  }

  #fileOf(at: number): string {
    return join(this.#lab.directory, `trial-${at}`);
  }

  /** Wall clock, before and when it was done. */
  async #inject(trial: Trial, at: number, broken: boolean): Promise<{ before: number; done: number }> {
    const before = systemClock.wallMs();
    const { fault } = trial;
    const node = this.#nodeOf(trial);
    switch (fault) {
      case 'file':
        writeFileSync(this.#fileOf(at), broken ? '1\n' : '0\n');
        break;
      case 'no file':
        if (broken) rmSync(this.#fileOf(at));
        else writeFileSync(this.#fileOf(at), '0\n');
        break;
      case 'no echo':
        await node.ignoreEcho(broken);
        break;
      case 'no answer':
        await node.lose(this.#lab.director.ipv4, broken);
        break;
      default:
        await node.order({ port: firstPort + at, fault: broken ? fault : 'none' });
    }
    return { before, done: systemClock.wallMs() };
  }

  /** When the log says so for the first time after `afterMs`, and when it told of the first failed attempt. */
  #logged(verb: 'Removing' | 'Adding', at: number, afterMs: number) {
    const port = firstPort + at;
    return until(`${trials[at]?.name}: ${verb}`, { everyMs: 20, atMostMs: settleMs }, async () => {
      const lines = linesOf(this.#director?.log ?? '', port, afterMs);
      const found = lines.find(({ text }) => text.includes(`${verb} service`));
      if (found === undefined) return undefined;
      const first = lines.find(({ text }) => !/\bVS \[/.test(text));
      return { wallMs: found.wallMs, first: first?.wallMs };
    });
  }
}
