import { tcp, udp } from '../../helpers/packets.ts';
import { ends, sent, type Vector } from '../../helpers/vectors.ts';

const client = '10.1.0.1:1024';

export const virtualServerVectors: readonly Vector[] = [
  {
    title: 'a virtual server is protocol, address and port, all three',
    given: ['TCP 10.0.0.100:80 rr rs1*1', 'UDP 10.0.0.100:53 rr rs2*1', 'TCP [fd00::100]:80 rr rs3*1'],
    steps: [
      sent(tcp('S', { client, to: '10.0.0.100:80' }), 'rs1'),
      sent(udp({ client, to: '10.0.0.100:53' }), 'rs2'),
      sent(tcp('S', '[2001:db8::1]:1024'), 'rs3'),
      ...ends('NOT_OURS', udp({ client, to: '10.0.0.100:80' }), tcp('S', { client, to: '10.0.0.100:53' })),
      ...ends(
        'NOT_OURS',
        tcp('S', { client, to: '10.0.0.100:81' }),
        tcp('S', { client, to: '10.0.0.101:80' }),
      ),
      ...ends(
        'NOT_OURS',
        tcp('S', { client, to: '10.0.0.100:20480' }),
        tcp('S', { client, to: '10.0.0.100:0' }),
      ),
      ...ends('NOT_OURS', tcp('S', { client: '[2001:db8::1]:1024', to: '[fd00::101]:80' })),
      ...ends('NOT_OURS', udp('[2001:db8::1]:1024')),
    ],
  },
  {
    title: 'port 0 takes every port that has no virtual server of its own, each port a flow of its own',
    given: ['TCP 10.0.0.100:0 rr rs1*1 rs2*1', 'TCP 10.0.0.100:80 rr rs3*1'],
    steps: [
      sent(tcp('S', { client, to: '10.0.0.100:80' }), 'rs3'),
      sent(tcp('S', { client, to: '10.0.0.100:81' }), 'rs1'),
      sent(tcp('S', { client, to: '10.0.0.100:443' }), 'rs2'),
      sent(tcp('A', { client, to: '10.0.0.100:81' }), 'rs1'),
      ...ends('NOT_OURS', tcp('S', { client, to: '10.0.0.101:81' }), udp({ client, to: '10.0.0.100:81' })),
      {
        flows: [
          'TCP 10.1.0.1:1024 > 10.0.0.100:443 rs2 SYN_RECV active',
          'TCP 10.1.0.1:1024 > 10.0.0.100:80 rs3 SYN_RECV active',
          'TCP 10.1.0.1:1024 > 10.0.0.100:81 rs1 ESTABLISHED active',
        ],
      },
      { remove: { protocol: 'TCP', address: '10.0.0.100', port: 80 } },
      // As in IPVS, the flow of a virtual server that was taken away is not given to another.
      ...ends('REAL_SERVER_GONE', tcp('S', { client, to: '10.0.0.100:80' })),
      sent(tcp('S', { client: '10.1.0.1:1025', to: '10.0.0.100:80' }), 'rs1'),
      { remove: { protocol: 'TCP', address: '10.0.0.100', port: 0 } },
      ...ends(
        'NOT_OURS',
        tcp('A', { client, to: '10.0.0.100:80' }),
        tcp('A', { client, to: '10.0.0.100:81' }),
      ),
    ],
  },
  {
    title: 'two virtual servers that share a real server count apart',
    given: ['TCP 10.0.0.100:80 rr rs1*1', 'TCP 10.0.0.100:443 rr rs1*5', 'UDP 10.0.0.100:80 rr rs1*1'],
    steps: [
      sent(tcp('S', { client, to: '10.0.0.100:80' }), 'rs1'),
      sent(tcp('S', { client, to: '10.0.0.100:443' }), 'rs1'),
      sent(tcp('A', { client, to: '10.0.0.100:443' }), 'rs1'),
      sent(udp({ client, to: '10.0.0.100:80' }), 'rs1'),
      {
        servers: [
          'TCP 10.0.0.100:80 rr 1/1/40',
          '  rs1*1 1+0 1/1/40',
          'TCP 10.0.0.100:443 rr 1/2/80',
          '  rs1*5 1+0 1/2/80',
          'UDP 10.0.0.100:80 rr 1/1/28',
          '  rs1*1 0+1 1/1/28',
        ],
      },
      { remove: { protocol: 'TCP', address: '10.0.0.100', port: 80 } },
      sent(tcp('A', { client, to: '10.0.0.100:443' }), 'rs1'),
      ...ends('REAL_SERVER_GONE', tcp('A', { client, to: '10.0.0.100:80' })),
    ],
  },
  {
    title: 'a virtual server that comes back has its flows and counters back',
    given: ['TCP 10.0.0.100:80 rr rs1*1 rs2*1'],
    steps: [
      sent(tcp('S', client), 'rs1'),
      sent(tcp('A', client), 'rs1'),
      { remove: { protocol: 'TCP', address: '10.0.0.100', port: 80 } },
      { servers: [] },
      ...ends('NOT_OURS', tcp('A', client), tcp('S', '10.1.0.2:1')),
      { set: 'TCP 10.0.0.100:80 rr rs1*1 rs2*1' },
      sent(tcp('A', client), 'rs1'),
      { servers: ['TCP 10.0.0.100:80 rr 1/3/120', '  rs1*1 1+0 1/3/120', '  rs2*1 0+0 0/0/0'] },
    ],
  },
];
