/** Who may ask what over TCP. Pure. The control socket is its file's mode, and nothing else. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { isLoopback } from '../base/address.ts';
import { failure, type JsonAnswer, type Route, type Session } from './route.ts';

export interface AccessSettings {
  /** SHA-256 of the bearer token; absent: none is asked for. */
  readonly token?: Uint8Array;
  /** xlb_http_actions. */
  readonly actions: boolean;
  /** It listens on loopback only. */
  readonly loopback: boolean;
}

export interface Asked {
  readonly host: string | undefined;
  readonly authorization: string | undefined;
}

export type Refusal = JsonAnswer & { readonly headers?: Readonly<Record<string, string>> };

export function digestOf(token: string): Uint8Array {
  return createHash('sha256').update(token).digest();
}

/** Undefined: it is answered. */
export function refusal(
  { may }: Pick<Route, 'may'>,
  asked: Asked,
  settings: AccessSettings,
): Refusal | undefined {
  // A page of anybody's may make a browser ask us by a name of its own (DNS rebinding). It has no token.
  if (settings.token === undefined && settings.loopback && !namesLoopback(asked.host))
    return failure(
      403,
      'Cannot answer for this Host: ask 127.0.0.1, [::1] or localhost, or set xlb_http_token',
    );
  switch (may) {
    case 'anybody':
      return undefined;
    case 'reader':
      return withoutToken(asked, settings);
    case 'operator':
      if (!settings.actions || settings.token === undefined)
        return failure(
          403,
          'Cannot change anything over TCP: that needs xlb_http_actions and xlb_http_token in global_defs',
        );
      return withoutToken(asked, settings);
    case 'socket':
      return failure(403, 'Cannot answer this over TCP: it is there on the control socket, for root');
  }
}

export function sessionOf(asked: Asked, settings: AccessSettings): Session {
  const hasToken = withoutToken(asked, settings) === undefined;
  return {
    actions: settings.actions && settings.token !== undefined && hasToken,
    token: !hasToken,
  };
}

function withoutToken({ authorization }: Asked, { token }: AccessSettings): Refusal | undefined {
  if (token === undefined) return undefined;
  const [, given] = /^Bearer +(\S+) *$/i.exec(authorization ?? '') ?? [];
  // Digests have one length, whatever was sent: the comparison tells nothing by its time.
  if (given !== undefined && timingSafeEqual(digestOf(given), token)) return undefined;
  return {
    ...failure(
      401,
      'A token is needed: send the one in the file of xlb_http_token as Authorization: Bearer TOKEN',
    ),
    headers: { 'www-authenticate': given === undefined ? 'Bearer' : 'Bearer error="invalid_token"' },
  };
}

/** Any port: a tunnel has its own. */
function namesLoopback(host: string | undefined): boolean {
  const [, name = ''] = /^(\[[^\]]*\]|[^:]*)(?::\d*)?$/.exec(host ?? '') ?? [];
  return name.toLowerCase() === 'localhost' || isLoopback(name.replaceAll(/[[\]]/g, ''));
}
