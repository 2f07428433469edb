import { resetAnswer } from '../../helpers/answers.ts';
import type { Fragment, Frame, Ipv4, Tcp } from '../../helpers/frames.ts';
import { type Changes, tcp, udp } from '../../helpers/packets.ts';
import { ends, type Step, sent, type Vector } from '../../helpers/vectors.ts';

const client4 = '10.1.0.1:1024';
const client6 = '[2001:db8::1]:1024';
const clients = [client4, client6];
const drained = ['TCP', 'UDP'].flatMap((protocol) =>
  ['10.0.0.100:80', '[fd00::100]:80'].map((at) => `${protocol} ${at} rr rs1*0`),
);

const bytes = (length: number) => Buffer.from(Array.from({ length }, (_, index) => index * 7 + 3));
const fragment: Fragment = { offset: 0, more: true, identification: 0x1234 };
const first6 = { extensions: [{ kind: 'fragment', ...fragment } as const] };
const silent = (is: string, ...frames: Frame[]): Step[] =>
  frames.map((frame) => ({ frame, is, answer: 'none' }));

/** Nothing answers these: no host has such an address (RFC 1122 3.2.2, RFC 4443 2.4(e)). */
const noHosts = ['0.0.0.0', '0.1.2.3', '127.0.0.1', '224.0.0.1', '239.1.2.3', '240.0.0.1', '255.255.255.255'];
const noHosts6 = ['::', '::1', 'ff02::1', 'ff0e::1234'];

/** A flow that a segment then finds without its real server: the segment is answered by a reset, if by anything. */
const dead = (segment: Frame): Step[] => {
  const { version, source, payload } = segment.network as Ipv4;
  const end = version === 4 ? source : `[${source}]`;
  const at = version === 4 ? '10.0.0.100:80' : '[fd00::100]:80';
  return [
    { set: `TCP ${at} rr rs1*1` },
    sent(tcp('S', `${end}:${(payload as Tcp).source}`), 'rs1'),
    { set: `TCP ${at} rr rs2*1` },
    { frame: segment, is: 'REAL_SERVER_GONE', answer: resetAnswer(segment) },
    ...ends('NO_FLOW', tcp('A', `${end}:${(payload as Tcp).source}`)),
  ];
};
const deadSegments = (flags: string, changes: Changes<Tcp> = {}): Step[] =>
  clients.flatMap((client) => dead(tcp(flags, client, changes)));

export const answerVectors: readonly Vector[] = [
  {
    title: 'without a real server the port is unreachable: ICMP 3/3, ICMPv6 1/4 (as IPVS)',
    given: drained,
    steps: clients.flatMap((client) => [
      ...ends('NO_REAL_SERVER', tcp('S', client), tcp('SA', client), udp(client)),
      ...ends(
        'NO_REAL_SERVER',
        tcp('S', client, { frame: { vlans: [{ id: 7 }] } }),
        udp(client, { frame: { vlans: [{ id: 7, type: 0x88a8 }, { id: 8 }] } }),
        tcp('S', client, { frame: { padding: 6 } }),
        tcp('S', client, { frame: { padding: 1 }, transport: { dataOffset: 15 } }),
      ),
    ]),
  },
  {
    title: 'an IPv4 error quotes options, keeps the type of service, and ends at 576 bytes (RFC 1812 4.3.2)',
    given: drained,
    steps: [
      ...ends(
        'NO_REAL_SERVER',
        udp(client4, { ip: { optionWords: 1 } }),
        udp(client4, { ip: { optionWords: 10 }, transport: { payload: bytes(600) } }),
        udp(client4, { ip: { tos: 0xff, identification: 0xabcd } }),
        udp(client4, { ip: { tos: 0xb8, dontFragment: true } }),
        udp(client4, { ip: { fragment } }),
        udp(client4, { ip: { totalLength: 30 }, transport: { length: 10, payload: bytes(9) } }),
      ),
      ...[0, 1, 2, 3, 4, 519, 520, 521, 522, 1400].flatMap((length) =>
        ends('NO_REAL_SERVER', udp(client4, { transport: { payload: bytes(length) } })),
      ),
    ],
  },
  {
    title: 'an IPv6 error quotes extension headers and ends at 1280 bytes (RFC 4443 2.4(c))',
    given: drained,
    steps: [
      ...ends(
        'NO_REAL_SERVER',
        udp(client6, { ip: { extensions: [{ kind: 'hop_by_hop' }, { kind: 'destination', length: 2 }] } }),
        udp(client6, { ip: { trafficClass: 0xbb, flowLabel: 0xabcde } }),
        udp(client6, { ip: first6 }),
        udp(client6, { ip: { payloadLength: 10 }, transport: { length: 10, payload: bytes(9) } }),
      ),
      ...[1, 2, 3, 4, 1183, 1184, 1185, 1186, 1400].flatMap((length) =>
        ends('NO_REAL_SERVER', udp(client6, { transport: { payload: bytes(length) } })),
      ),
    ],
  },
  {
    title: 'whose TTL or hop limit runs out is told so, and has made a flow (as IPVS)',
    steps: [
      ...clients.flatMap((client) =>
        ends('TTL_EXPIRED', tcp('S', client, { ip: { ttl: 1 } }), udp(client, { ip: { ttl: 0 } })),
      ),
      {
        flows: [
          'TCP 10.1.0.1:1024 > 10.0.0.100:80 rs1 SYN_RECV active',
          'TCP [2001:db8::1]:1024 > [fd00::100]:80 rs1 SYN_RECV active',
          'UDP 10.1.0.1:1024 > 10.0.0.100:80 rs1 UDP inactive',
          'UDP [2001:db8::1]:1024 > [fd00::100]:80 rs1 UDP inactive',
        ],
      },
    ],
  },
  {
    title: 'a later fragment gets no answer',
    steps: [
      sent(udp(client4, { ip: { fragment } }), 'rs1'),
      ...silent(
        'TTL_EXPIRED',
        udp(client4, { ip: { ttl: 1, fragment: { ...fragment, offset: 8 }, protocol: 17 } }),
      ),
      sent(udp(client6, { ip: first6 }), 'rs1'),
      ...silent(
        'TTL_EXPIRED',
        udp(client6, { ip: { ttl: 1, extensions: [{ kind: 'fragment', ...fragment, offset: 8 }] } }),
      ),
    ],
  },
  {
    title: 'groups, and what is the address of no host, get no answer (RFC 1122 3.2.2, RFC 4443 2.4(e))',
    given: drained,
    steps: [
      ...noHosts.flatMap((source) => silent('NO_REAL_SERVER', udp(client4, { ip: { source } }))),
      ...noHosts6.flatMap((source) => silent('NO_REAL_SERVER', udp(client6, { ip: { source } }))),
      ...clients.flatMap((client) =>
        ['01:00:5e:00:00:01', 'ff:ff:ff:ff:ff:ff'].flatMap((sourceMac) =>
          silent('NO_REAL_SERVER', udp(client, { frame: { sourceMac } })),
        ),
      ),
    ],
  },
  {
    title: 'a virtual server at a group address answers nobody',
    given: ['UDP 224.1.1.1:80 rr rs1*0', 'UDP [ff0e::100]:80 rr rs1*0'],
    steps: silent(
      'NO_REAL_SERVER',
      udp({ client: client4, to: '224.1.1.1:80' }),
      udp({ client: client6, to: '[ff0e::100]:80' }),
    ),
  },
  {
    title: 'a segment of a flow without its real server is reset where that is asked for (RFC 9293 3.10.7.1)',
    given: [],
    steps: [
      { settings: { resetDead: true } },
      ...['A', 'S', 'F', '', 'FA', 'SA', 'PA', 'P', 'SF'].flatMap((flags) =>
        deadSegments(flags, { transport: { sequence: 0xfffffffe, acknowledged: 0x12345678 } }),
      ),
      ...deadSegments('PA', { transport: { payload: bytes(1300), acknowledged: 7 } }),
      ...deadSegments('P', { transport: { payload: bytes(5), sequence: 0xfffffffe } }),
      ...deadSegments('F', { transport: { payload: bytes(1300), dataOffset: 8 } }),
      ...deadSegments('A', { frame: { vlans: [{ id: 7 }, { id: 8 }], padding: 6 } }),
      ...dead(tcp('A', client4, { ip: { tos: 0xbb, optionWords: 3, identification: 9 } })),
      ...dead(tcp('F', client4, { ip: { optionWords: 10 }, frame: { padding: 5 } })),
      ...dead(tcp('A', client6, { ip: { trafficClass: 0xbb, flowLabel: 0xabcde } })),
      ...dead(tcp('F', client6, { ip: { extensions: [{ kind: 'destination', length: 3 }] } })),
    ],
  },
  {
    title: 'a reset is not answered, nor a fragment of a segment, nor anything where that is not asked for',
    given: ['TCP 10.0.0.100:80 rr rs1*1', 'UDP 10.0.0.100:80 rr rs1*1'],
    steps: [
      ...[1, 2, 3, 4].map((port) => sent(tcp('S', `10.1.0.1:${port}`), 'rs1')),
      sent(udp('10.1.0.1:5'), 'rs1'),
      { set: 'TCP 10.0.0.100:80 rr rs2*1' },
      { set: 'UDP 10.0.0.100:80 rr rs2*1' },
      ...silent('REAL_SERVER_GONE', tcp('A', '10.1.0.1:1'), tcp('S', '10.1.0.1:1')),
      { settings: { resetDead: true } },
      ...silent(
        'REAL_SERVER_GONE',
        tcp('R', '10.1.0.1:2'),
        tcp('RA', '10.1.0.1:3'),
        tcp('A', '10.1.0.1:4', { ip: { fragment } }),
        udp('10.1.0.1:5'),
      ),
    ],
  },
  {
    title: 'there are so many answers a second and no more',
    given: drained,
    steps: [
      { settings: { icmpPerSecond: 2 } },
      ...ends('NO_REAL_SERVER', udp(client4), udp(client6)),
      ...silent('NO_REAL_SERVER', udp(client4), tcp('S', client6)),
      { at: 0.9 },
      ...silent('NO_REAL_SERVER', udp(client4)),
      { at: 1.1 },
      ...ends('NO_REAL_SERVER', udp(client4), tcp('S', client6)),
      ...silent('NO_REAL_SERVER', tcp('S', client6)),
      { settings: { icmpPerSecond: 0 } },
      ...ends('NO_REAL_SERVER', ...Array.from({ length: 5 }, () => udp(client4))),
    ],
  },
];
