/** A client in a lab's machine: HTTP and UDP, each answer with the name of the real server that gave it. */
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { within } from '../../src/demo/pause.ts';
import type { Lab, LabNode } from './lab.ts';
import type { Answer, Answered, Order } from './traffic_orders.ts';

export type { Answer } from './traffic_orders.ts';

const answersWithinMs = 60_000;

/** Below those that the kernel gives. One slice for each client of a lab. */
const ports = { first: 2_000, each: 10_000, slices: 3 };
const clientsOf = new WeakMap<Lab, number>();

export interface Datagrams {
  readonly ports: readonly number[];
  readonly each?: number;
  readonly bytes?: number;
  readonly withinMs?: number;
}

export class Traffic {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<
    number,
    { resolve(answers: readonly Answer[]): void; reject(why: Error): void }
  >();
  #serial = 0;

  /** It lives as long as the lab. */
  constructor(lab: Lab, node: LabNode = lab.client) {
    const file = fileURLToPath(new URL('./traffic_child.js', import.meta.url));
    const clients = clientsOf.get(lab) ?? 0;
    clientsOf.set(lab, clients + 1);
    const first = ports.first + (clients % ports.slices) * ports.each;
    const argv = [process.execPath, file, `${first}`, `${first + ports.each - 1}`];
    this.#child = lab.spawn(node, argv, {
      ipc: true,
      stdout: 'ignore',
      stderr: 'inherit',
    });
    this.#child.on('message', ({ serial, answers }: Answered) => this.#waiting.get(serial)?.resolve(answers));
    this.#child.on('close', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the traffic child has ended'));
    });
  }

  /** Requests with a connection each. */
  get(host: string, count: number, { port = 80, atOnce = 1 } = {}): Promise<readonly Answer[]> {
    return this.#tell({ do: 'get', host, port, count, atOnce });
  }

  /** Connections that stay open; a first request over each. */
  open(host: string, count: number, { port = 80 } = {}): Promise<readonly Answer[]> {
    return this.#tell({ do: 'open', host, port, count });
  }

  /** A request over each open connection, in the order they were opened. */
  ask(): Promise<readonly Answer[]> {
    return this.#tell({ do: 'ask' });
  }

  async close(): Promise<void> {
    await this.#tell({ do: 'close' });
  }

  /** Requests all the while that `act` runs, over new connections and over the open ones; what became of them. */
  async during(host: string, act: () => Promise<void>, { port = 80, everyMs = 10 } = {}) {
    await this.#tell({ do: 'load', host, port, everyMs });
    const acted = await act().then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    const answers = await this.#tell({ do: 'unload' });
    if (acted !== undefined) throw acted.error;
    return answers;
  }

  udp(host: string, port: number, { ports, each = 1, bytes = 16, withinMs = 8_000 }: Datagrams) {
    return this.#tell({ do: 'udp', host, port, ports, each, bytes, withinMs });
  }

  #tell(order: Order): Promise<readonly Answer[]> {
    this.#serial += 1;
    const serial = this.#serial;
    const answered = new Promise<readonly Answer[]>((resolve, reject) => {
      this.#waiting.set(serial, { resolve, reject });
      this.#child.send({ serial, order });
    });
    return within(`the client's "${order.do}"`, answersWithinMs, answered).finally(() =>
      this.#waiting.delete(serial),
    );
  }
}

/** How many answers each real server gave, and how many failed for which reason. */
export function counts(answers: readonly Answer[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { from } of [...answers].sort((a, b) => a.from.localeCompare(b.from)))
    sums[from] = (sums[from] ?? 0) + 1;
  return sums;
}

export function failures(answers: readonly Answer[]): string[] {
  return answers.filter(({ from }) => from.startsWith('failed')).map(({ from, over }) => `${over} ${from}`);
}

/** Names of the real servers, in the order of the answers. */
export function senders(answers: readonly Answer[]): string[] {
  return answers.map(({ from }) => from);
}
