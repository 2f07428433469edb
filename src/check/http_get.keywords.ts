/** HTTP_GET in keepalived.conf. The checker itself is http_get.ts. */
import { block } from '../config/keyword.ts';
import type { CheckerKeyword } from '../config/keywords/checker.ts';
import { ignored } from '../config/row_builders.ts';
import { webCheck, webCheckKeywords, webCheckUnread } from './web/check.keywords.ts';

export const httpGetKeywords = {
  name: 'HTTP_GET',
  doc: 'up when pages come over HTTP as expected',
  block: block(
    webCheckKeywords,
    webCheckUnread,
    ignored('plain HTTP has no TLS handshake', 'enable_sni sni_name'),
  ),
  defaults: { delayBeforeRetryMs: 3000 },
  complete: (common, fields, place) => {
    const check = webCheck({ common, fields }, place);
    return check && { kind: 'HTTP_GET', ...check };
  },
} as const satisfies CheckerKeyword<typeof webCheckKeywords>;
