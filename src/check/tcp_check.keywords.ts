/** TCP_CHECK in keepalived.conf. The checker itself is tcp_check.ts. */

import { block } from '../config/keyword.ts';
import { type CheckerKeyword, commonCheckKeywords, commonCheckNotYet } from '../config/keywords/checker.ts';
import { alias } from '../config/row_builders.ts';

export const tcpCheckKeywords = {
  name: 'TCP_CHECK',
  doc: 'up when a TCP connection is accepted',
  block: block(commonCheckKeywords, commonCheckNotYet, {
    nb_get_retry: alias(
      'retry',
      'nb_get_retry is taken for retry here; keepalived itself ignores it in TCP_CHECK',
    ),
  }),
  complete: (common) => ({ kind: 'TCP_CHECK', ...common }),
} as const satisfies CheckerKeyword<typeof commonCheckKeywords>;
