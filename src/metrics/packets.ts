/** Packets by what became of them, and the two tables they are looked up in. */

import { afXdpNames } from '../control/status.ts';
import type { Facts } from './facts.ts';
import { type MetricRow, only } from './metric.ts';

export const packetMetrics: readonly MetricRow[] = [
  {
    name: 'xlb_packets_total',
    help: 'Packets that the program saw, by verdict and by what it did with them',
    type: 'counter',
    samples: ({ verdicts }) =>
      verdicts.map(({ name, action, packets }) => ({
        labels: { verdict: name.toLowerCase(), action },
        value: packets,
      })),
  },
  {
    name: 'xlb_af_xdp_frames_total',
    help: 'Frames of AF_XDP that were lost, handed back to the kernel or sent by a system call, since the daemon began',
    type: 'counter',
    samples: ({ status }) =>
      status.dataplane
        ? Object.values(afXdpNames).map((what) => ({ labels: { what }, value: status.af_xdp?.[what] ?? 0 }))
        : [],
  },
  ofFlows('slots', 'gauge', 'Slots of the flow table'),
  ofFlows('used', 'gauge', 'Flows in the flow table, as the sweeper counted them last'),
  {
    name: 'xlb_flow_table_sweeps_total',
    help: 'Passes of the sweeper over the whole table, one in about 2 s, since the dataplane worker began',
    type: 'counter',
    samples: ({ sweeps }) => (sweeps === undefined ? [] : only(sweeps)),
  },
  ofFlows('expired', 'counter', 'Flows that were idle for too long'),
  ofFlows('evicted', 'counter', 'Flows pushed out by new ones where the flow table had no room'),
  ofTemplates('slots', 'gauge', 'Slots of the table of persistence templates'),
  ofTemplates('used', 'gauge', 'Persistence templates'),
  ofTemplates('evicted', 'counter', 'Persistence templates pushed out by new ones'),
  ofTemplates('refused', 'counter', 'New flows of persistent clients that found no room for a template'),
];

function ofFlows(what: keyof Facts['status']['flows'], type: MetricRow['type'], help: string): MetricRow {
  const name = `xlb_flow_table_${what}${type === 'counter' ? '_total' : ''}`;
  return { name, help, type, samples: ({ status }) => readable(status.dataplane, status.flows[what]) };
}

function ofTemplates(
  what: keyof Facts['status']['templates'],
  type: MetricRow['type'],
  help: string,
): MetricRow {
  const name = `xlb_persistence_table_${what}${type === 'counter' ? '_total' : ''}`;
  return { name, help, type, samples: ({ status }) => readable(status.dataplane, status.templates[what]) };
}

/** A counter that cannot be read is absent: 0 would look like a restart. */
function readable(dataplane: boolean, value: number): ReturnType<MetricRow['samples']> {
  return dataplane ? only(value) : [];
}
