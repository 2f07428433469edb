/** Sessions of bfd_instance, by xlb's own names. */
import type { BfdSessionStatus } from '../control/status.ts';
import { flag, type MetricRow } from './metric.ts';

export const bfdMetrics: readonly MetricRow[] = [
  {
    name: 'xlb_bfd_session_up',
    help: 'The BFD session is up',
    type: 'gauge',
    samples: ({ status }) =>
      (status.bfd_sessions ?? []).map((one) => ({ labels: labelsOf(one), value: flag(one.state === 'Up') })),
  },
  {
    name: 'xlb_bfd_detection_time_seconds',
    help: 'After so long a silence the session is down; absent before the neighbour was heard',
    type: 'gauge',
    samples: ({ status }) =>
      (status.bfd_sessions ?? []).flatMap((one) =>
        one.detection_time_ms === undefined
          ? []
          : [{ labels: labelsOf(one), value: one.detection_time_ms / 1000 }],
      ),
  },
];

function labelsOf({ name, neighbor }: BfdSessionStatus) {
  return { bfd_instance: name, neighbor };
}
