/** Who wants to know what a check says: one real server of one virtual server. Several may share a check. */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { CheckConfig } from '../config/model.ts';
import type { AttemptResult, CheckWeight } from './checker.ts';

/** A check to be made. The names are those of the log, such as `[10.0.0.2]:tcp:80`. */
export interface CheckTarget {
  /** Stays the same while the same thing is probed for the same real server, however often and patiently. */
  readonly key: string;
  readonly realServer: string;
  readonly virtualServer: string;
  readonly check: CheckConfig;
  /** Its real server is out of service when the check begins: the first pass is a change. Read only then. */
  readonly startsDown?: boolean;
}

/** A check has changed its mind about its real server, or what the server's weight should be. */
export interface CheckChange {
  readonly key: string;
  readonly healthy: boolean;
  /** Absent: the check has not said anything about it yet. */
  readonly weight?: CheckWeight;
  readonly result: AttemptResult;
}

/** What a check makes of its real server. */
export interface Opinion {
  readonly healthy: boolean;
  readonly weight?: CheckWeight | undefined;
}

export class Owner {
  #target: CheckTarget;
  /** What it was told last; before that, what it takes for true. */
  #healthy: boolean;
  #weight: CheckWeight | undefined;
  /** Wall clock milliseconds: when `healthy` last changed, or the check began. */
  #sinceMs: number;

  constructor(target: CheckTarget, wallMs: number) {
    this.#target = target;
    this.#healthy = target.startsDown !== true;
    this.#sinceMs = wallMs;
  }

  get target(): CheckTarget {
    return this.#target;
  }

  get healthy(): boolean {
    return this.#healthy;
  }

  get sinceMs(): number {
    return this.#sinceMs;
  }

  update(target: CheckTarget): void {
    this.#target = target;
  }

  /** True where `opinion` is news to it. A weight counts while the server is up. */
  learns({ healthy, weight }: Opinion, wallMs: number): boolean {
    const reweighed =
      healthy && weight !== undefined && weight !== this.#weight && !isDeepStrictEqual(weight, this.#weight);
    if (healthy === this.#healthy && !reweighed) return false;
    if (healthy !== this.#healthy) this.#sinceMs = wallMs;
    this.#healthy = healthy;
    if (healthy) this.#weight = weight;
    return true;
  }
}

/**
 * Checks with the same identity are one check: the same thing is asked of the same place, as often and as patiently.
 * Where they were read does not matter, nor the port of a PING_CHECK, which has none.
 */
export function identityOf(check: CheckConfig): string {
  const known = identities.get(check) ?? madeIdentity(check);
  identities.set(check, known);
  return known;
}

/** A reload brings most checks again as they were. */
const identities = new WeakMap<CheckConfig, string>();

function madeIdentity(check: CheckConfig): string {
  const portless = check.kind === 'PING_CHECK' ? { connectPort: undefined } : {};
  const asked = { ...check, ...portless, span: undefined };
  // Kept for each of tens of thousands of checks, so not the text itself.
  return createHash('sha256').update(textOf(asked)).digest('base64');
}

/** A function for every value costs several times as much, and most checks have no parts. */
function textOf(asked: object): string {
  if (!Object.values(asked).some((value) => typeof value === 'object')) return JSON.stringify(asked);
  return JSON.stringify(asked, (name, value: unknown) => (name === 'span' ? undefined : value));
}
