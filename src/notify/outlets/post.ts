/** One POST of JSON, and what became of it. Certificates are verified; nothing is sent to where a redirect points. */
import { reasonOf } from '../../base/errors.ts';

/** Where to, without what fetch takes no URL with. */
export interface Receiver {
  readonly url: string;
  /** Of a name and password in the URL. */
  readonly authorization?: string;
  /** Without path and password: what follows the host is often a secret. */
  readonly name: string;
}

export type Posted =
  | { readonly outcome: 'taken' }
  /** Another try would end as this one. */
  | { readonly outcome: 'refused'; readonly why: string }
  /** Another try may do better. */
  | { readonly outcome: 'failed'; readonly why: string };

/** Never rejects. `signal` aborted: it took too long. */
export type PostTo = (receiver: Receiver, body: string, signal: AbortSignal) => Promise<Posted>;

export function receiverOf(written: string): Receiver {
  const url = new URL(written);
  const { origin, password, username } = url;
  const login = `${decoded(username)}:${decoded(password)}`;
  url.username = '';
  url.password = '';
  const authorization = `Basic ${Buffer.from(login).toString('base64')}`;
  return { url: url.href, name: origin, ...(login === ':' ? {} : { authorization }) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export const postByFetch: PostTo = async ({ authorization, url }, body, signal) => {
  try {
    const response = await fetch(url, {
      method: 'POST',
      body,
      redirect: 'manual',
      signal,
      headers: {
        'content-type': 'application/json',
        'user-agent': 'xlb',
        ...(authorization === undefined ? {} : { authorization }),
      },
    });
    // What it says besides is not read: it may have no end.
    await response.body?.cancel().catch(() => undefined);
    return judge(response.status);
  } catch (error) {
    return { outcome: 'failed', why: signal.aborted ? 'no answer in time' : causeOf(error) };
  }
};

function judge(status: number): Posted {
  if (status >= 200 && status < 300) return { outcome: 'taken' };
  if (status >= 300 && status < 400)
    return { outcome: 'refused', why: `it redirects (${status}), which is not followed` };
  const why = `it answers ${status}`;
  const passes = status >= 500 || status === 408 || status === 425 || status === 429;
  return passes ? { outcome: 'failed', why } : { outcome: 'refused', why };
}

/** fetch says 'fetch failed', and the reason below. */
function causeOf(error: unknown): string {
  const { cause } = error as { readonly cause?: unknown };
  return reasonOf(cause ?? error) || 'the connection broke off';
}
