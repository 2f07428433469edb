import { tcp, udp } from '../../helpers/packets.ts';
import { ends, type Step, sent, type Vector } from '../../helpers/vectors.ts';

const client = '10.1.0.1:1024';
const given = ['TCP 10.0.0.100:80 rr rs1*1 rs2*1'];
const flow = (state: string, active: 'active' | 'inactive', server = 'rs1'): Step => ({
  flows: [`TCP ${client} > 10.0.0.100:80 ${server} ${state} ${active}`],
});
const counted = (one: string, packets: number): Step => ({
  servers: [
    `TCP 10.0.0.100:80 rr 1/${packets}/${packets * 40}`,
    `  rs1*1 ${one} 1/${packets}/${packets * 40}`,
    '  rs2*1 0+0 0/0/0',
  ],
});

/** State, the packets that lead to it, seconds that it lasts (ip_vs_proto_tcp.c, tcp_timeouts). */
const lifetimes = [
  ['SYN_RECV', 'active', ['S'], 60],
  ['ESTABLISHED', 'active', ['S', 'A'], 900],
  ['FIN_WAIT', 'inactive', ['S', 'A', 'FA'], 120],
  ['TIME_WAIT', 'inactive', ['S', 'F'], 120],
  ['CLOSE', 'inactive', ['S', 'A', 'R'], 10],
] as const;

/** From each state, each kind of segment: the state that follows (the input-only table). */
const transitions = [
  [
    'S',
    [
      ['S', 'SYN_RECV'],
      ['A', 'ESTABLISHED'],
      ['F', 'TIME_WAIT'],
      ['R', 'SYN_RECV'],
      ['', 'CLOSE'],
    ],
  ],
  [
    'S A',
    [
      ['S', 'ESTABLISHED'],
      ['A', 'ESTABLISHED'],
      ['FA', 'FIN_WAIT'],
      ['R', 'CLOSE'],
      ['PU', 'CLOSE'],
    ],
  ],
  [
    'S A F',
    [
      ['S', 'SYN_RECV'],
      ['A', 'FIN_WAIT'],
      ['FA', 'FIN_WAIT'],
      ['RA', 'CLOSE'],
      ['', 'CLOSE'],
    ],
  ],
  [
    'S F',
    [
      ['A', 'TIME_WAIT'],
      ['FA', 'TIME_WAIT'],
      ['R', 'CLOSE'],
      ['', 'CLOSE'],
    ],
  ],
  [
    'S A R',
    [
      ['A', 'CLOSE'],
      ['FA', 'CLOSE'],
      ['R', 'CLOSE'],
      ['', 'CLOSE'],
    ],
  ],
] as const;

export const flowVectors: readonly Vector[] = [
  {
    title: 'a connection counts as active until its client closes it, then as inactive',
    given,
    steps: [
      sent(tcp('S', client), 'rs1'),
      flow('SYN_RECV', 'active'),
      counted('1+0', 1),
      sent(tcp('A', client), 'rs1'),
      flow('ESTABLISHED', 'active'),
      sent(tcp('PA', client), 'rs1'),
      counted('1+0', 3),
      sent(tcp('FA', client), 'rs1'),
      flow('FIN_WAIT', 'inactive'),
      counted('0+1', 4),
      sent(tcp('A', client), 'rs1'),
      sent(tcp('R', client), 'rs1'),
      flow('CLOSE', 'inactive'),
      counted('0+1', 6),
    ],
  },
  ...transitions.map(([before, segments]): Vector => {
    const steps = segments.flatMap(([flags], index): Step[] => {
      const each = `10.1.0.${index}:7`;
      const server = index % 2 === 0 ? 'rs1' : 'rs2';
      return [...before.split(' ').map((f) => sent(tcp(f, each), server)), sent(tcp(flags, each), server)];
    });
    const flows = segments.map(([, state], index) => {
      const active = state === 'SYN_RECV' || state === 'ESTABLISHED' ? 'active' : 'inactive';
      return `TCP 10.1.0.${index}:7 > 10.0.0.100:80 ${index % 2 === 0 ? 'rs1' : 'rs2'} ${state} ${active}`;
    });
    return {
      title: `after ${before}: ${segments.map(([f, s]) => `${f || '-'} to ${s}`).join(', ')}`,
      given,
      steps: [...steps, { flows }],
    };
  }),
  {
    title: 'only a SYN without RST opens a connection; anything else of an unknown one is passed on',
    given,
    steps: [
      ...ends(
        'NO_FLOW',
        ...['A', 'PA', 'FA', 'F', 'R', 'RA', 'SR', 'SRA', ''].map((flags) => tcp(flags, client)),
      ),
      { flows: [] },
      sent(tcp('SA', client), 'rs1'),
      sent(tcp('SF', '10.1.0.2:1'), 'rs2'),
      sent(tcp('SPU', '10.1.0.3:1'), 'rs1'),
      {
        flows: [
          'TCP 10.1.0.1:1024 > 10.0.0.100:80 rs1 SYN_RECV active',
          'TCP 10.1.0.2:1 > 10.0.0.100:80 rs2 SYN_RECV active',
          'TCP 10.1.0.3:1 > 10.0.0.100:80 rs1 SYN_RECV active',
        ],
      },
    ],
  },
  ...['S F', 'S A R'].map(
    (over): Vector => ({
      title: `a SYN on a connection that is over (${over}) is a new connection and is scheduled anew`,
      given,
      steps: [
        ...over.split(' ').map((flags) => sent(tcp(flags, client), 'rs1')),
        sent(tcp('S', client), 'rs2'),
        flow('SYN_RECV', 'active', 'rs2'),
        { sweep: { used: 1, expired: 0 } },
      ],
    }),
  ),
  {
    title: 'a SYN in FIN_WAIT goes to the same real server',
    given,
    steps: [
      ...['S', 'A', 'FA', 'S'].map((flags) => sent(tcp(flags, client), 'rs1')),
      flow('SYN_RECV', 'active'),
    ],
  },
  ...lifetimes.flatMap(([state, active, flags, seconds]): Vector[] => [
    {
      title: `an idle flow in ${state} is kept for ${seconds} seconds, then swept`,
      given,
      steps: [
        ...flags.map((each) => sent(tcp(each, client), 'rs1')),
        { at: seconds },
        { sweep: { used: 1, expired: 0 } },
        flow(state, active),
        { at: seconds + 1 },
        { sweep: { used: 0, expired: 1 } },
        { flows: [] },
        counted('0+0', flags.length),
      ],
    },
    {
      title: `a flow in ${state} found after ${seconds} seconds, unswept, is over`,
      given,
      steps: [
        ...flags.map((each) => sent(tcp(each, client), 'rs1')),
        { at: seconds + 1 },
        ...ends('NO_FLOW', tcp('A', client)),
        { flows: [] },
        counted('0+0', flags.length),
        sent(tcp('S', client), 'rs2'),
      ],
    },
  ]),
  {
    title: 'every packet renews its flow, an hour long',
    given,
    steps: [
      sent(tcp('S', client), 'rs1'),
      sent(tcp('A', client), 'rs1'),
      ...[900, 1800, 2700, 3600].flatMap((at): Step[] => [
        { at },
        { sweep: { used: 1, expired: 0 } },
        sent(tcp('A', client), 'rs1'),
      ]),
    ],
  },
  {
    title: 'flows live on while the clock wraps (52 days)',
    given,
    steps: [
      { at: 4_294_960 },
      sent(tcp('S', client), 'rs1'),
      sent(tcp('A', client), 'rs1'),
      { at: 4_294_967 },
      sent(tcp('A', client), 'rs1'),
      { sweep: { used: 1, expired: 0 } },
    ],
  },
  {
    title: 'a UDP flow stays with its real server for 300 seconds, and counts as inactive',
    given: ['UDP 10.0.0.100:80 rr rs1*1 rs2*1'],
    steps: [
      sent(udp(client), 'rs1'),
      sent(udp('10.1.0.2:1'), 'rs2'),
      sent(udp(client), 'rs1'),
      { at: 300 },
      sent(udp(client), 'rs1'),
      { at: 301 },
      { sweep: { used: 1, expired: 1 } },
      { flows: ['UDP 10.1.0.1:1024 > 10.0.0.100:80 rs1 UDP inactive'] },
      { servers: ['UDP 10.0.0.100:80 rr 2/4/112', '  rs1*1 0+1 1/3/84', '  rs2*1 0+0 1/1/28'] },
      { at: 601 },
      sent(udp(client), 'rs1'),
    ],
  },
  {
    title: 'a flow is client address, client port, virtual server; each differs in each',
    given: [...given, 'TCP 10.0.0.101:80 rr rs3*1'],
    steps: [
      sent(tcp('S', client), 'rs1'),
      sent(tcp('S', '10.1.0.1:1025'), 'rs2'),
      sent(tcp('S', '10.1.0.2:1024'), 'rs1'),
      sent(tcp('S', '10.1.0.1:4'), 'rs2'),
      sent(tcp('S', { client, to: '10.0.0.101:80' }), 'rs3'),
      sent(tcp('A', client), 'rs1'),
      sent(tcp('A', '10.1.0.1:1025'), 'rs2'),
      sent(tcp('A', { client, to: '10.0.0.101:80' }), 'rs3'),
      ...ends('NO_FLOW', tcp('A', '10.1.0.2:1025')),
    ],
  },
];
