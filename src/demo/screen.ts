/** What the demo shows while it runs: a live picture on a terminal, a line now and then elsewhere. */
import { createLogUpdate } from 'log-update';
import type { Tally } from './messages.ts';

export interface Screen {
  /** Text that stays. */
  say(text: string): void;
  /** How the requests of this phase spread by now. */
  show(title: string, tally: Tally): void;
  /** What is shown live stays as it is; more may follow. */
  done(): void;
}

/** Shows nothing, for --json. */
export const noScreen: Screen = { say() {}, show() {}, done() {} };

export function screenOn(stream: NodeJS.WriteStream, servers: readonly string[]): Screen {
  return stream.isTTY ? terminalScreen(stream, servers) : plainScreen(stream, servers);
}

function terminalScreen(stream: NodeJS.WriteStream, servers: readonly string[]): Screen {
  const update = createLogUpdate(stream);
  const done = () => update.done();
  return {
    say(text) {
      done();
      stream.write(`${text}\n`);
    },
    show: (title, tally) => update(picture(title, tally, servers)),
    done,
  };
}

/** A line each time the requests have grown by so many. */
const requestsPerLine = 250;

function plainScreen(stream: NodeJS.WriteStream, servers: readonly string[]): Screen {
  let last = { title: '', lines: 0 };
  return {
    say: (text) => stream.write(`${text}\n`),
    show(title, tally) {
      if (title !== last.title) stream.write(`${title}\n`);
      const lines = Math.floor(tally.requests / requestsPerLine);
      if (title === last.title && lines > last.lines) stream.write(`  ${oneLine(tally, servers)}\n`);
      last = { title, lines };
    },
    done() {},
  };
}

/** Pure: one line a server, with a bar. */
export function picture(title: string, tally: Tally, servers: readonly string[]): string {
  const width = 40;
  const answered = Math.max(1, ...Object.values(tally.spread));
  const rows = servers.map((server) => {
    const requests = tally.spread[server] ?? 0;
    const bar = '█'.repeat(Math.round((requests / answered) * width)).padEnd(width, '·');
    return `  ${server.padEnd(12)} ${bar} ${String(requests).padStart(5)}`;
  });
  return [`${title}: ${tally.requests} requests, ${tally.failed} failed`, ...rows].join('\n');
}

function oneLine({ requests, failed, spread }: Tally, servers: readonly string[]): string {
  const shares = servers.map((server) => `${server}: ${spread[server] ?? 0}`).join(', ');
  return `${requests} requests, ${failed} failed; ${shares}`;
}
