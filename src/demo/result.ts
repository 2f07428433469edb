/** Pure: what happened, as one object and as a table, and whether it was as it should be. */
import Table from 'cli-table3';
import type { Tally } from './messages.ts';

/** In the order of the story. `title` is for people; `mayFail`: requests to the killed server, until it is noticed. */
export const phases = [
  { name: 'balanced', title: 'three servers', mayFail: false },
  { name: 'server_killed', title: 'one killed, unnoticed', mayFail: true },
  { name: 'server_out', title: 'without it', mayFail: false },
  { name: 'server_back', title: 'it is back', mayFail: false },
  { name: 'daemon_killed', title: 'xlb killed, restarted', mayFail: false },
] as const;

export type PhaseName = (typeof phases)[number]['name'];

export interface DemoResult {
  readonly ok: boolean;
  readonly requests: number;
  readonly failed: number;
  readonly phases: readonly {
    readonly name: PhaseName;
    readonly requests: number;
    readonly failed: number;
    readonly spread: Readonly<Record<string, number>>;
  }[];
  /** Long-lived connections: open before the kill; of these still working, with the same server, afterwards. */
  readonly flows: { readonly before_kill: number; readonly after_restart: number };
  /** From the kill of the server until no new flow went there. */
  readonly detect_ms: number;
}

export interface Observed {
  readonly tallies: Readonly<Record<PhaseName, Tally>>;
  readonly servers: readonly string[];
  readonly killedServer: string;
  readonly flows: DemoResult['flows'];
  readonly detectMs: number;
}

export function resultOf(observed: Observed): DemoResult {
  const rows = phases.map(({ name }) => {
    const { requests, failed, spread } = observed.tallies[name];
    return { name, requests, failed, spread };
  });
  const sum = (of: 'requests' | 'failed') => rows.reduce((total, row) => total + row[of], 0);
  return {
    ok: whatWentWrong(observed).length === 0,
    requests: sum('requests'),
    failed: sum('failed'),
    phases: rows,
    flows: observed.flows,
    detect_ms: observed.detectMs,
  };
}

/** One sentence each; none when all is well. */
export function whatWentWrong({ tallies, servers, killedServer, flows }: Observed): string[] {
  const wrong: string[] = [];
  for (const { name, title, mayFail } of phases) {
    const { requests, failed, reasons, spread } = tallies[name];
    if (requests === 0) wrong.push(`${title}: no request was sent`);
    if (failed > 0 && !mayFail)
      wrong.push(`${title}: ${failed} requests failed (${Object.keys(reasons).join(', ')})`);
    const expected = name === 'server_out' ? servers.filter((server) => server !== killedServer) : servers;
    const silent = mayFail ? [] : expected.filter((server) => spread[server] === undefined);
    if (silent.length > 0) wrong.push(`${title}: no answer from ${silent.join(', ')}`);
  }
  if ((tallies.server_out.spread[killedServer] ?? 0) > 0)
    wrong.push(`${killedServer} answered while it was out`);
  if (flows.before_kill === 0) wrong.push('no long-lived connection was open when xlb was killed');
  if (flows.before_kill !== flows.after_restart) {
    wrong.push(`of ${flows.before_kill} flows ${flows.after_restart} were kept over the kill of xlb`);
  }
  return wrong;
}

/** The closing table and what it means, in 80 columns. */
export function renderResult(observed: Observed): string {
  const { tallies, servers, detectMs, flows } = observed;
  const table = new Table({
    head: ['', 'requests', 'failed', ...servers, 'slowest'],
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: ['left', ...servers.map(() => 'right' as const), 'right', 'right', 'right'],
    chars: withoutLines,
  });
  for (const { name, title } of phases) {
    const { requests, failed, spread, slowestMs } = tallies[name];
    table.push([title, requests, failed, ...servers.map((server) => spread[server] ?? 0), `${slowestMs} ms`]);
  }
  const { requests, failed } = resultOf(observed);
  const expected = failed > 0 && failed === tallies.server_killed.failed;
  return [
    table.toString(),
    '',
    `${requests} requests, ${failed} failed${expected ? ': those to the killed server, before it was noticed' : ''}.`,
    `The killed server was noticed after ${detectMs} ms.`,
    `xlb was killed (SIGKILL) under load: ${tallies.daemon_killed.failed} requests failed, ` +
      `${flows.after_restart} of ${flows.before_kill} flows kept.`,
    ...whatWentWrong(observed).map((sentence) => `NOT OK: ${sentence}`),
  ].join('\n');
}

const withoutLines = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: ' ',
};
