/** Which rows the list has: virtual servers, and below each that is open its real servers. Pure. */

import { type Condition, realServerCondition, virtualServerCondition } from '../../control/condition.ts';
import { endpoint, keyOf, titleOf } from '../../control/names.ts';
import type { DestinationStatus, Status, VirtualServerStatus } from '../../control/status.ts';
import { realServerKey } from './rates.ts';

export interface VirtualServerRow {
  readonly kind: 'virtual_server';
  readonly key: string;
  readonly server: VirtualServerStatus;
  readonly condition: Condition;
  readonly open: boolean;
}

export interface RealServerRow {
  readonly kind: 'real_server';
  readonly key: string;
  readonly server: DestinationStatus;
  readonly of: VirtualServerStatus;
  readonly condition: Condition;
}

export type Row = VirtualServerRow | RealServerRow;

export interface Wish {
  /** Words that all have to occur; '' is everything. */
  readonly search: string;
  readonly onlyProblems: boolean;
  /** Opened or closed by hand, by key. */
  readonly open: ReadonlyMap<string, boolean>;
}

/** More real servers than that are shown only where something is wrong, or somebody asks. */
const OPEN_BELOW = 200;

export function rowsOf(status: Status, { search, onlyProblems, open }: Wish): Row[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const many =
    status.virtual_servers.reduce((sum, { destinations }) => sum + destinations.length, 0) > OPEN_BELOW;
  const searched = words.length > 0 || onlyProblems;
  return status.virtual_servers.flatMap((server): Row[] => {
    const key = keyOf(server);
    const condition = virtualServerCondition(server);
    const own = `${titleOf(server)} ${server.scheduler} ${condition.word}`.toLowerCase();
    const wholly = words.every((word) => own.includes(word));
    const real = server.destinations
      .map((one): RealServerRow => {
        const rowKey = realServerKey(key, one.address);
        return {
          kind: 'real_server',
          key: rowKey,
          server: one,
          of: server,
          condition: realServerCondition(one),
        };
      })
      .filter((row) => wholly || words.every((word) => `${own} ${textOf(row)}`.includes(word)))
      .filter((row) => !onlyProblems || isProblem(row.condition));
    const shown = (wholly || real.length > 0) && (!onlyProblems || isProblem(condition) || real.length > 0);
    if (!shown) return [];
    const opened = open.get(key) ?? (searched || !many);
    return [{ kind: 'virtual_server', key, server, condition, open: opened }, ...(opened ? real : [])];
  });
}

function textOf({ server, condition }: RealServerRow): string {
  return `${endpoint(server)} ${condition.word} ${condition.why.join(' ')}`.toLowerCase();
}

export function isProblem({ level }: Condition): boolean {
  return level === 'bad' || level === 'warning';
}
