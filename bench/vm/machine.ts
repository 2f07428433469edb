/** A VM with a kernel of Debian: an image of this build, booted under qemu, and what its job wrote. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { accessSync, constants, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pause } from '../../src/demo/pause.ts';
import { type Nic, nicArguments, segmentFor } from './nic.ts';

const sources = fileURLToPath(new URL('../../../', import.meta.url));

/** As packaging/vm_kernel fetches them: the oldest that xlb supports, and the newest that Debian has. */
export type Kernel = 'vm' | 'vm_new';

const fetched = (kernel: Kernel) => join(sources, 'build', kernel);

/** False where the kernel is there, else what is missing. */
export function fetchedKernel(kernel: Kernel = 'vm'): string | false {
  return existsSync(join(fetched(kernel), 'release'))
    ? false
    : `build/${kernel} (packaging/setup --tests, on Debian for amd64)`;
}

/**
 * 'counted': one emulated processor whose clock goes on by a nanosecond an instruction. Run times in the guest are
 * counts of instructions then, the same on every machine.
 */
export type Accelerator = 'kvm' | 'tcg' | 'counted';

const minutes = 60_000;

/** What the console says of a VM that works, and by when. An emulated processor takes minutes. */
interface Sign {
  readonly text: string;
  readonly withinMs: number;
}
const up = (withinMs: number): Sign => ({ text: 'xlb-vm: up', withinMs });
const limits: Readonly<Record<Accelerator, { readonly signs: readonly Sign[]; readonly all: number }>> = {
  kvm: { signs: [{ text: 'Linux version', withinMs: 5_000 }, up(15_000)], all: 2 * minutes },
  tcg: { signs: [up(90_000)], all: 7 * minutes },
  counted: { signs: [up(4 * minutes)], all: 10 * minutes },
};

/** The first that is not there in time. */
export function missingSign(accelerator: Accelerator, console: string, ms: number): Sign | undefined {
  return limits[accelerator].signs.find(({ text, withinMs }) => ms > withinMs && !console.includes(text));
}

/** KVM may be there and not work: a machine that is itself a VM. Not tried again. */
const silentHere = new Set<Accelerator>();

const accelerations: Readonly<Record<Accelerator, readonly string[]>> = {
  kvm: ['-accel', 'kvm', '-cpu', 'host', '-smp', '2'],
  // Five-level page tables are emulated, but kernels of 2026 do not come up with them.
  tcg: ['-accel', 'tcg,thread=multi', '-cpu', 'max,la57=off', '-smp', '2'],
  counted: ['-accel', 'tcg', '-icount', 'shift=0,sleep=off', '-cpu', 'max', '-smp', '1'],
};

/** The fastest first. */
export function accelerators(): readonly Accelerator[] {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
    return (['kvm', 'tcg'] as const).filter((one) => !silentHere.has(one));
  } catch {
    return ['tcg'];
  }
}

/** A compiled file that runs in the VM: it writes one line of JSON to its first argument; `words` follow. */
export interface Job {
  readonly file: string;
  readonly words?: readonly (string | number)[];
  /** 'vm' by default. */
  readonly kernel?: Kernel;
  /** virtio-net, all on one segment that nothing else is on. None by default. */
  readonly nics?: readonly Nic[];
}

export interface VmRun {
  readonly accelerator: Accelerator;
  readonly seconds: number;
  readonly result: unknown;
}

/** Boots, waits for the job and gives what it wrote. Throws with the end of the console where there is nothing. */
export async function runInVm(job: Job, wanted = accelerators()): Promise<VmRun> {
  const directory = mkdtempSync(join(tmpdir(), 'xlb-vm-'));
  const machine = new Machine(directory, job);
  try {
    const image = [join(directory, 'image'), fetched(job.kernel ?? 'vm')];
    execFileSync(join(sources, 'packaging/vm_image'), image);
    for (const accelerator of wanted) {
      const begin = performance.now();
      const result = await machine.boot(accelerator);
      if (result === 'silent') {
        silentHere.add(accelerator);
        continue;
      }
      return { accelerator, seconds: Math.round((performance.now() - begin) / 1000), result };
    }
    throw new Error('Cannot boot the VM: it says nothing');
  } finally {
    machine.remove();
  }
}

const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

class Machine {
  readonly #directory: string;
  readonly #job: Job;
  readonly #onExit = () => this.remove();
  readonly #onSignal = (signal: NodeJS.Signals) => {
    this.remove();
    process.kill(process.pid, signal); // our handlers are gone: this time it does what it always does
  };
  #qemu: ChildProcess | undefined;

  constructor(directory: string, job: Job) {
    this.#directory = directory;
    this.#job = job;
    process.on('exit', this.#onExit);
    for (const signal of endingSignals) process.on(signal, this.#onSignal);
  }

  async boot(accelerator: Accelerator): Promise<unknown> {
    // Not killed by a signal: its parent's end must not leave it either.
    const { nics = [] } = this.#job;
    const command = [...segmentFor(nics), 'qemu-system-x86_64', ...this.#arguments(accelerator)];
    const argv = ['--pdeathsig', 'KILL', ...command];
    const qemu = spawn('setpriv', argv, { stdio: ['ignore', 'inherit', 'pipe'] });
    this.#qemu = qemu;
    let said = '';
    qemu.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (accelerator !== 'kvm') process.stderr.write(text);
    });
    let ended = false;
    qemu.once('close', () => {
      ended = true;
    });
    const begin = performance.now();
    const { all } = limits[accelerator];
    while (!ended) {
      await pause(100);
      const ms = performance.now() - begin;
      const broken = said.includes('KVM internal error');
      const missing = missingSign(accelerator, this.#read('console'), ms);
      const silent = broken || missing !== undefined;
      if (!silent && ms < all) continue;
      qemu.kill('SIGKILL');
      if (silent && accelerator === 'kvm') return 'silent';
      throw this.#failed(`it takes longer than ${(missing?.withinMs ?? all) / 1000} s`);
    }
    const written = this.#read('result');
    if (!written.endsWith('}\n')) throw this.#failed('its job wrote no result');
    return JSON.parse(written);
  }

  remove(): void {
    this.#qemu?.kill('SIGKILL');
    rmSync(this.#directory, { recursive: true, force: true });
    process.off('exit', this.#onExit);
    for (const signal of endingSignals) process.off(signal, this.#onSignal);
  }

  #arguments(accelerator: Accelerator): string[] {
    const { file, words = [], kernel = 'vm', nics = [] } = this.#job;
    const job = [file, ...words].join(',');
    const says = accelerator === 'kvm' ? 'earlyprintk=ttyS0 loglevel=6' : 'quiet'; // its first line is a sign
    const kernelWords = `console=ttyS0 ${says} panic=-1 mitigations=off xlb_job=${job}`;
    return [
      ...accelerations[accelerator],
      ...['-m', '1024', '-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
      ...['-kernel', join(fetched(kernel), 'vmlinuz'), '-initrd', join(this.#directory, 'image')],
      ...['-append', kernelWords],
      ...nics.flatMap(nicArguments),
      ...['console', 'result'].flatMap((name) => ['-serial', `file:${join(this.#directory, name)}`]),
    ];
  }

  #read(name: string): string {
    const path = join(this.#directory, name);
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  }

  #failed(why: string): Error {
    const said = this.#read('console').trim().split('\n').slice(-30).join('\n');
    return new Error(`Cannot go on with the VM: ${why}; the end of its console:\n${said}`);
  }
}
