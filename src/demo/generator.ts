/**
 * Child process: sends requests to the virtual server. Some connections live long and carry a request now and
 * then (the flows to be kept); the other requests have a connection each (the flows to be spread).
 * argv: address, port.
 */
import { Agent, request } from 'node:http';
import type { Socket } from 'node:net';
import { systemClock } from '../base/clock.ts';
import {
  count,
  emptyTally,
  type FromGenerator,
  type RequestEnd,
  type Tally,
  type ToGenerator,
} from './messages.ts';
import { pause } from './pause.ts';

const [host = '', port = '80'] = process.argv.slice(2);

const limits = {
  longLived: 20,
  longLivedEveryMs: 250,
  /** 200 requests a second, each with a new connection. */
  newEveryMs: 25,
  newAtOnce: 5,
  /** More are not sent while so many have no answer. */
  underWay: 500,
  answerWithinMs: 3_000,
  reportEveryMs: 100,
};

/** Those that have begun, the present one last. */
const phases: { readonly name: string; readonly takesFailures: boolean }[] = [];
let stopping = false;
let underWay = 0;
let tallies: Record<string, Tally> = {};

function tell(message: FromGenerator): void {
  if (process.connected) process.send?.(message);
}

/** One request; ends with an answer or a reason, never throws. `socket`: the connection that it went by. */
function send(agent: Agent | false): Promise<RequestEnd & { socket: Socket | null }> {
  const began = systemClock.nowMs();
  const tookMs = () => Math.round(systemClock.nowMs() - began);
  return new Promise((resolve) => {
    const call = request({ host, port, agent, timeout: limits.answerWithinMs }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        body += part;
      });
      response.on('end', () => resolve({ address: body.trim(), tookMs: tookMs(), socket: call.socket }));
      response.on('error', (error) => call.destroy(error));
    });
    call.on('timeout', () => call.destroy(new Error('no answer in time')));
    call.on('error', (error: NodeJS.ErrnoException) =>
      resolve({ reason: error.code ?? error.message, tookMs: tookMs(), socket: null }),
    );
    call.end();
  });
}

async function sendAndCount(agent: Agent | false): Promise<RequestEnd & { socket: Socket | null }> {
  const beganIn = phases.length - 1;
  underWay += 1;
  const end = await send(agent);
  underWay -= 1;
  const lived = phases.slice(beganIn);
  const broken = 'reason' in end ? lived.find(({ takesFailures }) => takesFailures) : undefined;
  const countsFor = (broken ?? lived[0])?.name ?? '';
  tallies[countsFor] = count(tallies[countsFor] ?? emptyTally, end);
  return end;
}

/** One connection that is kept open; opened anew when it breaks. */
class LongLived {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  /** The connection of the last answer and who gave it. */
  #last: { socket: Socket | null; address: string } | undefined;
  #marked: { socket: Socket | null; address: string } | undefined;
  #round: Promise<void> = Promise.resolve();

  async live(): Promise<void> {
    while (!stopping) {
      await this.once();
      await pause(limits.longLivedEveryMs);
    }
    this.#agent.destroy();
  }

  /** One request, after the one that is under way. */
  once(): Promise<void> {
    this.#round = this.#round.then(async () => {
      const end = await sendAndCount(this.#agent);
      this.#last = 'address' in end ? { socket: end.socket, address: end.address } : undefined;
    });
    return this.#round;
  }

  /** True when there is an open connection to remember. */
  mark(): boolean {
    this.#marked = this.#last?.socket?.destroyed === false ? this.#last : undefined;
    return this.#marked !== undefined;
  }

  /** True when the remembered connection, not a later one, still gets answers from the same real server. */
  async isKept(): Promise<boolean> {
    if (this.#marked === undefined) return false;
    await this.once();
    return this.#last?.socket === this.#marked.socket && this.#last?.address === this.#marked.address;
  }
}

const connections = Array.from({ length: limits.longLived }, () => new LongLived());

async function sendNew(): Promise<void> {
  while (!stopping) {
    const free = limits.underWay - underWay;
    for (let sent = 0; sent < Math.min(limits.newAtOnce, free); sent += 1) void sendAndCount(false);
    await pause(limits.newEveryMs);
  }
}

async function report(): Promise<void> {
  while (!stopping || underWay > 0) {
    await pause(limits.reportEveryMs);
    tell({ kind: 'tally', phases: tallies });
    tallies = {};
  }
  tell({ kind: 'tally', phases: tallies });
  tell({ kind: 'stopped' });
}

async function recount(): Promise<void> {
  const kept = await Promise.all(connections.map((connection) => connection.isKept()));
  tell({ kind: 'kept', connections: kept.filter(Boolean).length });
}

function start(): void {
  for (const connection of connections) void connection.live();
  void sendNew();
  void report();
}

process.on('message', (message: ToGenerator) => {
  switch (message.kind) {
    case 'phase':
      phases.push(message);
      if (phases.length === 1) start();
      return;
    case 'mark':
      return tell({ kind: 'marked', connections: connections.filter((one) => one.mark()).length });
    case 'recount':
      void recount();
      return;
    case 'stop':
      stopping = true;
      return;
  }
});

// Whoever started us is gone.
process.on('disconnect', () => {
  stopping = true;
});
