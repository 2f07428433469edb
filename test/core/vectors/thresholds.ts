/** Thresholds (count_begin and count_end of bpf/core/flow_table.h): the edges, and what no trace has. */
import { tcp, udp } from '../../helpers/packets.ts';
import { ends, type Step, sent, type Vector } from '../../helpers/vectors.ts';

const vip = '10.0.0.100:80';
const load = (...lines: string[]): Step => ({ load: [`TCP ${vip}`, ...lines.map((line) => `  ${line}`)] });
const opened = (server: string, ...clients: string[]): Step[] =>
  clients.map((client) => sent(tcp('S', client), server));
const swept = (used: number, expired: number): Step => ({ sweep: { used, expired } });
const clients = (count: number) => Array.from({ length: count }, (_, i) => `10.1.0.${i + 1}:1`);

/**
 * Upper and lower threshold; how many flows remain when the overload ends, and how many when it has not yet: below
 * the lower one, or without it below three quarters of the upper one.
 */
const edges = [
  [1, 0, 0, undefined],
  [2, 0, 1, undefined],
  [3, 0, 2, undefined],
  [4, 0, 2, 3],
  [5, 0, 3, 4],
  [8, 0, 5, 6],
  [4, 1, 0, 1],
  [4, 2, 1, 2],
  [4, 4, 3, undefined],
] as const;

export const thresholdVectors: readonly Vector[] = [
  ...edges.map(([upper, lower, ended, still]): Vector => {
    const flows = clients(upper);
    const over = ['10.1.1.1:1', '10.1.1.2:1'];
    const until = (left: number): Step[] => {
      const closed = flows.slice(left);
      return [...closed.flatMap((client) => [tcp('A', client), tcp('R', client)])].map((f) => sent(f, 'rs1'));
    };
    return {
      title: `upper ${upper}, lower ${lower}: overloaded from ${upper} flows until ${ended} are left`,
      given: [`TCP ${vip} fo rs1*9<${upper}/${lower} rs2*1`],
      steps: [
        ...opened('rs1', ...flows),
        load(`rs1 ${upper}+0, overloaded`, 'rs2 0+0'),
        ...opened('rs2', ...over),
        ...(still === undefined
          ? []
          : [
              ...until(still),
              { at: 11 },
              swept(still + 2, upper - still),
              load(`rs1 ${still}+0, overloaded`, 'rs2 2+0'),
              ...opened('rs2', '10.1.1.3:1'),
            ]),
        ...flows
          .slice(ended, still ?? upper)
          .flatMap((client) => [sent(tcp('A', client), 'rs1'), sent(tcp('R', client), 'rs1')]),
        { at: 22 },
        swept(ended + (still === undefined ? 2 : 3), (still ?? upper) - ended),
        load(`rs1 ${ended}+0`, `rs2 ${still === undefined ? 2 : 3}+0`),
        ...opened('rs1', '10.1.1.4:1'),
      ],
    };
  }),
  {
    title: 'inactive flows count for a threshold as active ones do',
    given: [`TCP ${vip} fo rs1*9<2 rs2*1`],
    steps: [
      ...opened('rs1', '10.1.0.1:1'),
      sent(tcp('F', '10.1.0.1:1'), 'rs1'),
      load('rs1 0+1', 'rs2 0+0'),
      ...opened('rs1', '10.1.0.2:1'),
      sent(tcp('F', '10.1.0.2:1'), 'rs1'),
      load('rs1 0+2, overloaded', 'rs2 0+0'),
      ...opened('rs2', '10.1.0.3:1'),
      { at: 61 },
      // Active once more: the overload goes by flows that come and go, not by their states.
      ...opened('rs1', '10.1.0.4:1').map((step): Step => ({ ...step, to: 'rs2' }) as Step),
      swept(3, 1),
      load('rs1 0+2, overloaded', 'rs2 1+0'),
    ],
  },
  {
    title: 'UDP flows count for thresholds',
    given: [`UDP ${vip} fo rs1*9<2/1 rs2*1`],
    steps: [
      sent(udp('10.1.0.1:1'), 'rs1'),
      sent(udp('10.1.0.1:2'), 'rs1'),
      sent(udp('10.1.0.1:3'), 'rs2'),
      { load: [`UDP ${vip}`, '  rs1 0+2, overloaded', '  rs2 0+1'] },
      { at: 200 },
      sent(udp('10.1.0.1:1'), 'rs1'),
      { at: 301 },
      swept(1, 2),
      { load: [`UDP ${vip}`, '  rs1 0+1, overloaded', '  rs2 0+0'] },
      sent(udp('10.1.0.1:4'), 'rs2'),
      { at: 501 },
      swept(1, 1),
      { load: [`UDP ${vip}`, '  rs1 0+0', '  rs2 0+1'] },
      sent(udp('10.1.0.1:5'), 'rs1'),
    ],
  },
  {
    title: 'one-packet scheduling begins and ends what it counts at once: only upper 1, lower 1 ends nothing',
    given: [`UDP ${vip} fo ops rs1*9<2/1 rs2*1`],
    steps: [
      ...[1, 2, 3, 4].map((port) => sent(udp(`10.1.0.1:${port}`), 'rs1')),
      { load: [`UDP ${vip}`, '  rs1 0+0', '  rs2 0+0'] },
      { set: `UDP ${vip} fo ops rs1*9<1 rs2*1` },
      ...[1, 2, 3, 4].map((port) => sent(udp(`10.1.0.1:${port}`), 'rs1')),
      { load: [`UDP ${vip}`, '  rs1 0+0', '  rs2 0+0'] },
      { servers: [`UDP ${vip} fo 8/8/224`, '  rs1*9 0+0 8/8/224', '  rs2*1 0+0 0/0/0'] },
    ],
  },
  {
    title: 'a change judges anew: over the new upper, under the new lower, as before between them',
    given: [`TCP ${vip} fo rs1*9 rs2*1`],
    steps: [
      ...opened('rs1', ...clients(4)),
      { set: `TCP ${vip} fo rs1*9<5/2 rs2*1` },
      load('rs1 4+0', 'rs2 0+0'),
      { set: `TCP ${vip} fo rs1*9<4/2 rs2*1` },
      load('rs1 4+0, overloaded', 'rs2 0+0'),
      { set: `TCP ${vip} fo rs1*9<6/2 rs2*1` },
      load('rs1 4+0, overloaded', 'rs2 0+0'),
      ...opened('rs2', '10.1.1.1:1'),
      { set: `TCP ${vip} fo rs1*9<6/5 rs2*1` },
      load('rs1 4+0', 'rs2 1+0'),
      ...opened('rs1', '10.1.1.2:1'),
      { set: `TCP ${vip} fo rs1*9<5/1 rs2*1` },
      load('rs1 5+0, overloaded', 'rs2 1+0'),
      { set: `TCP ${vip} fo rs1*9<7 rs2*1` },
      load('rs1 5+0', 'rs2 1+0'),
      { set: `TCP ${vip} fo rs1*9<5 rs2*1` },
      { set: `TCP ${vip} fo rs1*9<6 rs2*1` },
      load('rs1 5+0, overloaded', 'rs2 1+0'),
      { set: `TCP ${vip} fo rs1*9 rs2*1` },
      load('rs1 5+0', 'rs2 1+0'),
      ...opened('rs1', '10.1.1.3:1'),
    ],
  },
  {
    title: 'a real server that comes back with its flows is judged by them',
    given: [`TCP ${vip} fo rs1*9<3/2 rs2*1`],
    steps: [
      ...opened('rs1', ...clients(3)),
      ...opened('rs2', '10.1.1.1:1'),
      { set: `TCP ${vip} fo rs2*1` },
      { set: `TCP ${vip} fo rs1*9<3/2 rs2*1` },
      load('rs1 3+0, overloaded', 'rs2 1+0'),
      ...opened('rs2', '10.1.1.2:1'),
      { set: `TCP ${vip} fo rs2*1` },
      { set: `TCP ${vip} fo rs1*9<4/3 rs2*1` },
      load('rs1 3+0, overloaded', 'rs2 2+0'),
      { set: `TCP ${vip} fo rs2*1` },
      { at: 61 },
      swept(0, 5),
      { load: [`TCP ${vip}`, '  rs2 0+0', '  rs1 gone 0+0'] },
      { set: `TCP ${vip} fo rs1*9<4/3 rs2*1` },
      ...opened('rs1', '10.1.1.3:1'),
    ],
  },
  {
    title: 'flows that a gone real server had and that end meanwhile end its overload',
    given: [`TCP ${vip} fo rs1*9<2/1 rs2*1`],
    steps: [
      ...opened('rs1', ...clients(2)),
      { set: `TCP ${vip} fo rs2*1` },
      { load: [`TCP ${vip}`, '  rs2 0+0', '  rs1 gone 2+0, overloaded'] },
      { at: 61 },
      swept(0, 2),
      { load: [`TCP ${vip}`, '  rs2 0+0', '  rs1 gone 0+0'] },
    ],
  },
  {
    title: 'when all are overloaded the new flow finds nobody, and the old ones go on',
    given: [`TCP ${vip} rr rs1*1<1 rs2*1<1`],
    steps: [
      ...opened('rs1', '10.1.0.1:1'),
      ...opened('rs2', '10.1.0.2:1'),
      ...ends('NO_REAL_SERVER', tcp('S', '10.1.0.3:1')),
      ...ends('NO_FLOW', tcp('A', '10.1.0.3:1')),
      sent(tcp('A', '10.1.0.1:1'), 'rs1'),
      sent(tcp('S', '10.1.0.2:1'), 'rs2'),
    ],
  },
  {
    title: 'a flow that begins anew on the real server of its old one ends the old one first',
    given: [`TCP ${vip} fo rs1*9<1 rs2*1`],
    steps: [
      ...opened('rs1', '10.1.0.1:1'),
      sent(tcp('F', '10.1.0.1:1'), 'rs1'),
      ...opened('rs2', '10.1.0.2:1'),
      ...opened('rs1', '10.1.0.1:1'),
      load('rs1 1+0, overloaded', 'rs2 1+0'),
    ],
  },
  {
    title: 'a template is no flow: it neither begins nor, by its own count, ends an overload',
    given: [`TCP ${vip} fo p=100 rs1*9<2/1 rs2*1`],
    steps: [
      ...opened('rs1', '10.1.0.1:1'),
      load('rs1 1+0 1 template', 'rs2 0+0'),
      ...opened('rs1', '10.1.0.2:1'),
      load('rs1 2+0 2 templates, overloaded', 'rs2 0+0'),
      ...opened('rs2', '10.1.0.3:1'),
      ...opened('rs1', '10.1.0.1:2'),
    ],
  },
];
