/**
 * How long a director takes to put a faulty real server out of its tables: one virtual server for every checker and
 * way to fail, all in one director; a round makes each fail at a moment of its own. What the daemon logs says when.
 */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../src/base/clock.ts';
import type { CheckConfig } from '../../src/config/model.ts';
import { parseConfig } from '../../src/daemon/grammar.ts';
import { pause, until, within } from '../../src/demo/pause.ts';
import { type Trial, trials } from './detection_trials.ts';
import { Director } from './director.ts';
import type { Service, ServiceOrder } from './faulty_orders.ts';
import { keepalivedConf, type VirtualServerText } from './keepalived_conf.ts';
import { createLab, type Lab, type LabNode } from './lab.ts';

const vip = '10.77.0.100';
const firstPort = 9_000;
const settleMs = 20_000;

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
}

/** Of one attempt that fails so. */
function attemptMs(check: CheckConfig, { slow }: Trial): number {
  if (!slow) return 0;
  return 'timeoutMs' in check ? check.timeoutMs : 'connectTimeoutMs' in check ? check.connectTimeoutMs : 0;
}

/** What docs/checks.md promises. A file is read when it changes: no interval. */
function promiseOf(
  check: CheckConfig,
  trial: Trial,
): Pick<Detection, 'earliestMs' | 'latestMs' | 'retriesMs'> {
  const one = attemptMs(check, trial);
  const retriesMs = check.retry * (check.delayBeforeRetryMs + one);
  const interval = check.kind === 'FILE_CHECK' ? 0 : check.delayLoopMs;
  return {
    retriesMs,
    earliestMs: one + retriesMs,
    latestMs: interval * (trial.turns ?? 1) + one + retriesMs,
  };
}

export class DetectionLab {
  readonly #lab: Lab;
  readonly #services = new Map<LabNode, ChildProcess>();
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

  /** All of them fail and return, each at its own moment. */
  async round(): Promise<readonly Detection[]> {
    const detections = await Promise.all(
      trials.map(async (trial, at) => {
        await pause(Math.random() * 1_000);
        const { before, done } = await this.#inject(trial, at, true);
        const took = await this.#logged('Removing', at, before);
        const { first } = took;
        const check = this.#checks[at];
        assert.ok(check !== undefined);
        return {
          name: trial.name,
          tookMs: took.wallMs - done,
          ...promiseOf(check, trial),
          ...(first === undefined ? {} : { afterFirstMs: took.wallMs - first }),
        };
      }),
    );
    await Promise.all(
      trials.map(async (trial, at) => {
        const { before } = await this.#inject(trial, at, false);
        await this.#logged('Adding', at, before);
      }),
    );
    return detections;
  }

  async #start(): Promise<void> {
    await Promise.all(this.#lab.realServers.map((node) => this.#startServices(node)));
    // The kernel's limit on ICMP messages would make a closed port look like a silent one.
    for (const node of this.#lab.realServers)
      await this.#lab.run(node, ['sysctl', '-qw', 'net.ipv4.icmp_ratelimit=0']);
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

  async #startServices(node: LabNode): Promise<void> {
    const services: Service[] = trials.flatMap((trial, at) =>
      trial.service === undefined || this.#nodeOf(trial) !== node
        ? []
        : [{ kind: trial.service, port: firstPort + at }],
    );
    const file = fileURLToPath(new URL('./faulty_services.js', import.meta.url));
    const argv = [process.execPath, file, JSON.stringify(services)];
    const child = this.#lab.spawn(node, argv, { ipc: true, stdout: 'ignore', stderr: 'inherit' });
    child.setMaxListeners(0);
    this.#services.set(node, child);
    await within(`the services of ${node.name}`, 10_000, once(child, 'message'));
  }

  #nodeOf({ host = 0 }: Trial): LabNode {
    return this.#lab.realServers[host] ?? this.#lab.director;
  }

  #configuration(): string {
    const servers = trials.map(
      (trial, at): VirtualServerText => ({
        at: `${vip} ${firstPort + at}`,
        protocol: trial.protocol ?? 'TCP',
        lines: ['warmup 0'],
        pool: [
          {
            address: this.#nodeOf(trial).ipv4,
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
        await this.#lab.run(node, ['sysctl', '-qw', `net.ipv4.icmp_echo_ignore_all=${broken ? 1 : 0}`]);
        break;
      case 'no answer':
        // What it sends is lost; ARP goes on, so that nobody is told.
        await this.#lab.run(node, ['ip', 'route', broken ? 'add' : 'del', 'blackhole', '10.77.0.2']);
        break;
      default:
        await this.#order(node, { port: firstPort + at, fault: broken ? fault : 'none' });
    }
    return { before, done: systemClock.wallMs() };
  }

  #order(node: LabNode, order: ServiceOrder): Promise<void> {
    const child = this.#services.get(node);
    const { port, fault } = order;
    return within(
      `port ${port} to be ${fault}`,
      10_000,
      new Promise((resolve) => {
        const onMessage = (message: { readonly port?: number }) => {
          if (message.port !== port) return;
          child?.off('message', onMessage);
          resolve();
        };
        child?.on('message', onMessage);
        child?.send(order);
      }),
    );
  }

  /** When the log says so for the first time after `afterMs`, and when it told of the first failed attempt. */
  #logged(verb: 'Removing' | 'Adding', at: number, afterMs: number) {
    const port = firstPort + at;
    return until(`${trials[at]?.name}: ${verb}`, { everyMs: 20, atMostMs: settleMs }, async () => {
      const lines = (this.#director?.log ?? '').split('\n').flatMap((line) => {
        const wallMs = Date.parse(line.slice(0, line.indexOf(' ')));
        return wallMs >= afterMs && line.includes(`:${port}`) ? [{ wallMs, line }] : [];
      });
      const found = lines.find(({ line }) => line.includes(`${verb} service`));
      if (found === undefined) return undefined;
      const first = lines.find(({ line }) => !/\bVS \[/.test(line));
      return { wallMs: found.wallMs, first: first?.wallMs };
    });
  }
}
