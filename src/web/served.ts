/** What the handlers need of a director, and nothing else of it. */
import type { ServerResponse } from 'node:http';
import type { DatapathAnswer, DatapathOrder } from '../control/datapath.ts';
import type { PlanAnswer, ReloadOutcome } from '../control/reload.ts';
import type { Status, StatusQuestion } from '../control/status.ts';
import type { ChangeResults, TableChange } from '../control/table_change.ts';
import type { TablesAnswer } from '../control/tables.ts';
import type { TraceWish } from '../control/trace_filter.ts';
import type { WeightAnswer, WeightOrder } from '../control/weight.ts';
import type { Facts } from '../metrics/facts.ts';
import type { HistoryAnswer } from './history.ts';

export interface Served {
  /** Both workers run. */
  readonly healthy: boolean;
  /** Why this director should get no traffic, one sentence each. */
  hindrances(): Promise<readonly string[]>;
  status(question?: StatusQuestion): Promise<Status>;
  facts(): Promise<Facts>;
  /** Of all who ask at once, one and the same. */
  tables(): Promise<TablesAnswer>;
  changeTables(changes: readonly TableChange[]): Promise<ChangeResults>;
  connections(): AsyncIterable<Uint8Array>;
  /** Messages of decisions; undefined: there are too many viewers. */
  trace(wish: TraceWish): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** Undefined where no real server is meant. */
  weigh(order: WeightOrder): Promise<WeightAnswer | undefined>;
  setDatapath(order: DatapathOrder): Promise<DatapathAnswer>;
  reload(): Promise<ReloadOutcome>;
  plan(file: string): Promise<PlanAnswer>;
}

/** What is known of the past. */
export interface Remembered {
  /** The newest last. */
  events(limit: number): readonly object[];
  /** Of these virtual servers, else of all. */
  history(names?: readonly string[]): HistoryAnswer;
}

/** Those who watch; see stream.ts. */
export interface Watched {
  /** False: there are too many already, and nothing was written. */
  readonly full: boolean;
  join(response: ServerResponse, headers: Readonly<Record<string, string>>): void;
}
