/** The request generator as the demo sees it: phases, and what became of the requests of each. */
import type { ChildProcess } from 'node:child_process';
import { XlbError } from '../base/errors.ts';
import { emptyTally, type FromGenerator, type Tally, type ToGenerator } from './messages.ts';
import { within } from './pause.ts';

const answerWithinMs = 10_000;

type Answer = Exclude<FromGenerator, { kind: 'tally' }>;

export class Load {
  readonly #child: ChildProcess;
  readonly #phases = new Map<string, Tally>();
  readonly #waiting = new Map<Answer['kind'], (answer: Answer) => void>();

  constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (message: FromGenerator) => this.#take(message));
  }

  /** Requests that begin from now on count for `name` (see ToGenerator). The first phase starts the requests. */
  phase(name: string, takesFailures: boolean): void {
    this.#phases.set(name, this.#phases.get(name) ?? emptyTally);
    this.#tell({ kind: 'phase', name, takesFailures });
  }

  tally(name: string): Tally {
    return this.#phases.get(name) ?? emptyTally;
  }

  /** How many long-lived connections are open; they are remembered. */
  async mark(): Promise<number> {
    const { connections } = await this.#ask({ kind: 'mark' }, 'marked');
    return connections;
  }

  /** How many of the remembered connections still work and go to the same real server. */
  async kept(): Promise<number> {
    const { connections } = await this.#ask({ kind: 'recount' }, 'kept');
    return connections;
  }

  /** Ends the requests; afterwards every tally is complete. */
  async stop(): Promise<void> {
    await this.#ask({ kind: 'stop' }, 'stopped');
    this.#child.disconnect();
  }

  #take(message: FromGenerator): void {
    if (message.kind !== 'tally') {
      this.#waiting.get(message.kind)?.(message);
      return;
    }
    for (const [name, more] of Object.entries(message.phases)) {
      this.#phases.set(name, add(this.tally(name), more));
    }
  }

  #ask<Kind extends Answer['kind']>(
    question: ToGenerator,
    kind: Kind,
  ): Promise<Extract<Answer, { kind: Kind }>> {
    const answer = new Promise<Extract<Answer, { kind: Kind }>>((resolve) => {
      this.#waiting.set(kind, (message) => resolve(message as Extract<Answer, { kind: Kind }>));
    });
    this.#tell(question);
    return within('the request generator', answerWithinMs, answer);
  }

  #tell(message: ToGenerator): void {
    if (!this.#child.connected)
      throw new XlbError('HOST', 'Cannot send requests: the request generator ended');
    this.#child.send(message);
  }
}

/** Pure: two tallies as one. */
export function add(left: Tally, right: Tally): Tally {
  return {
    requests: left.requests + right.requests,
    failed: left.failed + right.failed,
    spread: addCounts(left.spread, right.spread),
    slowestMs: Math.max(left.slowestMs, right.slowestMs),
    reasons: addCounts(left.reasons, right.reasons),
  };
}

function addCounts(left: Readonly<Record<string, number>>, right: Readonly<Record<string, number>>) {
  const sum: Record<string, number> = { ...left };
  for (const [key, value] of Object.entries(right)) sum[key] = (sum[key] ?? 0) + value;
  return sum;
}
