/** Groups: addresses and ports that share one pool (`members` of a virtual server). */
import { tcp, udp } from '../../helpers/packets.ts';
import { ends, type Step, sent, type Vector } from '../../helpers/vectors.ts';

const vip = '10.0.0.100:80';
const syn = (client: string, to: string, server: string): Step =>
  sent(tcp('S', { client: `${client}:1`, to }), server);
const ack = (client: string, to: string, server: string): Step =>
  sent(tcp('A', { client: `${client}:1`, to }), server);

export const groupVectors: readonly Vector[] = [
  {
    title: 'the members of a group share pool, turn and counters; their flows are their own',
    given: [`TCP ${vip} rr &10.0.0.100:443 &10.0.0.101:0 rs1*1 rs2*1 rs3*1`],
    steps: [
      syn('10.1.0.1', vip, 'rs1'),
      syn('10.1.0.1', '10.0.0.100:443', 'rs2'),
      syn('10.1.0.1', '10.0.0.101:80', 'rs3'),
      syn('10.1.0.1', '10.0.0.101:7', 'rs1'),
      syn('10.1.0.2', vip, 'rs2'),
      ack('10.1.0.1', '10.0.0.100:443', 'rs2'),
      ack('10.1.0.1', '10.0.0.101:80', 'rs3'),
      ...ends('NOT_OURS', tcp('S', '10.1.0.1:1', { transport: { destination: 81 } })),
      {
        servers: [`TCP ${vip} rr 5/7/280`, '  rs1*1 2+0 2/2/80', '  rs2*1 2+0 2/3/120', '  rs3*1 1+0 1/2/80'],
      },
      {
        connections: [
          'TCP 10.1.0.1:1 > 10.0.0.100:443 rs2 ESTABLISHED 900',
          'TCP 10.1.0.1:1 > 10.0.0.100:80 rs1 SYN_RECV 60',
          'TCP 10.1.0.1:1 > 10.0.0.101:7 rs1 SYN_RECV 60',
          'TCP 10.1.0.1:1 > 10.0.0.101:80 rs3 ESTABLISHED 900',
          'TCP 10.1.0.2:1 > 10.0.0.100:80 rs2 SYN_RECV 60',
        ],
      },
    ],
  },
  {
    title:
      'a member is added and taken away while flows run; taken away, its flows go on by the pool of the group',
    given: [`TCP ${vip} rr rs1*1 rs2*1`],
    steps: [
      syn('10.1.0.1', vip, 'rs1'),
      ...ends('NOT_OURS', tcp('S', { client: '10.1.0.1:1', to: '10.0.0.101:80' })),
      { set: `TCP ${vip} rr &10.0.0.101:80 rs1*1 rs2*1` },
      syn('10.1.0.1', '10.0.0.101:80', 'rs2'),
      ack('10.1.0.1', vip, 'rs1'),
      syn('10.1.0.2', '10.0.0.101:80', 'rs1'),
      { set: `TCP ${vip} rr rs1*1 rs2*1` },
      // Its real servers are in service: what it had goes on, nothing new comes.
      ack('10.1.0.1', '10.0.0.101:80', 'rs2'),
      ...ends('NOT_OURS', tcp('S', { client: '10.1.0.3:1', to: '10.0.0.101:80' })),
      syn('10.1.0.3', vip, 'rs2'),
      { load: [`TCP ${vip}`, '  rs1 2+0', '  rs2 2+0'] },
      { set: `TCP ${vip} rr &10.0.0.101:80 rs1*1 rs2*1` },
      syn('10.1.0.4', '10.0.0.101:80', 'rs1'),
    ],
  },
  {
    title: 'the whole group is removed: its flows are dropped, and it comes back with them',
    given: [`TCP ${vip} rr &10.0.0.101:80 rs1*1 rs2*1`, 'TCP 10.0.0.102:80 rr rs3*1'],
    steps: [
      syn('10.1.0.1', vip, 'rs1'),
      syn('10.1.0.1', '10.0.0.101:80', 'rs2'),
      { remove: 'TCP 10.0.0.101:80' },
      ack('10.1.0.1', '10.0.0.101:80', 'rs2'),
      { remove: `TCP ${vip}` },
      ...ends(
        'REAL_SERVER_GONE',
        tcp('A', { client: '10.1.0.1:1', to: vip }),
        tcp('A', { client: '10.1.0.1:1', to: '10.0.0.101:80' }),
      ),
      { load: ['TCP 10.0.0.102:80', '  rs3 0+0'] },
      { set: `TCP ${vip} rr &10.0.0.101:80 rs1*1 rs2*1` },
      ack('10.1.0.1', '10.0.0.101:80', 'rs2'),
      ack('10.1.0.1', vip, 'rs1'),
    ],
  },
  {
    title: "a member that is another's is refused, and nothing has changed",
    given: [`TCP ${vip} rr &10.0.0.101:80 rs1*1`, 'TCP 10.0.0.102:80 rr rs3*1'],
    steps: [
      { set: 'TCP 10.0.0.102:80 rr &10.0.0.101:80 rs4*1', refused: /10\.0\.0\.101.*belongs to/ },
      { set: 'TCP 10.0.0.102:80 rr &10.0.0.100:80 rs4*1', refused: /10\.0\.0\.100.*belongs to/ },
      { set: 'TCP 10.0.0.103:80 rr &10.0.0.103:80 rs4*1', refused: /10\.0\.0\.103.*belongs to/ },
      syn('10.1.0.1', '10.0.0.101:80', 'rs1'),
      syn('10.1.0.1', '10.0.0.102:80', 'rs3'),
      ...ends('NOT_OURS', tcp('S', { client: '10.1.0.1:1', to: '10.0.0.103:80' })),
      { load: [`TCP ${vip}`, '  rs1 1+0', 'TCP 10.0.0.102:80', '  rs3 1+0'] },
    ],
  },
  {
    title: 'a virtual server of its own takes a member out of its group; what it had goes on',
    given: [`TCP ${vip} rr &10.0.0.101:80 rs1*1`],
    steps: [
      syn('10.1.0.1', '10.0.0.101:80', 'rs1'),
      { set: 'TCP 10.0.0.101:80 rr rs4*1' },
      { set: `TCP ${vip} rr rs1*1` },
      syn('10.1.0.2', '10.0.0.101:80', 'rs4'),
      ack('10.1.0.1', '10.0.0.101:80', 'rs1'),
      syn('10.1.0.2', vip, 'rs1'),
      { load: [`TCP ${vip}`, '  rs1 2+0', 'TCP 10.0.0.101:80', '  rs4 1+0'] },
    ],
  },
  {
    title: 'a group has thresholds and one-packet scheduling as one',
    given: [
      'UDP 10.0.0.100:53 fo &10.0.0.101:53 rs1*9<2/1 rs2*1',
      'UDP 10.0.0.100:54 rr ops &10.0.0.101:54 rs1*1 rs2*1',
    ],
    steps: [
      sent(udp({ client: '10.1.0.1:1', to: '10.0.0.100:53' }), 'rs1'),
      sent(udp({ client: '10.1.0.1:1', to: '10.0.0.101:53' }), 'rs1'),
      sent(udp({ client: '10.1.0.2:1', to: '10.0.0.101:53' }), 'rs2'),
      sent(udp({ client: '10.1.0.1:1', to: '10.0.0.100:54' }), 'rs1'),
      sent(udp({ client: '10.1.0.1:1', to: '10.0.0.101:54' }), 'rs2'),
      sent(udp({ client: '10.1.0.1:1', to: '10.0.0.101:54' }), 'rs1'),
    ],
  },
];
