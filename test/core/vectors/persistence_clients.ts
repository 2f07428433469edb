/** Whose template it is: netmasks, prefix lengths, ports, FTP (bpf/core/template.h). */
import { tcp, udp } from '../../helpers/packets.ts';
import { ends, type Step, sent, type Vector } from '../../helpers/vectors.ts';

const vip = '10.0.0.100:80';
const conn = (...connections: string[]): Step => ({ connections: connections.sort() });
const template = (what: string, client = '10.1.0.1') => `TCP ${client}:0 > ${vip} ${what}`;
const swept = (used: number, expired: number): Step => ({ sweep: { used, expired } });

/** IPv6: of these clients, which ones share the template of the first. */
const prefixes = [
  [1, ['7fff::1'], ['8000::1']],
  [64, ['2001:db8:0:1:ffff::9'], ['2001:db8:0:2::1']],
  [65, ['2001:db8:0:1:7fff::9'], ['2001:db8:0:1:8000::1']],
  [127, ['2001:db8:0:1::'], ['2001:db8:0:1::2', '2001:db8:0:1::4']],
  [128, [], ['2001:db8:0:1::', '2001:db8:0:1::2']],
] as const;

/** IPv4 masks, any bits: the network of 10.1.2.3 as it is listed, who shares it, and who does not. */
const masks = [
  ['255.255.255.0', '10.1.2.0', ['10.1.2.255'], ['10.1.3.3']],
  ['255.255.255.254', '10.1.2.2', ['10.1.2.2'], ['10.1.2.4']],
  ['255.0.255.0', '10.0.2.0', ['10.99.2.7'], ['10.1.3.3', '11.1.2.3']],
  ['0.0.0.24', '0.0.0.0', ['192.0.2.7', '10.1.2.231'], ['10.1.2.11', '10.1.2.16']],
  ['0.0.0.1', '0.0.0.1', ['10.1.2.1', '172.16.9.255'], ['10.1.2.2']],
  ['128.0.0.0', '0.0.0.0', ['127.255.255.254', '1.2.3.4'], ['128.0.0.1']],
] as const;

export const persistenceClientVectors: readonly Vector[] = [
  ...masks.map(
    ([mask, network, same, others]): Vector => ({
      title: `netmask ${mask} makes ${network} of 10.1.2.3, any bits it has`,
      given: [`TCP ${vip} rr p=100/${mask} rs1*1 rs2*1`],
      steps: [
        sent(tcp('S', '10.1.2.3:1'), 'rs1'),
        conn(template('rs1 NONE 100', network), `TCP 10.1.2.3:1 > ${vip} rs1 SYN_RECV 60`),
        ...same.flatMap((client) => ['2', '3'].map((port) => sent(tcp('S', `${client}:${port}`), 'rs1'))),
        ...others.map((client, i) => sent(tcp('S', `${client}:2`), i % 2 === 0 ? 'rs2' : 'rs1')),
        { at: 61 },
        swept(0, same.length * 2 + 1 + others.length),
        { at: 101 },
        swept(0, 1 + others.length),
        conn(),
      ],
    }),
  ),
  ...prefixes.map(
    ([prefix, same, others]): Vector => ({
      title: `prefix length ${prefix} is how much of an IPv6 client's address counts`,
      given: [`TCP [fd00::100]:80 rr p=100/${prefix} rs1*1 rs2*1`],
      steps: [
        sent(tcp('S', '[2001:db8:0:1::1]:1'), 'rs1'),
        ...same.flatMap((client) => ['2', '3'].map((port) => sent(tcp('S', `[${client}]:${port}`), 'rs1'))),
        ...others.map((client, i) => sent(tcp('S', `[${client}]:2`), i % 2 === 0 ? 'rs2' : 'rs1')),
        { at: 61 },
        swept(0, same.length * 2 + 1 + others.length),
        { at: 101 },
        swept(0, 1 + others.length),
        conn(),
      ],
    }),
  ),
  {
    title: 'an IPv6 template is listed by its network',
    given: ['TCP [fd00::100]:80 rr p=100/65 rs1*1 rs2*1'],
    steps: [
      sent(tcp('S', '[2001:db8:1:2:ffff:ffff:ffff:ffff]:9'), 'rs1'),
      sent(tcp('A', '[2001:db8:1:2:ffff:ffff:ffff:ffff]:9'), 'rs1'),
      conn(
        'TCP [2001:db8:1:2:8000::]:0 > [fd00::100]:80 rs1 ASSURED 100',
        'TCP [2001:db8:1:2:ffff:ffff:ffff:ffff]:9 > [fd00::100]:80 rs1 ESTABLISHED 900',
      ),
    ],
  },
  {
    title: 'port 0 has one template of a client for all ports, of each protocol',
    given: ['TCP 10.0.0.100:0 rr p=100 rs1*1 rs2*1', 'UDP 10.0.0.100:0 rr p=100 rs2*1 rs1*1'],
    steps: [
      sent(tcp('S', { client: '10.1.0.1:1', to: '10.0.0.100:80' }), 'rs1'),
      sent(tcp('S', { client: '10.1.0.1:1', to: '10.0.0.100:443' }), 'rs1'),
      sent(udp({ client: '10.1.0.1:1', to: '10.0.0.100:80' }), 'rs2'),
      sent(udp({ client: '10.1.0.1:1', to: '10.0.0.100:53' }), 'rs2'),
      conn(
        'TCP 10.1.0.1:0 > 10.0.0.100:0 rs1 NONE 100',
        'TCP 10.1.0.1:1 > 10.0.0.100:443 rs1 SYN_RECV 60',
        'TCP 10.1.0.1:1 > 10.0.0.100:80 rs1 SYN_RECV 60',
        'UDP 10.1.0.1:0 > 10.0.0.100:0 rs2 NONE 100',
        'UDP 10.1.0.1:1 > 10.0.0.100:53 rs2 UDP 300',
        'UDP 10.1.0.1:1 > 10.0.0.100:80 rs2 UDP 300',
      ),
    ],
  },
  {
    title: 'FTP shares its templates with port 0 of the same address, both ways, and with no other port',
    given: [
      'TCP 10.0.0.100:21 rr p=100 rs1*1',
      'TCP 10.0.0.100:0 rr p=200 rs2*1',
      'TCP 10.0.0.100:8080 rr p=100 rs3*1',
      'TCP 10.0.0.101:0 rr p=100 rs4*1',
    ],
    steps: [
      sent(tcp('S', { client: '10.1.0.1:1', to: '10.0.0.100:21' }), 'rs1'),
      sent(tcp('S', { client: '10.1.0.1:1', to: '10.0.0.100:80' }), 'rs1'),
      sent(tcp('S', { client: '10.1.0.1:1', to: '10.0.0.100:2000' }), 'rs1'),
      sent(tcp('S', { client: '10.1.0.1:1', to: '10.0.0.100:8080' }), 'rs3'),
      sent(tcp('S', { client: '10.1.0.1:1', to: '10.0.0.101:21' }), 'rs4'),
      sent(tcp('S', { client: '10.1.0.2:1', to: '10.0.0.100:80' }), 'rs2'),
      sent(tcp('S', { client: '10.1.0.2:1', to: '10.0.0.100:21' }), 'rs2'),
      sent(tcp('S', { client: '10.1.0.2:1', to: '10.0.0.100:20' }), 'rs2'),
      {
        load: [
          'TCP 10.0.0.100:21',
          '  rs1 3+0 1 template',
          'TCP 10.0.0.100:0',
          '  rs2 3+0 1 template',
          'TCP 10.0.0.100:8080',
          '  rs3 1+0 1 template',
          'TCP 10.0.0.101:0',
          '  rs4 1+0 1 template',
        ],
      },
      { at: 61 },
      swept(0, 8),
      { at: 101 },
      swept(0, 3),
      { at: 201 },
      swept(0, 1),
      conn(),
    ],
  },
  {
    title: "FTP's virtual server takes data connections of its clients only while it is persistent",
    given: ['TCP 10.0.0.100:21 rr p=100 rs1*1 rs2*1'],
    steps: [
      sent(tcp('S', { client: '10.1.0.1:1', to: '10.0.0.100:21' }), 'rs1'),
      sent(tcp('S', { client: '10.1.0.1:2', to: '10.0.0.100:1024' }), 'rs1'),
      sent(tcp('S', { client: '10.1.0.1:2', to: '10.0.0.100:20' }), 'rs1'),
      ...ends('NOT_OURS', tcp('S', { client: '10.1.0.1:2', to: '10.0.0.100:1023' })),
      ...ends('NO_FLOW', tcp('S', { client: '10.1.0.1:20', to: '10.0.0.100:1025' })),
      sent(tcp('S', { client: '10.1.0.2:2', to: '10.0.0.100:1024' }), 'rs2'),
      sent(tcp('S', { client: '10.1.0.2:2', to: '10.0.0.100:21' }), 'rs2'),
      { set: 'TCP 10.0.0.100:21 rr rs1*1 rs2*1' },
      ...ends('NOT_OURS', tcp('S', { client: '10.1.0.1:3', to: '10.0.0.100:1024' })),
      sent(tcp('A', { client: '10.1.0.1:2', to: '10.0.0.100:1024' }), 'rs1'),
    ],
  },
];
