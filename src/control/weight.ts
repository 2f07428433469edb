/** What POST /api/v1/weight takes and answers: weights of real servers by hand. */

/** A virtual or real server as an operator names it: `10.0.0.1:80`, `10.0.0.1`, `fwmark:7`, `group:WEB`. */
export interface WeightOrder {
  readonly virtualServer: string;
  readonly realServer: string;
  /** null: as the configuration and the checks have it again. */
  readonly weight: number | null;
}

export interface WeighedServer {
  /** As in `[10.0.0.1]:tcp:80`. */
  readonly virtualServer: string;
  readonly realServer: string;
}

export interface WeightAnswer {
  readonly changed: readonly WeighedServer[];
  /** What the tables could not take of it, one sentence each; it is tried again until it works. */
  readonly problems: readonly string[];
}

const MAX_WEIGHT = 2 ** 31 - 1;

/** From the body, of which nothing is believed; or one sentence that says what is wrong. */
export function readWeightOrder(body: unknown): WeightOrder | string {
  if (typeof body !== 'object' || body === null) return 'The body must be an object';
  const { virtualServer, realServer, weight } = body as Readonly<Record<string, unknown>>;
  if (typeof virtualServer !== 'string' || typeof realServer !== 'string')
    return 'virtualServer and realServer must be addresses';
  const whole = typeof weight === 'number' && Number.isInteger(weight) && weight >= 0 && weight <= MAX_WEIGHT;
  if (weight !== null && !whole) return `weight must be a whole number from 0 to ${MAX_WEIGHT}, or null`;
  return { virtualServer, realServer, weight: whole ? weight : null };
}
