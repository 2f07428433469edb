/** Asking for the same short answer again and again, with wrk. */
import type { Lab } from '../../src/demo/lab.ts';

export type Kind = 'requests' | 'new connections';

export const connections = 64;

export interface Answers {
  readonly count: number;
  readonly perSecond: number;
}

/** Pure: what wrk found; throws where an answer was not one. */
export function answersOf(printed: string): Answers {
  const errors = /Non-2xx.*|Socket errors: connect [1-9].*|timeout [1-9].*/.exec(printed)?.[0];
  if (errors !== undefined) throw new Error(errors);
  const count = Number(/(\d+) requests in /.exec(printed)?.[1] ?? 0);
  const perSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(printed)?.[1] ?? 0);
  if (count === 0 || perSecond === 0) throw new Error('there was no answer');
  return { count, perSecond };
}

export interface Asking {
  readonly kind: Kind;
  readonly seconds: number;
}

export async function ask(lab: Lab, url: string, { kind, seconds }: Asking): Promise<Answers> {
  const close = kind === 'requests' ? [] : ['-H', 'Connection: close'];
  const argv = ['wrk', '-t', '1', '-c', String(connections), '-d', `${seconds}s`, ...close, url];
  const { stdout } = await lab.run(lab.client, argv);
  try {
    return answersOf(stdout);
  } catch (cause) {
    throw new Error(`Cannot count the answers of ${url}: ${cause instanceof Error ? cause.message : cause}`);
  }
}
