/** Two directors on one segment with a client, each of them xlb or a real keepalived. */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fetchStatus } from '../../src/control/client.ts';
import type { Status, VrrpInstanceStatus } from '../../src/control/status.ts';
import { mainFile } from '../../src/demo/director.ts';
import { until, within } from '../../src/demo/pause.ts';
import { createLab, type Lab, type LabNode, type LabOptions } from './lab.ts';

export type Kind = 'xlb' | 'keepalived';
export type Side = 'a' | 'b';

/** Where no time is promised: a busy machine takes its own. */
const soonMs = 30_000;

export interface InstanceText {
  readonly name?: string;
  readonly vrid?: number;
  readonly priority?: number;
  readonly state?: 'MASTER' | 'BACKUP';
  readonly vips: readonly string[];
  /** Further lines of the block; version, advert_int and the like. */
  readonly lines?: readonly string[];
}

/** Blocks before the instances go first, as `before` has them. */
export function vrrpConf(instances: readonly InstanceText[], before: readonly string[] = []): string {
  return ['global_defs {', '    router_id test', '    script_user root', '}', ...before]
    .concat(instances.flatMap(instanceLines))
    .join('\n')
    .concat('\n');
}

function instanceLines(text: InstanceText): string[] {
  const { name = 'VI_1', vrid = 51, priority = 100, state = 'BACKUP', vips, lines = [] } = text;
  return [
    `vrrp_instance ${name} {`,
    `    state ${state}`,
    '    interface eth0',
    `    virtual_router_id ${vrid}`,
    `    priority ${priority}`,
    ...lines.map((line) => `    ${line}`),
    '    virtual_ipaddress {',
    ...vips.map((vip) => `        ${vip}`),
    '    }',
    '}',
  ];
}

interface SpeakerOptions {
  readonly node: LabNode;
  readonly directory: string;
  readonly argv: readonly string[];
}

/** A director that runs. */
export class Speaker {
  readonly node: LabNode;
  readonly directory: string;
  readonly #lab: Lab;
  readonly #child: ChildProcess;
  #log = '';

  constructor(lab: Lab, { node, directory, argv }: SpeakerOptions) {
    this.node = node;
    this.directory = directory;
    this.#lab = lab;
    this.#child = lab.spawn(node, argv);
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#log += text;
      });
  }

  get log(): string {
    return this.#log;
  }

  get pid(): number {
    return this.#child.pid ?? assert.fail('it was not started');
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async end(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill(signal);
    await within('the director to end', soonMs, ended);
  }

  /** Addresses of eth0 besides the machine's own. */
  async addresses(): Promise<string[]> {
    const { stdout } = await this.#lab.run(this.node, ['ip', '-j', 'address', 'show', 'dev', 'eth0']);
    const [link] = JSON.parse(stdout) as [{ addr_info: { local: string; scope: string }[] }];
    const own = [this.node.ipv4, this.node.ipv6];
    return link.addr_info
      .filter(({ local, scope }) => scope === 'global' && !own.includes(local))
      .map(({ local }) => local);
  }

  /** Of xlb. */
  status(): Promise<Status> {
    return fetchStatus(join(this.directory, 'xlb.sock'));
  }

  async instances(): Promise<readonly VrrpInstanceStatus[]> {
    return (await this.status()).vrrp_instances;
  }

  /** Of xlb: that it answers, and the status is as wanted. */
  async untilStatus(what: string, wanted: (status: Status) => boolean): Promise<void> {
    await until(what, { everyMs: 50, atMostMs: soonMs }, () =>
      this.status().then(
        (status) => wanted(status) || undefined,
        () => undefined,
      ),
    );
  }
}

interface StartOptions {
  readonly kind: Kind;
  readonly side: Side;
  readonly directory: string;
  readonly configuration: string;
}

export class VrrpLab {
  readonly lab: Lab;
  readonly nodes: Readonly<Record<Side, LabNode>>;
  #started = 0;

  static async create(name: string, options: Omit<LabOptions, 'name'> = {}): Promise<VrrpLab> {
    const lab = await createLab({ realServers: 0, ...options, name });
    try {
      return new VrrpLab(lab, { a: lab.director, b: await lab.add('second', { host: 3, xdp: true }) });
    } catch (error) {
      await lab.close();
      throw error;
    }
  }

  private constructor(lab: Lab, nodes: VrrpLab['nodes']) {
    this.lab = lab;
    this.nodes = nodes;
  }

  start(kind: Kind, side: Side, configuration: string): Speaker {
    const directory = join(this.lab.directory, `${side}${++this.#started}`);
    mkdirSync(directory);
    return this.#start({ kind, side, directory, configuration });
  }

  /** xlb in the same place as one before: what that left is found. */
  again(side: Side, { directory }: Speaker, configuration: string): Speaker {
    return this.#start({ kind: 'xlb', side, directory, configuration });
  }

  /** Until exactly these hold the address. */
  async untilHeld(vip: string, by: readonly Speaker[], others: readonly Speaker[] = []): Promise<void> {
    const all = [...by, ...others];
    try {
      await until(`${vip} to be where it should`, { everyMs: 20, atMostMs: soonMs }, async () => {
        const held = await Promise.all(all.map((one) => one.addresses()));
        const right = held.every((addresses, at) => addresses.includes(vip) === at < by.length);
        return right || undefined;
      });
    } catch (error) {
      const logs = all.map((one) => `--- ${one.node.name}\n${one.log.slice(-2_000)}`);
      throw new Error(`${String(error)}\n${logs.join('\n')}`);
    }
  }

  /** The switch port of a side: its carrier. */
  async carrier(side: Side, up: boolean): Promise<void> {
    const port = this.nodes[side].name;
    await this.lab.run(this.lab.bridge, ['ip', 'link', 'set', port, up ? 'up' : 'down']);
  }

  async close(): Promise<void> {
    await this.lab.close();
    rmSync(join('/sys/fs/bpf/xlb', this.#second), { recursive: true, force: true });
  }

  /** Another name of the same kind: a later lab knows it as what a killed one left. */
  get #second(): string {
    return this.lab.instance.replace(/^[a-z]+/, '$&b');
  }

  #start({ kind, side, directory, configuration }: StartOptions): Speaker {
    const file = join(directory, 'test.conf');
    writeFileSync(file, configuration, { mode: 0o600 });
    const instance = side === 'a' ? this.lab.instance : this.#second;
    const pidFiles = ['-p', '-r', '-c', '-b'].flatMap((flag) => [flag, join(directory, `pid${flag}`)]);
    const argv =
      kind === 'xlb'
        ? [process.execPath, mainFile, 'run', '--instance', instance, '--run-dir', directory, '-f', file]
        : ['keepalived', '-n', '-l', '-D', '-f', file, ...pidFiles];
    return new Speaker(this.lab, { node: this.nodes[side], directory, argv });
  }
}
