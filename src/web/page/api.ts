/** What the page asks of the director, and its token, which is kept as long as this tab is. */
import type { Status } from '../../control/status.ts';
import type { WeightAnswer, WeightOrder } from '../../control/weight.ts';
import type { HistoryAnswer } from '../history.ts';
import type { EventLine } from '../view/event_log.ts';

const TOKEN_KEY = 'xlb_token';
const ANSWER_WITHIN_MS = 8_000;
/** A director takes three times as many; a proxy on the way may take fewer. */
const MOST_CHARACTERS = 1_900;

export interface Session {
  /** Weights may be changed: now, with the token that was given. */
  readonly actions: boolean;
  /** A token would allow more. */
  readonly token: boolean;
}

/** The director answered, and refused. */
export class Refused extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

export const token = {
  get: (): string => sessionStorage.getItem(TOKEN_KEY) ?? '',
  set: (value: string): void => {
    if (value === '') sessionStorage.removeItem(TOKEN_KEY);
    else sessionStorage.setItem(TOKEN_KEY, value);
  },
};

/** Rejects with Refused where the director said no, with a TypeError or a TimeoutError where nobody answered. */
export async function request(path: string, options: RequestInit = {}): Promise<Response> {
  const headers = new Headers(options.headers);
  if (token.get() !== '') headers.set('authorization', `Bearer ${token.get()}`);
  const response = await fetch(`api/v1/${path}`, { ...options, headers, cache: 'no-store' });
  if (response.ok) return response;
  const body = (await response.json().catch(() => ({}))) as { readonly error?: unknown };
  const said = typeof body.error === 'string' ? body.error : response.statusText;
  throw new Refused(response.status, said || `The director answers ${response.status}`);
}

async function read<Body>(path: string, options: RequestInit = {}): Promise<Body> {
  // tidy: an AbortSignal of the browser, which has no other clock
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
  return (await (await request(path, { signal, ...options })).json()) as Body;
}

export const api = {
  status: () => read<Status>('status'),
  /** With the checks and transitions of one virtual server. */
  details: (virtualServer: string) =>
    read<Status>(`status?history&${new URLSearchParams({ virtual_server: virtualServer })}`),
  /** Of as many of these virtual servers as fit into one question, from the first on. */
  history: (names: readonly string[]) => {
    let asked = '';
    for (const name of names) {
      const more = `${asked}${asked === '' ? '' : '&'}${new URLSearchParams({ virtual_server: name })}`;
      if (more.length > MOST_CHARACTERS) break;
      asked = more;
    }
    return read<HistoryAnswer>(`history?${asked === '' ? 'virtual_server=' : asked}`);
  },
  events: () => read<readonly EventLine[]>('events?limit=100'),
  session: () => read<Session>('session'),
  weigh: (order: WeightOrder) =>
    read<WeightAnswer>('weight', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(order),
    }),
};
