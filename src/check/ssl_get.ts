/**
 * SSL_GET: HTTP_GET over TLS. Nobody's certificate is verified, as in keepalived: real servers are asked by
 * address and often present a name that is not theirs, or a certificate of their own making.
 */
import { connect, createSecureContext, type SecureContext } from 'node:tls';
import type { SslGetConfig } from '../config/model.ts';
import type { Checker } from './checker.ts';
import { connectOptions } from './connect_options.ts';
import { webPhrases } from './web_phrases.ts';
import { getUrls } from './web_request.ts';

export const sslGet: Checker<SslGetConfig> = {
  keyword: 'SSL_GET',
  ...webPhrases,
  run: (check, signal) =>
    getUrls(check, signal, {
      ready: 'secureConnect',
      connect: ({ serverName }) =>
        connect({
          ...connectOptions(check),
          secureContext: sharedContext(),
          rejectUnauthorized: false,
          checkServerIdentity: () => undefined,
          ...(serverName === undefined ? {} : { servername: serverName }),
        }),
    }),
};

let context: SecureContext | undefined;

/** One a thread: making one costs milliseconds and memory. */
function sharedContext(): SecureContext {
  context ??= createSecureContext();
  return context;
}
