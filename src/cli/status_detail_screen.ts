/** Pure: all that is known of one virtual server as text that fits 80 columns. */
import { formatEndpoint } from '../base/endpoint.ts';
import type {
  CheckResultStatus,
  CheckStatus,
  DestinationStatus,
  Status,
  TransitionStatus,
} from '../control/status.ts';
import { plainTable, wrap } from './screen_text.ts';
import { virtualServer } from './status_screen.ts';

/** Of a status with history. */
export function statusDetailScreen({ virtual_servers: servers }: Pick<Status, 'virtual_servers'>): string {
  return servers
    .flatMap((server) => [virtualServer(server), ...server.destinations.flatMap(realServer)])
    .join('\n\n');
}

/** Not of one that only lingers in the tables, nor of a sorry server: nothing checks them. */
function realServer({ address, port, up, since, checks, transitions }: DestinationStatus): string[] {
  if (since === undefined || checks === undefined) return [];
  const title = `${formatEndpoint(address, port)} ${up ? 'up' : 'down'} since ${short(since)}`;
  const none = checks.length === 0 ? ['  no checks: it counts as always up'] : [];
  return [[title, ...none, ...checks.flatMap(check), ...(transitions ?? []).flatMap(transition)].join('\n')];
}

function check({ kind, up, next, latency_ms: latency, results }: CheckStatus): string[] {
  const range = latency && [latency.min, latency.avg, latency.max].map(milliseconds).join('/');
  const facts = [
    `${kind} ${up ? 'up' : 'down'}`,
    ...(range === undefined ? [] : [`min/avg/max ${range} ms`]),
    next === undefined ? 'asks now' : `next ${clockTime(next)}`,
  ];
  if (results.length === 0) return [...indented(facts.join(', ')), '    no answer yet'];
  const rows = runs(results).map(({ newest, oldest, count, slowest }) => [
    `    ${clockTime(newest.at)}`,
    `${newest.code}${count === 1 ? '' : ` * ${count}`}`,
    `${milliseconds(slowest)} ms`,
    [
      ...(count === 1 ? [] : [`from ${clockTime(oldest.at)} on`]),
      ...(newest.detail ? [newest.detail] : []),
    ].join(': '),
  ]);
  const table = plainTable(['    At', 'Result', 'Took', ''], rows).split('\n');
  return [...indented(facts.join(', ')), ...table.flatMap((line) => wrap(line, 6))];
}

interface Run {
  readonly newest: CheckResultStatus;
  readonly oldest: CheckResultStatus;
  readonly count: number;
  /** Milliseconds. */
  readonly slowest: number;
}

/** Results that say the same one after the other are one line. */
function runs(results: readonly CheckResultStatus[]): Run[] {
  const found: Run[] = [];
  for (const result of results) {
    const last = found.at(-1);
    if (last !== undefined && last.newest.code === result.code && last.newest.detail === result.detail) {
      const slowest = Math.max(last.slowest, result.latency_ms);
      found[found.length - 1] = { ...last, oldest: result, count: last.count + 1, slowest };
    } else found.push({ newest: result, oldest: result, count: 1, slowest: result.latency_ms });
  }
  return found;
}

function transition({ at, up, why }: TransitionStatus): string[] {
  return indented(`went ${up ? 'up' : 'down'} ${short(at)}${why === undefined ? '' : `: ${why}`}`);
}

function indented(text: string): string[] {
  return wrap(`  ${text}`, 4);
}

/** '2026-01-02 03:04:05', UTC. */
function short(iso: string): string {
  return iso.slice(0, 19).replace('T', ' ');
}

/** '03:04:05', UTC. */
function clockTime(iso: string): string {
  return iso.slice(11, 19);
}

/** Three digits that count. */
function milliseconds(ms: number): string {
  return ms >= 100 ? ms.toFixed(0) : ms.toFixed(ms >= 10 ? 1 : 2);
}
