/** What the threads of a director know at one moment. However many ask, each thread is asked once at a time. */
import type { Clock } from '../base/clock.ts';
import type { SessionState } from '../bfd/status.ts';
import type { Status, StatusQuestion } from '../control/status.ts';
import type { DataplaneState } from '../dataplane/messages.ts';
import type { VirtualServerSnapshot } from '../director/snapshot.ts';
import type { InstanceStatus } from '../vrrp/status.ts';
import { SharedTurns } from './shared_turns.ts';
import { buildStatus, type StatusParts } from './status.ts';

/** A thread that has not answered by then is as one that is being restarted. Clients wait more than twice as long. */
export const PART_MS = 2_000;

export interface Reading {
  readonly dataplane: DataplaneState | undefined;
  readonly vrrpInstances: readonly InstanceStatus[] | undefined;
  readonly sessions: readonly SessionState[] | undefined;
  /** As they were when the dataplane was asked: what is said of one is what the tables had. */
  readonly servers: readonly VirtualServerSnapshot[];
  /** Made of it, by question: for all who share it. */
  readonly made: Map<string, Status>;
}

export interface ReadingShell {
  readonly clock: Clock;
  readonly dataplane: { read(): Promise<DataplaneState> };
  readonly vrrp: { status(): Promise<readonly InstanceStatus[]> };
  readonly bfd: { status(): Promise<readonly SessionState[] | undefined> };
}

export class Readings {
  readonly #shell: ReadingShell;
  readonly #servers: () => readonly VirtualServerSnapshot[];
  readonly #turns = new SharedTurns(() => this.#read());

  constructor(shell: ReadingShell, servers: () => readonly VirtualServerSnapshot[]) {
    this.#shell = shell;
    this.#servers = servers;
  }

  /** Never rejects, and takes at most twice PART_MS. */
  ask(): Promise<Reading> {
    return this.#turns.ask();
  }

  async #read(): Promise<Reading> {
    const { bfd, clock, dataplane, vrrp } = this.#shell;
    const servers = this.#servers();
    const [state, vrrpInstances, sessions] = await Promise.all([
      within(dataplane.read(), clock),
      within(vrrp.status(), clock),
      within(bfd.status(), clock),
    ]);
    return { dataplane: state, vrrpInstances, sessions, servers, made: new Map() };
  }
}

/** For all who share a reading and ask the same, one status. */
export function madeOnce({ made }: Reading, question: StatusQuestion, parts: () => StatusParts): Status {
  const asked = JSON.stringify([question.history === true, question.virtualServer]);
  const status = made.get(asked) ?? buildStatus(parts());
  made.set(asked, status);
  return status;
}

/** Undefined where it fails, or takes longer than PART_MS. */
export function within<Value>(part: Promise<Value>, clock: Clock): Promise<Value | undefined> {
  return new Promise((resolve) => {
    const limit = clock.setTimer(PART_MS, () => resolve(undefined));
    const done = (value?: Value) => {
      limit.cancel();
      resolve(value);
    };
    part.then(done, () => done());
  });
}
