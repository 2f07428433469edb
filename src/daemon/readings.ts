/**
 * What the threads of a director know at one moment. However many ask, each thread is asked once at a time: who comes
 * while it is under way shares the next, so that nobody gets what was before they asked.
 */
import type { Clock } from '../base/clock.ts';
import type { SessionState } from '../bfd/status.ts';
import type { Status, StatusQuestion } from '../control/status.ts';
import type { DataplaneState } from '../dataplane/messages.ts';
import type { InstanceStatus } from '../vrrp/status.ts';
import { buildStatus, type StatusParts } from './status.ts';

/** A thread that has not answered by then is as one that is being restarted. Clients wait more than twice as long. */
export const PART_MS = 2_000;

export interface Reading {
  readonly dataplane: DataplaneState | undefined;
  readonly vrrpInstances: readonly InstanceStatus[] | undefined;
  readonly sessions: readonly SessionState[] | undefined;
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
  #underWay: Promise<Reading> | undefined;
  #next: Promise<Reading> | undefined;

  constructor(shell: ReadingShell) {
    this.#shell = shell;
  }

  /** Never rejects, and takes at most twice PART_MS. */
  ask(): Promise<Reading> {
    if (this.#underWay === undefined) return this.#begin();
    this.#next ??= this.#underWay.then(() => {
      this.#next = undefined;
      return this.#begin();
    });
    return this.#next;
  }

  #begin(): Promise<Reading> {
    const reading = this.#read();
    this.#underWay = reading;
    void reading.then(() => {
      if (this.#underWay === reading) this.#underWay = undefined;
    });
    return reading;
  }

  async #read(): Promise<Reading> {
    const { bfd, clock, dataplane, vrrp } = this.#shell;
    const [state, vrrpInstances, sessions] = await Promise.all([
      within(dataplane.read(), clock),
      within(vrrp.status(), clock),
      within(bfd.status(), clock),
    ]);
    return { dataplane: state, vrrpInstances, sessions, made: new Map() };
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
