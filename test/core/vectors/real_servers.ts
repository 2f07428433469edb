import { director, realServerMac, tcp, udp } from '../../helpers/packets.ts';
import { ends, type Step, sent, type Vector } from '../../helpers/vectors.ts';

const client = '10.1.0.1:1024';
const given = ['TCP 10.0.0.100:80 rr rs1*1 rs2*1'];
const link = (mac: string): Step => ({
  nexthop: ['10.0.0.11', { kind: 'link', index: director.ingress, mac, source: director.mac }],
});

export const realServerVectors: readonly Vector[] = [
  {
    title: 'weight 0 keeps its flows and gets no new ones',
    given,
    steps: [
      sent(tcp('S', client), 'rs1'),
      { set: 'TCP 10.0.0.100:80 rr rs1*0 rs2*1' },
      sent(tcp('A', client), 'rs1'),
      sent(tcp('S', '10.1.0.2:1'), 'rs2'),
      sent(tcp('S', '10.1.0.3:1'), 'rs2'),
      sent(tcp('PA', client), 'rs1'),
      { servers: ['TCP 10.0.0.100:80 rr 3/5/200', '  rs1*0 1+0 1/3/120', '  rs2*1 2+0 2/2/80'] },
    ],
  },
  ...['rr', 'wrr', 'lc', 'wlc'].map(
    (scheduler): Vector => ({
      title: `${scheduler}: without a real server to take it, a new flow is dropped and an old one goes on`,
      given: [`TCP 10.0.0.100:80 ${scheduler} rs1*1`, `UDP 10.0.0.100:80 ${scheduler}`],
      steps: [
        sent(tcp('S', client), 'rs1'),
        { set: `TCP 10.0.0.100:80 ${scheduler} rs1*0 rs2*0` },
        ...ends('NO_REAL_SERVER', tcp('S', '10.1.0.2:1'), udp(client)),
        ...ends('NO_FLOW', tcp('A', '10.1.0.2:1')),
        sent(tcp('A', client), 'rs1'),
        { set: `TCP 10.0.0.100:80 ${scheduler} rs2*1` },
        sent(tcp('S', '10.1.0.2:1'), 'rs2'),
        ...ends('REAL_SERVER_GONE', tcp('A', client)),
        { set: `TCP 10.0.0.100:80 ${scheduler}` },
        ...ends('NO_REAL_SERVER', tcp('S', '10.1.0.3:1')),
      ],
    }),
  ),
  {
    title:
      'packets of a removed real server are dropped, SYNs too, until it is back with its flows and counters',
    given,
    steps: [
      sent(tcp('S', client), 'rs1'),
      sent(tcp('A', client), 'rs1'),
      { set: 'TCP 10.0.0.100:80 rr rs2*1' },
      ...ends('REAL_SERVER_GONE', tcp('A', client), tcp('S', client), tcp('R', client), tcp('FA', client)),
      { flows: [`TCP ${client} > 10.0.0.100:80 rs1 ESTABLISHED active`] },
      { servers: ['TCP 10.0.0.100:80 rr 1/2/80', '  rs2*1 0+0 0/0/0', '  rs1*1 gone 1+0 1/2/80'] },
      { set: 'TCP 10.0.0.100:80 rr rs1*7 rs2*1' },
      sent(tcp('A', client), 'rs1'),
      { servers: ['TCP 10.0.0.100:80 rr 1/3/120', '  rs1*7 1+0 1/3/120', '  rs2*1 0+0 0/0/0'] },
    ],
  },
  {
    title: 'a packet to a removed real server does not keep its flow alive',
    given,
    steps: [
      sent(tcp('S', client), 'rs1'),
      { set: 'TCP 10.0.0.100:80 rr rs2*1' },
      { at: 59 },
      ...ends('REAL_SERVER_GONE', tcp('A', client)),
      { at: 61 },
      { sweep: { used: 0, expired: 1 } },
      { servers: ['TCP 10.0.0.100:80 rr 1/1/40', '  rs2*1 0+0 0/0/0', '  rs1*1 gone 0+0 1/1/40'] },
    ],
  },
  {
    title: 'a connection that is over on a removed real server opens anew on another one',
    given,
    steps: [
      sent(tcp('S', client), 'rs1'),
      sent(tcp('F', client), 'rs1'),
      { set: 'TCP 10.0.0.100:80 rr rs2*1' },
      ...ends('REAL_SERVER_GONE', tcp('A', client)),
      sent(tcp('S', client), 'rs2'),
    ],
  },
  {
    title: 'packets for the director itself go to its own stack as they came, and count',
    given: ['TCP 10.0.0.100:80 rr 127.0.0.1*1'],
    steps: [
      { nexthop: ['127.0.0.1', { kind: 'local' }] },
      ...ends('LOCAL', tcp('S', client), tcp('A', client), tcp('A', client, { ip: { ttl: 1 } })),
      { flows: [`TCP ${client} > 10.0.0.100:80 127.0.0.1 ESTABLISHED active`] },
      { servers: ['TCP 10.0.0.100:80 rr 1/3/120', '  127.0.0.1*1 1+0 1/3/120'] },
    ],
  },
  {
    title: 'without a neighbour, packets are dropped and the flow is there once it resolves',
    given: ['TCP 10.0.0.100:80 rr 10.0.0.77*1'],
    steps: [
      ...ends('NO_NEIGHBOUR', tcp('S', client)),
      { flows: [`TCP ${client} > 10.0.0.100:80 10.0.0.77 SYN_RECV active`] },
      {
        nexthop: [
          '10.0.0.77',
          { kind: 'link', index: director.ingress, mac: realServerMac('rs6'), source: director.mac },
        ],
      },
      sent(tcp('S', client), 'rs6'),
      { nexthop: ['10.0.0.77', { kind: 'unresolved' }] },
      ...ends('NO_NEIGHBOUR', tcp('A', client)),
      { servers: ['TCP 10.0.0.100:80 rr 1/3/120', '  10.0.0.77*1 1+0 1/3/120'] },
    ],
  },
  {
    title: "frames follow a real server's MAC address",
    given,
    steps: [
      sent(tcp('S', client), 'rs1'),
      link(realServerMac('rs5')),
      sent(tcp('A', client), 'rs5'),
      link(realServerMac('rs1')),
      sent(tcp('A', client), 'rs1'),
    ],
  },
];
