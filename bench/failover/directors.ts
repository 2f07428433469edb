/** Two directors on one segment, each of them xlb or keepalived, what is done to them, and who answers. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mainFile } from '../../src/demo/director.ts';
import { createLab, type Lab, type LabNode } from '../../src/demo/lab.ts';
import { pause, until, within } from '../../src/demo/pause.ts';
import { type Answer, now, type Outage, outageOf } from './outage.ts';

export type Kind = 'xlb' | 'keepalived';
export type Side = 'a' | 'b';

export const vip = '10.77.0.100';
const startsWithinMs = 20_000;
/** After what was waited for: late echoes of it. */
const afterMs = 300;
const priorities = { a: 150, b: 100 } as const;

/** What is done to the master, and undone. */
export type Trouble = 'crash' | 'kill -9' | 'SIGTERM' | 'step-down';

/** Pure: the same file for both. `flag`: the priority is lowered as long as this file is there. */
export function configuration(side: Side, advertSeconds: number, flag: string): string {
  return `global_defs {
    router_id bench_${side}
    vrrp_version 3
    script_user root
}

vrrp_script steps_down {
    script "/usr/bin/test ! -e ${flag}"
    interval 1
    weight -60
    fall 1
    rise 1
}

vrrp_instance bench {
    state ${side === 'a' ? 'MASTER' : 'BACKUP'}
    interface eth0
    virtual_router_id 51
    priority ${priorities[side]}
    advert_int ${advertSeconds}
    virtual_ipaddress {
        ${vip}
    }
    track_script {
        steps_down
    }
}
`;
}

export class Directors {
  readonly #lab: Lab;
  readonly #nodes: Readonly<Record<Side, LabNode>>;
  readonly #kinds: Readonly<Record<Side, Kind>>;
  readonly #echoes = new Set<number>();
  readonly #running = new Map<Side, ChildProcess>();
  #answers: Answer[] = [];

  static async start(kinds: Readonly<Record<Side, Kind>>, advertSeconds: number): Promise<Directors> {
    const lab = await createLab({ realServers: 0, name: 'bench' });
    try {
      const second = await lab.add('second', { host: 3, xdp: true });
      const directors = new Directors(lab, { a: lab.director, b: second }, kinds);
      await directors.#begin(advertSeconds);
      return directors;
    } catch (error) {
      await lab.close();
      throw error;
    }
  }

  private constructor(lab: Lab, nodes: Readonly<Record<Side, LabNode>>, kinds: Readonly<Record<Side, Kind>>) {
    this.#lab = lab;
    this.#nodes = nodes;
    this.#kinds = kinds;
  }

  /** Does it to the master, and waits for the backup to answer; then undoes it, and waits for the master. */
  async suffer(trouble: Trouble): Promise<{ readonly gone: Outage; readonly back: Outage }> {
    const goneAt = now();
    await this.#do(trouble);
    const gone = await this.#answered('b', goneAt);
    await this.#clean(trouble);
    const backAt = now();
    await this.#undo(trouble);
    return { gone, back: await this.#answered('a', backAt) };
  }

  async close(): Promise<void> {
    await this.#lab.close();
    rmSync(join('/sys/fs/bpf/xlb', this.#second), { recursive: true, force: true });
  }

  async #begin(advertSeconds: number): Promise<void> {
    for (const side of ['a', 'b'] as const) {
      mkdirSync(this.#directory(side));
      writeFileSync(
        join(this.#directory(side), 'bench.conf'),
        configuration(side, advertSeconds, this.#flag(side)),
        {
          mode: 0o600,
        },
      );
      const { pid } = await this.#child(this.#nodes[side], ['echo', side]);
      if (pid !== undefined) this.#echoes.add(pid);
    }
    const meter = await this.#child(this.#lab.client, ['probe', vip]);
    meter.on('message', (answers: Answer[]) => {
      this.#answers.push(...answers);
    });
    const began = now();
    this.#startDirector('a');
    await this.#answered('a', began);
    this.#startDirector('b');
    await pause(Math.max(2_000, 4_000 * advertSeconds)); // it has settled as a backup
  }

  async #child(node: LabNode, argv: readonly string[]): Promise<ChildProcess> {
    const file = fileURLToPath(new URL('./meter_child.js', import.meta.url));
    // Before all directors: what is late then is not the meter.
    const command = ['chrt', '-f', '10', process.execPath, file, ...argv];
    const child = this.#lab.spawn(node, command, { stdout: 'inherit', stderr: 'inherit', ipc: true });
    await within('the meter', startsWithinMs, once(child, 'message'));
    return child;
  }

  #startDirector(side: Side): void {
    const directory = this.#directory(side);
    const file = join(directory, 'bench.conf');
    const instance = side === 'a' ? this.#lab.instance : this.#second;
    const pids = this.#pidFiles(side).flatMap((path) => [path.slice(-2), path]);
    const argv = {
      xlb: [process.execPath, mainFile, 'run', '--instance', instance, '--run-dir', directory, '-f', file],
      keepalived: ['keepalived', '-n', '-l', '-D', '-f', file, ...pids],
    }[this.#kinds[side]];
    const child = this.#lab.spawn(this.#nodes[side], argv, { stdout: 'ignore', stderr: 'ignore' });
    this.#running.set(side, child);
  }

  /** Both the first answer, and what came within a while after it. */
  async #answered(who: Side, atMs: number): Promise<Outage> {
    const what = `${this.#kinds[who]} (${who === 'a' ? 'the master' : 'the backup'}) to answer`;
    const found = () => outageOf(this.#answers, { atMs, who });
    await until(what, { everyMs: 20, atMostMs: startsWithinMs }, async () => found());
    await pause(afterMs);
    const outage = found();
    this.#answers = this.#answers.slice(-1);
    if (outage === undefined) throw new Error('the answers are gone');
    return outage;
  }

  async #do(trouble: Trouble): Promise<void> {
    switch (trouble) {
      case 'crash':
        return await this.#kill(() => this.#port('down'));
      case 'kill -9':
        return await this.#kill();
      case 'SIGTERM':
        this.#running.get('a')?.kill('SIGTERM');
        return;
      case 'step-down':
        return writeFileSync(this.#flag('a'), '');
    }
  }

  async #undo(trouble: Trouble): Promise<void> {
    if (trouble === 'step-down') return rmSync(this.#flag('a'));
    this.#startDirector('a');
  }

  /** As a machine is that starts again: without the address, and on the network. */
  async #clean(trouble: Trouble): Promise<void> {
    if (trouble === 'SIGTERM')
      await until(
        'the master to end',
        { everyMs: 20, atMostMs: 10_000 },
        async () => this.#ended() || undefined,
      );
    // keepalived takes a process that ended but was not waited for yet as one that still runs.
    else if (trouble !== 'step-down') for (const file of this.#pidFiles('a')) rmSync(file, { force: true });
    if (trouble !== 'crash') return;
    const remove = ['ip', 'address', 'del', `${vip}/32`, 'dev', 'eth0'];
    await this.#lab.run(this.#nodes.a, remove, { mayFail: true });
    await this.#port('up');
  }

  #ended(): boolean {
    const child = this.#running.get('a');
    return child === undefined || child.exitCode !== null || child.signalCode !== null;
  }

  /** All its processes, frozen first, so that none sees another one die and says goodbye. */
  async #kill(meanwhile: () => Promise<void> = async () => undefined): Promise<void> {
    const all = this.#processes('a');
    for (const pid of all) signal(pid, 'SIGSTOP');
    await meanwhile();
    for (const pid of all) signal(pid, 'SIGKILL');
    await until('the master to end', { everyMs: 5, atMostMs: 5_000 }, async () => this.#ended() || undefined);
  }

  async #port(state: 'up' | 'down'): Promise<void> {
    await this.#lab.run(this.#lab.bridge, ['ip', 'link', 'set', this.#nodes.a.name, state]);
  }

  #processes(side: Side): readonly number[] {
    const wanted = statSync(`/run/netns/${this.#nodes[side].namespace}`).ino;
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && !this.#echoes.has(Number(name)))
      .filter((pid) => namespaceOf(pid) === wanted)
      .map(Number);
  }

  #directory(side: Side): string {
    return join(this.#lab.directory, side);
  }

  #pidFiles(side: Side): readonly string[] {
    return ['-p', '-r', '-c', '-b'].map((flag) => join(this.#directory(side), `pid${flag}`));
  }

  #flag(side: Side): string {
    return join(this.#directory(side), 'step-down');
  }

  /** Another name of the same kind: a later lab knows it as what a killed one left. */
  get #second(): string {
    return this.#lab.instance.replace(/^[a-z]+/, '$&b');
  }
}

/** Undefined where it has ended, or is not ours to look at. */
function namespaceOf(pid: string): number | undefined {
  try {
    return statSync(`/proc/${pid}/ns/net`).ino;
  } catch {
    return undefined;
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // it has ended meanwhile
  }
}
