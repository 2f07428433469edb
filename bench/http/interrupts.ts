/**
 * Machines of a lab that have processors of their own. What a veth does with a frame it does on the processor of
 * whoever sent it. With its NAPI in a thread of the kernel's (Linux 5.12) it does it where that thread may run, as a
 * network card's interrupt does, and the thread's processor time is that of the machine's receiving.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';
import type { Lab } from '../../src/demo/lab.ts';

/** Threads of the kernel's that do the work of interfaces of this name, in whatever namespace. */
function interruptThreads(device: string): readonly number[] {
  const wanted = `napi/${device}-`.slice(0, 15); // as long as the kernel lets a thread's name be
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((entry) => content(`/proc/${entry}/comm`).startsWith(wanted))
    .map(Number);
}

/** Nothing, where the process is gone. */
function content(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** None, where the process is gone: a child may end after its parent was read. */
function threadsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

export interface InterruptsOf {
  readonly namespace: string;
  readonly device: string;
  readonly processor: number;
}

/** Gives an interface (a veth, all programs attached) a thread on the processor; the thread's process id. */
export async function giveInterrupts(lab: Lab, options: InterruptsOf): Promise<number> {
  const { device, processor } = options;
  const before = new Set(interruptThreads(device));
  // Where the sender has TSO, a veth receives without NAPI. The private mount: sysfs shows the namespace it is made in.
  await lab.run(options, ['ethtool', '-K', device, 'tso', 'off', 'gro', 'on']);
  const script = 'mount -t sysfs none /sys; echo 1 >"/sys/class/net/$0/threaded"';
  await lab.run(options, ['unshare', '--mount', 'sh', '-ec', script, device]);
  const [thread, ...more] = interruptThreads(device).filter((one) => !before.has(one));
  if (thread === undefined || more.length > 0)
    throw new Error(
      `Cannot find the interrupt thread of ${device}: ${more.length === 0 ? 'none' : 'several'} began`,
    );
  execFileSync('taskset', ['-p', '-c', String(processor), String(thread)], { stdio: 'ignore' });
  setPriority(thread, getPriority()); // as all of the lab
  return thread;
}

/** Processor time of processes so far, with their threads and children. (A thread that ended takes its time along.) */
export function processorSeconds(pids: readonly number[]): number {
  let nanoseconds = 0;
  const left = [...pids];
  for (let pid = left.pop(); pid !== undefined; pid = left.pop()) {
    for (const thread of threadsOf(pid)) {
      const folder = `/proc/${pid}/task/${thread}`;
      nanoseconds += Number(content(`${folder}/schedstat`).split(' ')[0]);
      left.push(...content(`${folder}/children`).split(' ').filter(Boolean).map(Number));
    }
  }
  return nanoseconds / 1e9;
}
