/** Starts the process of a scenario in its place, and hears what it says. A signal that ends us ends it first. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { reasonOf, XlbError } from '../src/base/errors.ts';
import { inNamespace } from './lab.ts';
import type { Answer, Order } from './messages.ts';
import type { Row } from './registry.ts';
import type { Measured } from './scenario.ts';

const subject = fileURLToPath(new URL('./subject.js', import.meta.url));
const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** A signal came; what it measured is lost, and nothing is left of its namespaces. */
export class Interrupted extends Error {
  readonly signal: NodeJS.Signals;

  constructor(signal: NodeJS.Signals) {
    super(`stopped by ${signal}`);
    this.signal = signal;
  }
}

export interface Conduct {
  readonly row: Row;
  readonly order: Order;
  progress(text: string): void;
}

function start({ row, order }: Conduct): ChildProcess {
  const argv = [process.execPath, '--enable-source-maps', subject, row.name, JSON.stringify(order)];
  // One that has namespaces to take away is asked to end, not killed.
  const inside = row.place === 'namespace' && order.options[row.hostWith ?? ''] === undefined;
  const there = inside ? inNamespace(argv) : ['setpriv', '--pdeathsig', 'TERM', ...argv];
  const [file = '', ...rest] = there;
  return spawn(file, rest, { stdio: ['ignore', 'inherit', 'inherit', 'pipe'] });
}

export async function conduct(order: Conduct): Promise<Measured> {
  const { row, progress } = order;
  if (row.needs.startsWith('root') && process.getuid?.() !== 0)
    throw new XlbError(
      'NOT_ROOT',
      `Cannot measure ${row.name}: it needs root, for network namespaces and BPF`,
      {
        help: 'run it as root',
      },
    );
  const child = start(order);
  let interrupted: NodeJS.Signals | undefined;
  const pass = (signal: NodeJS.Signals) => {
    interrupted = signal;
    child.kill(signal);
  };
  for (const signal of endingSignals) process.on(signal, pass);
  let measured: Measured | undefined;
  let leftOut: string | undefined;
  let failed = 'its process ended without an answer';
  const lines = createInterface({ input: child.stdio[3] as Readable });
  lines.on('line', (line) => {
    const answer = JSON.parse(line) as Answer;
    switch (answer.kind) {
      case 'progress':
        return progress(answer.text);
      case 'measured':
        measured = answer.measured;
        return;
      case 'left_out':
        leftOut = answer.reason;
        return;
      case 'failed':
        failed = answer.reason;
    }
  });
  try {
    await Promise.all([once(child, 'close'), once(lines, 'close')]);
  } catch (error) {
    throw new XlbError('HOST', `Cannot start ${row.name}: ${reasonOf(error)}`, {
      help: 'setpriv, unshare and taskset are of the package util-linux',
    });
  } finally {
    for (const signal of endingSignals) process.off(signal, pass);
  }
  if (interrupted !== undefined) throw new Interrupted(interrupted);
  if (leftOut !== undefined) throw new XlbError('HOST', `left out: ${row.name} ${leftOut}`);
  if (measured === undefined) throw new XlbError('HOST', `Cannot measure ${row.name}: ${failed}`);
  return measured;
}
