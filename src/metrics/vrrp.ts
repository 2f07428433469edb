/** Virtual routers, by xlb's own names. */
import type { VrrpInstanceStatus } from '../control/status.ts';
import { refusals } from '../vrrp/received_advert.ts';
import { flag, type MetricRow } from './metric.ts';

/** As keepalived numbers them in its JSON. */
export const stateNumbers: Readonly<Record<VrrpInstanceStatus['state'], number>> = {
  INIT: 0,
  BACKUP: 1,
  MASTER: 2,
  FAULT: 3,
};

const counted: readonly [statistic: string, name: string, help: string][] = [
  ['advert_rcvd', 'adverts_received', 'Adverts that were heard'],
  ['advert_sent', 'adverts_sent', 'Adverts that were sent'],
  ['become_master', 'became_master', 'Times it became master'],
  ['release_master', 'released_master', 'Times it was master no more'],
  ['pri_zero_rcvd', 'priority_zero_received', 'Adverts of a master that resigned'],
  ['pri_zero_sent', 'priority_zero_sent', 'Adverts with which it resigned'],
  ['two_masters', 'two_masters', 'Times another master was heard while it was master'],
];

export const vrrpMetrics: readonly MetricRow[] = [
  {
    name: 'xlb_vrrp_state',
    help: 'State of the virtual router: 0 INIT, 1 BACKUP, 2 MASTER, 3 FAULT',
    type: 'gauge',
    samples: ({ status }) =>
      status.vrrp_instances.map((one) => ({ labels: labelsOf(one), value: stateNumbers[one.state] })),
  },
  {
    name: 'xlb_vrrp_priority',
    help: 'Effective priority',
    type: 'gauge',
    samples: ({ status }) =>
      status.vrrp_instances.map((one) => ({ labels: labelsOf(one), value: one.priority })),
  },
  {
    name: 'xlb_vrrp_rival',
    help: 'It is master, and so says another director: two masters',
    type: 'gauge',
    samples: ({ status }) =>
      status.vrrp_instances.map((one) => ({ labels: labelsOf(one), value: flag(one.rival !== undefined) })),
  },
  ...counted.map(
    ([statistic, name, help]): MetricRow => ({
      name: `xlb_vrrp_${name}_total`,
      help,
      type: 'counter',
      samples: ({ status }) =>
        status.vrrp_instances.map((one) => ({
          labels: labelsOf(one),
          value: one.statistics[statistic] ?? 0,
        })),
    }),
  ),
  {
    name: 'xlb_vrrp_adverts_refused_total',
    help: 'Adverts that were ignored, and why',
    type: 'counter',
    samples: ({ status }) =>
      status.vrrp_instances.flatMap((one) =>
        refusals.map((reason) => ({
          labels: { ...labelsOf(one), reason },
          value: one.statistics[reason] ?? 0,
        })),
      ),
  },
];

function labelsOf(one: VrrpInstanceStatus) {
  return {
    vrrp_instance: one.name,
    interface: one.interface,
    virtual_router_id: String(one.virtual_router_id),
  };
}
