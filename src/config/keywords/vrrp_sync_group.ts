/** Keywords of vrrp_sync_group and track_group. */
import { block, type Call } from '../keyword.ts';
import { spanOf } from '../lexer.ts';
import type { Span } from '../model.ts';
import { flag, ignored, lines } from '../row_builders.ts';
import { notifyKeywords } from './script.ts';
import { trackingKeywords } from './vrrp_tracking.ts';

export interface MemberName {
  readonly name: string;
  readonly span: Span;
}

/** Names, one or several a line. */
const members = (doc: string) =>
  lines<readonly MemberName[]>({
    doc,
    expects: 'names of instances',
    read: (call: Call) =>
      [call.keyword, ...call.words].map((word) => ({ name: word.text, span: spanOf(word) })),
  });

export const vrrpSyncGroupKeywords = block(
  {
    group: members('instances that change role together'),
    ...trackingKeywords,
    ...notifyKeywords,
    sync_group_tracking_weight: flag("weights of the members' own tracking count", { default: false }),
  },
  ignored('it is what track_script and the like of the group do', 'global_tracking'),
);

export const trackGroupKeywords = block({
  group: members('instances that static entries follow'),
});
