/** Firewall marks (bpf/core/mark.h): which packets carry them, and what their virtual servers do. */
import { answer, icmpError, tcp, udp } from '../../helpers/packets.ts';
import { ends, type Step, sent, type Vector } from '../../helpers/vectors.ts';

const client = '10.1.0.1:1024';
const to = (at: string, port: number) => ({ client, to: `${at}:${port}` });
const conn = (...connections: string[]): Step => ({ connections: connections.sort() });

/** A SYN for each; the real server that it goes to, or the verdict. */
const syns = (pairs: Readonly<Record<string, string>>): Step[] =>
  Object.entries(pairs).map(([at, result]) => {
    const frame = tcp('S', { client: at.startsWith('[') ? '[2001:db8::1]:1024' : client, to: at });
    return result.startsWith('rs') ? sent(frame, result) : { frame, is: result };
  });

export const markVectors: readonly Vector[] = [
  {
    title: 'the longest prefix wins whatever the order of the rules, and of equal ones the first',
    given: ['FWM 1 rr rs1*1', 'FWM 2 rr rs2*1', 'FWM 3 rr rs3*1', 'FWM 4 rr rs4*1'],
    steps: [
      {
        marks: ['0.0.0.0/0 = 1', '10.9.0.0/16 = 2', '10.9.1.0/24 = 3', '10.9.1.0/24 = 4', '10.9.1.7/32 = 4'],
      },
      ...syns({
        '10.9.1.7:80': 'rs4',
        '10.9.1.8:80': 'rs3',
        '10.9.1.255:80': 'rs3',
        '10.9.2.0:80': 'rs2',
        '10.9.255.255:80': 'rs2',
        '10.10.0.0:80': 'rs1',
        '10.8.255.255:80': 'rs1',
        '192.0.2.1:9': 'rs1',
      }),
      { marks: ['10.9.1.0/24 = 4', '10.9.1.0/24 = 3', '10.9.0.0/16 = 2'] },
      ...syns({ '10.9.1.9:80': 'rs4', '10.9.3.0:80': 'rs2', '10.10.0.1:80': 'NOT_OURS' }),
    ],
  },
  {
    title: 'of rules that name a protocol or ports, one that does not fit leaves the packet to the next',
    given: ['FWM 1 rr rs1*1', 'FWM 2 rr rs2*1', 'FWM 3 rr rs3*1', 'FWM 4 rr rs4*1'],
    steps: [
      {
        marks: [
          '10.9.0.1/32 UDP = 1',
          '10.9.0.1/32 TCP 80-90 = 2',
          '10.9.0.1/32 443 = 3',
          '10.9.0.1/32 TCP 65535 = 1',
          '10.9.0.0/24 TCP = 4',
        ],
      },
      ...syns({
        '10.9.0.1:79': 'rs4',
        '10.9.0.1:80': 'rs2',
        '10.9.0.1:85': 'rs2',
        '10.9.0.1:90': 'rs2',
        '10.9.0.1:91': 'rs4',
        '10.9.0.1:443': 'rs3',
        '10.9.0.1:65534': 'rs4',
        '10.9.0.1:65535': 'rs1',
        '10.9.0.2:85': 'rs4',
      }),
      sent(udp(to('10.9.0.1', 443)), 'rs1'),
      sent(udp(to('10.9.0.1', 80)), 'rs1'),
      ...ends('NOT_OURS', udp(to('10.9.0.2', 80))),
    ],
  },
  {
    title: "a mark's virtual server comes before that of the packet's own address and port",
    given: ['FWM 7 rr rs1*1', 'TCP 10.0.0.100:80 rr rs2*1', 'TCP 10.0.0.100:0 rr rs3*1'],
    steps: [
      { marks: ['10.0.0.100/32 80 = 7', '10.0.0.100/32 81 = 8'] },
      ...syns({ '10.0.0.100:80': 'rs1', '10.0.0.100:81': 'rs3', '10.0.0.100:82': 'rs3' }),
      { marks: [] },
      // As in IPVS the flow is known whatever mark it came by; here the virtual server says by which name.
      ...ends('NO_FLOW', tcp('A', { client, to: '10.0.0.100:80' })),
      ...syns({ '10.0.0.100:80': 'rs2' }),
    ],
  },
  {
    title: 'a mark that nobody serves is none: the packet goes by its address, or is not ours',
    given: ['TCP 10.0.0.100:80 rr rs1*1'],
    steps: [
      { marks: ['10.0.0.100/32 = 7', '10.9.0.0/16 = 8'] },
      ...syns({ '10.0.0.100:80': 'rs1', '10.9.0.1:80': 'NOT_OURS' }),
      { set: 'FWM 8 rr rs2*1' },
      ...syns({ '10.9.0.2:80': 'rs2' }),
      { set: 'FWM 7/6 rr rs3*1' },
      ...syns({ '10.0.0.100:80': 'rs1' }),
    ],
  },
  {
    title: 'flows of one client to two addresses and protocols of a mark are flows of their own',
    given: ['FWM 7 rr rs1*1 rs2*1'],
    steps: [
      { marks: ['10.9.0.0/16 = 7'] },
      sent(tcp('S', to('10.9.0.1', 80)), 'rs1'),
      sent(tcp('S', to('10.9.0.2', 80)), 'rs2'),
      sent(tcp('S', to('10.9.0.3', 80)), 'rs1'),
      sent(udp(to('10.9.0.1', 80)), 'rs2'),
      sent(tcp('A', to('10.9.0.1', 80)), 'rs1'),
      sent(tcp('A', to('10.9.0.2', 80)), 'rs2'),
      sent(udp(to('10.9.0.1', 80)), 'rs2'),
      conn(
        'TCP 10.1.0.1:1024 > 10.9.0.1:80 rs1 ESTABLISHED 900',
        'TCP 10.1.0.1:1024 > 10.9.0.2:80 rs2 ESTABLISHED 900',
        'TCP 10.1.0.1:1024 > 10.9.0.3:80 rs1 SYN_RECV 60',
        'UDP 10.1.0.1:1024 > 10.9.0.1:80 rs2 UDP 300',
      ),
      { load: ['FWM 7', '  rs1 2+0', '  rs2 1+1'] },
      sent(icmpError('3/4', answer(tcp('A', to('10.9.0.2', 80)))), 'rs2'),
      ...ends('ICMP_NO_FLOW', icmpError('3/4', answer(tcp('A', to('10.9.0.4', 80))))),
      { at: 61 },
      { sweep: { used: 3, expired: 1 } },
      { at: 901 },
      { sweep: { used: 0, expired: 3 } },
      { load: ['FWM 7', '  rs1 0+0', '  rs2 0+0'] },
    ],
  },
  {
    title: 'templates of a mark are of the mark: for all its addresses, ports and protocols',
    given: ['FWM 7 rr p=100/255.255.255.0 rs1*1 rs2*1', 'FWM 258 rr p=50 rs2*1'],
    steps: [
      { marks: ['10.9.0.0/16 = 7', '10.8.0.0/16 = 258'] },
      sent(tcp('S', to('10.9.0.1', 80)), 'rs1'),
      sent(tcp('S', to('10.9.0.2', 443)), 'rs1'),
      sent(udp(to('10.9.0.3', 53)), 'rs1'),
      sent(tcp('S', { client: '10.1.0.200:1', to: '10.9.7.7:21' }), 'rs1'),
      sent(tcp('S', { client: '10.1.1.1:1', to: '10.9.0.1:80' }), 'rs2'),
      sent(tcp('S', to('10.8.0.1', 80)), 'rs2'),
      { load: ['FWM 7', '  rs1 3+1 1 template', '  rs2 1+0 1 template', 'FWM 258', '  rs2 1+0 1 template'] },
      sent(tcp('A', to('10.9.0.2', 443)), 'rs1'),
      { at: 61 },
      { sweep: { used: 2, expired: 5 } },
      conn(
        'IP 10.1.0.0:0 > 0.0.0.7:0 rs1 ASSURED 39',
        'IP 10.1.1.0:0 > 0.0.0.7:0 rs2 NONE 39',
        'TCP 10.1.0.1:1024 > 10.9.0.2:443 rs1 ESTABLISHED 839',
        'UDP 10.1.0.1:1024 > 10.9.0.3:53 rs1 UDP 239',
      ),
      { at: 101 },
      { sweep: { used: 2, expired: 1 } },
      { at: 901 },
      { sweep: { used: 0, expired: 3 } },
      conn(),
    ],
  },
  {
    title: "flows of a mark's virtual server that is removed are dropped until it is back",
    given: ['FWM 7 rr rs1*1 rs2*1', 'TCP 10.9.0.3:80 rr rs3*1'],
    steps: [
      { marks: ['10.9.0.0/24 = 7'] },
      ...syns({ '10.9.0.1:80': 'rs1', '10.9.0.2:80': 'rs2' }),
      { remove: 'FWM 7' },
      { load: ['TCP 10.9.0.3:80', '  rs3 0+0'] },
      ...ends('REAL_SERVER_GONE', tcp('A', to('10.9.0.1', 80)), tcp('A', to('10.9.0.2', 80))),
      { set: 'FWM 7 rr rs1*1 rs2*1' },
      sent(tcp('A', to('10.9.0.1', 80)), 'rs1'),
      { load: ['FWM 7', '  rs1 1+0', '  rs2 1+0', 'TCP 10.9.0.3:80', '  rs3 0+0'] },
    ],
  },
  {
    title: 'new flows of a mark whose virtual server was removed go by their addresses, where there is one',
    given: ['FWM 7 rr rs1*1 rs2*1', 'TCP 10.9.0.1:80 rr rs3*1', 'TCP 10.9.0.2:0 rr rs4*1'],
    steps: [
      { marks: ['10.9.0.0/24 = 7'] },
      ...syns({ '10.9.0.1:80': 'rs1', '10.9.0.2:80': 'rs2', '10.9.0.3:80': 'rs1' }),
      { remove: 'FWM 7' },
      ...syns({ '10.9.0.1:80': 'rs3', '10.9.0.2:80': 'rs4', '10.9.0.3:80': 'REAL_SERVER_GONE' }),
      ...syns({ '10.9.0.3:81': 'NOT_OURS' }),
      { set: 'FWM 7 rr rs1*1 rs2*1' },
      // The flows that it had are known by its name still.
      ...syns({ '10.9.0.1:80': 'rs1', '10.9.0.2:80': 'rs2' }),
    ],
  },
  {
    title: 'IPv6 has marks of its own, also of the same number',
    given: ['FWM 7/6 rr p=100/64 rs1*1 rs2*1', 'FWM 7 rr rs3*1'],
    steps: [
      { marks: ['fd00:9::/32 TCP 80-81 = 7', 'fd00:9::1/128 = 8', '10.9.0.0/16 = 7', '::/0 443 = 7'] },
      ...syns({
        '[fd00:9:ffff::1]:80': 'rs1',
        '[fd00:9::2]:81': 'rs1',
        '[fd00:9::2]:82': 'NOT_OURS',
        '[fd00:a::2]:80': 'NOT_OURS',
        '[fd00:a::2]:443': 'rs1',
        '10.9.0.1:80': 'rs3',
      }),
      sent(tcp('S', { client: '[2001:db8:0:1::1]:1', to: '[fd00:9::2]:80' }), 'rs2'),
      { load: ['FWM 7/6', '  rs1 3+0 1 template', '  rs2 1+0 1 template', 'FWM 7', '  rs3 1+0'] },
      sent(tcp('A', { client: '[2001:db8::1]:1024', to: '[fd00:9::2]:81' }), 'rs1'),
    ],
  },
  {
    title: 'an IPv4 rule is none of IPv6, not even that of all addresses',
    given: ['FWM 7 rr rs1*1', 'FWM 7/6 rr rs2*1'],
    steps: [
      { marks: ['0.0.0.0/0 = 7'] },
      ...syns({ '[fd00::1]:80': 'NOT_OURS', '255.255.255.254:80': 'rs1' }),
      { marks: ['::/0 = 7'] },
      ...syns({ '[fd00::1]:80': 'rs2', '10.9.9.9:80': 'NOT_OURS' }),
    ],
  },
];
