/**
 * The names of keepalived_exporter, for dashboards that know them. They are gauges where it has counters without
 * `_total`, which promtool would not take.
 */
import type { VrrpInstanceStatus } from '../control/status.ts';
import { refusals } from '../vrrp/received_advert.ts';
import { counted } from '../vrrp/statistics.ts';
import { flag, type MetricRow, only } from './metric.ts';
import { stateNumbers } from './vrrp.ts';

/** Of what is counted, what the exporter has. */
const exported: readonly string[] = [...counted, ...refusals].filter(
  (name) => !['two_masters', 'vers_err', 'vrid_err', 'chk_err', 'unicast_src_err'].includes(name),
);

export const keepalivedMetrics: readonly MetricRow[] = [
  {
    name: 'keepalived_up',
    help: 'The VRRP worker runs',
    type: 'gauge',
    samples: ({ status }) => only(flag(status.vrrp)),
  },
  {
    name: 'keepalived_vrrp_state',
    help: 'State of the instance of each address: 0 INIT, 1 BACKUP, 2 MASTER, 3 FAULT',
    type: 'gauge',
    samples: ({ status }) =>
      status.vrrp_instances.flatMap((one) =>
        one.addresses.map((address) => ({
          labels: { ...labelsOf(one), ip_address: address.replace(/\/(32|128)$/, '') },
          value: stateNumbers[one.state],
        })),
      ),
  },
  ...exported.map(
    (name): MetricRow => ({
      name: `keepalived_${name}`,
      help: `${name} of keepalived.stats`,
      type: 'gauge',
      samples: ({ status }) =>
        status.vrrp_instances.map((one) => ({ labels: labelsOf(one), value: one.statistics[name] ?? 0 })),
    }),
  ),
];

function labelsOf(one: VrrpInstanceStatus) {
  return { iname: one.name, intf: one.interface, vrid: String(one.virtual_router_id) };
}
