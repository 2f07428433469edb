/** What holds for all virtual servers (setSettings): each option on and off, timeouts, and zeroed counters. */
import { resetAnswer } from '../../helpers/answers.ts';
import { tcp, udp } from '../../helpers/packets.ts';
import { ends, type Step, sent, type Vector } from '../../helpers/vectors.ts';

const vip = '10.0.0.100:80';
const given = [`TCP ${vip} rr rs1*1 rs2*1`];
const client = '10.1.0.1:1';
const conn = (...connections: string[]): Step => ({ connections: connections.sort() });
const flow = (what: string) => `TCP ${client} > ${vip} ${what}`;
const segments = (flags: string, server: string): Step[] =>
  flags.split(' ').map((each) => sent(tcp(each, client), server));

/** By conn_reuse_mode: where a SYN goes that finds the flow over, rs1 having had it. */
const reuse = [
  [0, 'rs1', 'rs1', 'rs1'],
  [1, 'rs2', 'rs2', 'rs1'],
  [2, 'rs2', 'rs2', 'rs2'],
  [3, 'rs2', 'rs2', 'rs2'],
] as const;

export const settingVectors: readonly Vector[] = [
  ...reuse.flatMap(([mode, ...results]): Vector[] =>
    ['S F', 'S A R', 'S A F'].map((over, i): Vector => {
      const server = results[i] ?? '';
      return {
        title: `conn_reuse_mode ${mode}: a SYN after ${over} goes to ${server}`,
        given,
        steps: [
          { settings: { connReuseMode: mode } },
          ...segments(over, 'rs1'),
          ...segments('S', server),
          conn(flow(`${server} SYN_RECV 60`)),
          ...segments('A S', server),
          conn(flow(`${server} ESTABLISHED 900`)),
        ],
      };
    }),
  ),
  ...[0, 1].map(
    (mode): Vector => ({
      title: `expire_nodest_conn starts a SYN anew on weight 0, with conn_reuse_mode ${mode} (ip_vs_in_hook)`,
      given,
      steps: [
        { settings: { expireNodestConn: true, connReuseMode: mode } },
        ...segments('S A', 'rs1'),
        { set: `TCP ${vip} rr rs1*0 rs2*1` },
        ...segments('A', 'rs1'),
        ...segments('S', 'rs2'),
        conn(flow('rs2 SYN_RECV 60')),
        { set: `TCP ${vip} rr rs1*0 rs2*0` },
        ...ends('NO_REAL_SERVER', tcp('S', client)),
        conn(),
      ],
    }),
  ),
  {
    title: 'expire_nodest_conn ends a flow with the first packet that finds its real server gone',
    given,
    steps: [
      { settings: { expireNodestConn: true } },
      ...segments('S A', 'rs1'),
      { set: `TCP ${vip} rr rs2*1` },
      ...ends('NO_FLOW', tcp('A', client)),
      conn(),
      ...segments('S', 'rs2'),
      { remove: `TCP ${vip}` },
      ...ends('NOT_OURS', tcp('A', client)),
    ],
  },
  {
    title: 'reopen_gone opens anew what opens a flow, and drops the rest as before',
    given: [...given, `UDP ${vip} rr rs1*1 rs2*1`],
    steps: [
      { settings: { reopenGone: true } },
      ...segments('S A', 'rs1'),
      sent(udp(client), 'rs1'),
      { set: `TCP ${vip} rr rs2*1` },
      { set: `UDP ${vip} rr rs2*1` },
      ...ends('REAL_SERVER_GONE', tcp('A', client), tcp('R', client), tcp('SR', client)),
      sent(udp(client), 'rs2'),
      ...segments('S', 'rs2'),
      { set: `TCP ${vip} rr rs1*1` },
      { settings: { reopenGone: false } },
      ...ends('REAL_SERVER_GONE', tcp('S', client)),
      { load: [`TCP ${vip}`, '  rs1 0+0', '  rs2 gone 1+0', `UDP ${vip}`, '  rs2 0+1', '  rs1 gone 0+0'] },
    ],
  },
  {
    title: 'reset_dead answers with RST and ends the flow; what may be reopened is, and UDP is dropped',
    given: [...given, `UDP ${vip} rr rs1*1 rs2*1`],
    steps: [
      { settings: { resetDead: true } },
      ...segments('S A', 'rs1'),
      sent(udp(client), 'rs1'),
      { set: `TCP ${vip} rr rs2*1` },
      { set: `UDP ${vip} rr rs2*1` },
      { frame: tcp('A', client), is: 'REAL_SERVER_GONE', answer: resetAnswer(tcp('A', client)) },
      ...ends('NO_FLOW', tcp('A', client)),
      { frame: udp(client), is: 'REAL_SERVER_GONE', answer: 'none' },
      ...segments('S', 'rs2'),
      { set: `TCP ${vip} rr rs1*1` },
      { settings: { reopenGone: true } },
      ...segments('S A', 'rs1'),
      { set: `TCP ${vip} rr rs2*1` },
      { settings: { expireNodestConn: true } },
      ...ends('NO_FLOW', tcp('A', client)),
    ],
  },
  {
    title: 'sloppy_tcp opens a flow with any segment but RST, in the state that the segment makes',
    given,
    steps: [
      { settings: { sloppyTcp: true } },
      ...ends('NO_FLOW', tcp('R', client), tcp('RA', client), tcp('SR', client)),
      sent(tcp('A', '10.1.0.1:1'), 'rs1'),
      sent(tcp('FA', '10.1.0.1:2'), 'rs2'),
      sent(tcp('', '10.1.0.1:3'), 'rs1'),
      sent(tcp('SA', '10.1.0.1:4'), 'rs2'),
      conn(
        flow('rs1 ESTABLISHED 900'),
        'TCP 10.1.0.1:2 > 10.0.0.100:80 rs2 CLOSE 10',
        'TCP 10.1.0.1:3 > 10.0.0.100:80 rs1 CLOSE 10',
        'TCP 10.1.0.1:4 > 10.0.0.100:80 rs2 SYN_RECV 60',
      ),
      { settings: { sloppyTcp: false } },
      ...ends('NO_FLOW', tcp('A', '10.1.0.1:5')),
      sent(tcp('A', '10.1.0.1:1'), 'rs1'),
    ],
  },
  {
    title: 'secure_tcp begins a connection in SYNACK, and goes back there (tcp_states_dos)',
    given,
    steps: [
      { settings: { secureTcp: true } },
      ...segments('S', 'rs1'),
      conn(flow('rs1 SYNACK 120')),
      { load: [`TCP ${vip}`, '  rs1 1+0', '  rs2 0+0'] },
      ...segments('S', 'rs1'),
      conn(flow('rs1 SYNACK 120')),
      ...segments('A S', 'rs1'),
      conn(flow('rs1 ESTABLISHED 900')),
      ...segments('FA S', 'rs1'),
      conn(flow('rs1 SYNACK 120')),
      { settings: { secureTcp: false } },
      ...segments('S', 'rs1'),
      conn(flow('rs1 SYN_RECV 60')),
      { settings: { secureTcp: true } },
      ...segments('S', 'rs1'),
      conn(flow('rs1 SYN_RECV 60')),
    ],
  },
  {
    title: 'adopt_flows takes a segment without flow for mh only, never RST or UDP, and half open',
    given: [`TCP ${vip} mh rs1*1`, 'TCP 10.0.0.101:80 rr rs2*1', `TCP [fd00::100]:80 mh rs1*1`],
    steps: [
      ...ends('NO_FLOW', tcp('A', client)),
      { settings: { adoptFlows: true } },
      ...ends('NO_FLOW', tcp('R', client), tcp('RA', client), tcp('SR', client)),
      ...ends('NO_FLOW', tcp('A', { client, to: '10.0.0.101:80' })),
      ...segments('PA', 'rs1'),
      sent(tcp('A', '[2001:db8::1]:1'), 'rs1'),
      conn(flow('rs1 SYN_RECV 60'), 'TCP [2001:db8::1]:1 > [fd00::100]:80 rs1 SYN_RECV 60'),
      ...segments('A', 'rs1'),
      {
        load: [
          `TCP ${vip}`,
          '  rs1 1+0',
          'TCP 10.0.0.101:80',
          '  rs2 0+0',
          'TCP [fd00::100]:80',
          '  rs1 1+0',
        ],
      },
      sent(tcp('FA', '10.1.0.1:2'), 'rs1'),
      conn(
        flow('rs1 ESTABLISHED 900'),
        'TCP 10.1.0.1:2 > 10.0.0.100:80 rs1 CLOSE 10',
        'TCP [2001:db8::1]:1 > [fd00::100]:80 rs1 SYN_RECV 60',
      ),
      { set: `TCP ${vip} mh rs1*0` },
      ...ends('NO_FLOW', tcp('A', '10.1.0.1:3')),
      { set: `TCP ${vip} rr rs1*1` },
      ...ends('NO_FLOW', tcp('A', '10.1.0.1:3')),
    ],
  },
  {
    title: 'timeouts hold from the next packet on: what is there keeps the time that it had',
    given: [...given, `UDP ${vip} rr rs1*1 rs2*1`],
    steps: [
      ...segments('S A', 'rs1'),
      sent(tcp('S', '10.1.0.1:2'), 'rs2'),
      sent(udp(client), 'rs1'),
      { at: 100 },
      { settings: { timeouts: { tcp: 50, tcpFin: 20, udp: 1000 } } },
      conn(
        flow('rs1 ESTABLISHED 800'),
        'TCP 10.1.0.1:2 > 10.0.0.100:80 rs2 SYN_RECV 0',
        `UDP ${client} > ${vip} rs1 UDP 200`,
      ),
      { sweep: { used: 2, expired: 1 } },
      { at: 200 },
      sent(udp(client), 'rs1'),
      conn(flow('rs1 ESTABLISHED 700'), `UDP ${client} > ${vip} rs1 UDP 1000`),
      ...segments('A', 'rs1'),
      conn(flow('rs1 ESTABLISHED 50'), `UDP ${client} > ${vip} rs1 UDP 1000`),
      ...segments('FA', 'rs1'),
      conn(flow('rs1 FIN_WAIT 20'), `UDP ${client} > ${vip} rs1 UDP 1000`),
      { settings: { timeouts: { tcp: 0, tcpFin: 300, udp: 0 } } },
      conn(flow('rs1 FIN_WAIT 20'), `UDP ${client} > ${vip} rs1 UDP 1000`),
      { at: 221 },
      { sweep: { used: 1, expired: 1 } },
      { at: 1200 },
      { sweep: { used: 1, expired: 0 } },
      { at: 1202 },
      { sweep: { used: 0, expired: 1 } },
    ],
  },
  {
    title: 'counters are zeroed for one virtual server or for all, and flows are not',
    given: [...given, 'TCP 10.0.0.101:80 rr &10.0.0.102:80 rs3*1'],
    steps: [
      ...segments('S A', 'rs1'),
      sent(tcp('S', { client, to: '10.0.0.101:80' }), 'rs3'),
      sent(tcp('S', { client, to: '10.0.0.102:80' }), 'rs3'),
      { zero: `TCP ${vip}` },
      {
        sinceZero: [
          `TCP ${vip} 0/0/0`,
          '  rs1 0/0/0',
          '  rs2 0/0/0',
          'TCP 10.0.0.101:80 2/2/80',
          '  rs3 2/2/80',
        ],
      },
      ...segments('A', 'rs1'),
      { zero: 'TCP 10.0.0.101:80' },
      {
        sinceZero: [
          `TCP ${vip} 0/1/40`,
          '  rs1 0/1/40',
          '  rs2 0/0/0',
          'TCP 10.0.0.101:80 0/0/0',
          '  rs3 0/0/0',
        ],
      },
      { zero: 'all' },
      {
        sinceZero: [
          `TCP ${vip} 0/0/0`,
          '  rs1 0/0/0',
          '  rs2 0/0/0',
          'TCP 10.0.0.101:80 0/0/0',
          '  rs3 0/0/0',
        ],
      },
      { load: [`TCP ${vip}`, '  rs1 1+0', '  rs2 0+0', 'TCP 10.0.0.101:80', '  rs3 2+0'] },
      {
        servers: [
          `TCP ${vip} rr 1/3/120`,
          '  rs1*1 1+0 1/3/120',
          '  rs2*1 0+0 0/0/0',
          'TCP 10.0.0.101:80 rr 2/2/80',
          '  rs3*1 2+0 2/2/80',
        ],
      },
    ],
  },
];
