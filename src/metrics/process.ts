/** The daemon itself: what runs, since when, and what became of its threads and reloads. */
import { pathOf } from '../control/datapath.ts';
import { flag, type MetricRow, only } from './metric.ts';

export const processMetrics: readonly MetricRow[] = [
  {
    name: 'xlb_build_info',
    help: 'What runs; always 1',
    type: 'gauge',
    samples: ({ status: { version, instance } }) => [
      { labels: { version, xlb_instance: instance }, value: 1 },
    ],
  },
  {
    name: 'xlb_start_time_seconds',
    help: 'When the daemon started, seconds since 1970',
    type: 'gauge',
    samples: ({ status }) => only(Date.parse(status.since) / 1000),
  },
  {
    name: 'xlb_dataplane_up',
    help: 'The dataplane worker serves the tables; 0: forwarding goes on, nothing can be changed or read',
    type: 'gauge',
    samples: ({ status }) => only(flag(status.dataplane)),
  },
  {
    name: 'xlb_worker_restarts_total',
    help: 'Worker threads that died and were started again',
    type: 'counter',
    samples: ({ restarts }) =>
      Object.entries(restarts).map(([worker, value]) => ({ labels: { worker }, value })),
  },
  {
    name: 'xlb_config_last_reload_successful',
    help: 'The last reload took effect; 0: its file was refused, and what was before still holds',
    type: 'gauge',
    samples: ({ reload }) => only(flag(reload.lastSuccessful)),
  },
  {
    name: 'xlb_config_last_reload_success_timestamp_seconds',
    help: 'When the configuration in force was read, seconds since 1970',
    type: 'gauge',
    samples: ({ reload }) => only(reload.lastSuccessMs / 1000),
  },
  {
    name: 'xlb_interface_info',
    help: 'Interfaces that take traffic of virtual servers, and what forwards there (zero_copy: of AF_XDP); always 1',
    type: 'gauge',
    samples: ({ status }) =>
      status.interfaces.map(({ name, mode, af_xdp: sockets }) => ({
        labels: {
          interface: name,
          datapath: pathOf(mode, sockets),
          zero_copy: sockets === undefined ? '' : sockets.zero_copy ? 'yes' : 'no',
        },
        value: 1,
      })),
  },
  {
    name: 'xlb_events_lost_total',
    help: 'Events that an outlet of xlb_events has not taken',
    type: 'counter',
    samples: ({ status }) =>
      Object.entries(status.events_lost ?? {}).map(([outlet, value]) => ({ labels: { outlet }, value })),
  },
  {
    name: 'xlb_notifications_lost_total',
    help: 'Mails and lines for FIFOs that nobody took, since notification was last changed',
    type: 'counter',
    samples: ({ status: { notifications_lost: lost } }) => [
      { labels: { channel: 'mail', path: '' }, value: lost?.mails ?? 0 },
      ...Object.entries(lost?.fifo_lines ?? {}).map(([path, value]) => ({
        labels: { channel: 'fifo', path },
        value,
      })),
    ],
  },
];
