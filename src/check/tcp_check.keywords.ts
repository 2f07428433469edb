/** TCP_CHECK in keepalived.conf. The checker itself is tcp_check.ts. */

import { block } from '../config/keyword.ts';
import { type CheckerKeyword, commonCheckKeywords, retryAlias } from '../config/keywords/checker.ts';

export const tcpCheckKeywords = {
  name: 'TCP_CHECK',
  doc: 'up when a TCP connection is accepted',
  block: block(commonCheckKeywords, retryAlias('TCP_CHECK')),
  complete: (common) => ({ kind: 'TCP_CHECK', ...common }),
} as const satisfies CheckerKeyword<typeof commonCheckKeywords>;
