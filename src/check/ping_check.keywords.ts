/** PING_CHECK in keepalived.conf. The checker itself is ping_check.ts. */
import { block } from '../config/keyword.ts';
import { type CheckerKeyword, commonCheckKeywords, retryAlias } from '../config/keywords/checker.ts';

export const pingCheckKeywords = {
  name: 'PING_CHECK',
  doc: 'up when an ICMP echo request is answered',
  block: block(commonCheckKeywords, retryAlias('PING_CHECK')),
  portless: true,
  complete: (common) => ({ kind: 'PING_CHECK', ...common }),
} as const satisfies CheckerKeyword<typeof commonCheckKeywords>;
