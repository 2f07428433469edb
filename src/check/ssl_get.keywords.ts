/** SSL_GET in keepalived.conf. The checker itself is ssl_get.ts. */
import { block } from '../config/keyword.ts';
import { type CheckerKeyword, virtualhost } from '../config/keywords/checker.ts';
import { flag } from '../config/row_builders.ts';
import { nameOf, webCheck, webCheckKeywords, webCheckUnread } from './web/check.keywords.ts';

const rows = {
  ...webCheckKeywords,
  enable_sni: flag('the virtualhost is named in the handshake, for servers with several certificates'),
  sni_name: virtualhost('name in the handshake where it is not the virtualhost'),
} as const;

export const sslGetKeywords = {
  name: 'SSL_GET',
  doc: 'up when pages come over HTTPS as expected; certificates are not verified',
  block: block(rows, webCheckUnread),
  defaults: { delayBeforeRetryMs: 3000 },
  complete: (common, fields, place) => {
    const named = fields.sni_name?.value;
    const on = fields.enable_sni?.value ?? named !== undefined;
    const serverName = (host: string | undefined) => {
      const name = named ?? host;
      return on && name !== undefined ? nameOf(name) : undefined;
    };
    const check = webCheck({ common, fields, serverName }, place);
    const { sslIdentity: identity } = place;
    return check && { kind: 'SSL_GET', ...check, ...(identity ? { identity } : {}) };
  },
} as const satisfies CheckerKeyword<typeof rows>;
