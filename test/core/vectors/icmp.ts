import type { Ipv4, Ipv6, Network } from '../../helpers/frames.ts';
import { answer, icmpError, tcp, udp } from '../../helpers/packets.ts';
import { ends, type Step, sent, type Vector } from '../../helpers/vectors.ts';

const client4 = '10.1.0.1:1024';
const client6 = '[2001:db8::1]:1024';
const answer4 = answer(tcp('A', client4)) as Ipv4;
const answer6 = answer(tcp('A', client6)) as Ipv6;
const datagram4 = answer(udp(client4));
const datagram6 = answer(udp(client6));

const quoting = (kind: string, quoted: Network, quote: number) =>
  icmpError(kind, quoted, { transport: { quote } });
const opened: Step[] = [
  sent(tcp('S', '10.9.0.1:1'), 'rs1'),
  sent(tcp('S', client4), 'rs2'),
  sent(tcp('S', '[2001:db8::99]:1'), 'rs1'),
  sent(tcp('S', client6), 'rs2'),
  sent(udp(client4), 'rs1'),
  sent(udp(client6), 'rs1'),
];
const flows: Step = {
  flows: [
    'TCP 10.1.0.1:1024 > 10.0.0.100:80 rs2 SYN_RECV active',
    'TCP 10.9.0.1:1 > 10.0.0.100:80 rs1 SYN_RECV active',
    'TCP [2001:db8::1]:1024 > [fd00::100]:80 rs2 SYN_RECV active',
    'TCP [2001:db8::99]:1 > [fd00::100]:80 rs1 SYN_RECV active',
    'UDP 10.1.0.1:1024 > 10.0.0.100:80 rs1 UDP inactive',
    'UDP [2001:db8::1]:1024 > [fd00::100]:80 rs1 UDP inactive',
  ],
};

export const icmpVectors: readonly Vector[] = [
  {
    title: 'an ICMP error goes to the real server of the flow it quotes, and changes nothing in that flow',
    steps: [
      ...opened,
      sent(icmpError('3/4', answer4, { transport: { rest: 1300 } }), 'rs2'),
      sent(icmpError('3/1', answer4), 'rs2'),
      sent(icmpError('4/0', answer4), 'rs2'),
      sent(icmpError('11/0', answer4), 'rs2'),
      sent(icmpError('3/3', datagram4), 'rs1'),
      sent(icmpError('3/4', { ...answer4, optionWords: 10 }), 'rs2'),
      sent(icmpError('3/4', answer4, { ip: { optionWords: 3 } }), 'rs2'),
      flows,
    ],
  },
  {
    title: 'so does an ICMPv6 error',
    steps: [
      ...opened,
      sent(icmpError('2/0', answer6, { transport: { rest: 1300 } }), 'rs2'),
      sent(icmpError('1/4', answer6), 'rs2'),
      sent(icmpError('3/0', answer6), 'rs2'),
      sent(icmpError('4/1', answer6), 'rs2'),
      sent(icmpError('1/4', datagram6), 'rs1'),
      sent(icmpError('2/0', { ...answer6, extensions: [{ kind: 'destination' }] }), 'rs2'),
      sent(icmpError('2/0', answer6, { ip: { extensions: [{ kind: 'hop_by_hop' }] } }), 'rs2'),
      flows,
    ],
  },
  {
    title: 'eight bytes behind the quoted IP header are enough, seven are not',
    steps: [
      ...opened,
      sent(quoting('3/4', answer4, 28), 'rs2'),
      ...ends(
        'BAD_ICMP',
        quoting('3/4', answer4, 27),
        quoting('3/4', answer4, 20),
        quoting('3/4', answer4, 19),
      ),
      ...ends('BAD_ICMP', quoting('3/4', answer4, 0), quoting('3/4', { ...answer4, optionWords: 10 }, 67)),
      sent(quoting('2/0', answer6, 48), 'rs2'),
      ...ends(
        'BAD_ICMP',
        quoting('2/0', answer6, 47),
        quoting('2/0', answer6, 40),
        quoting('2/0', answer6, 39),
      ),
      ...ends('BAD_ICMP', icmpError('3/4', answer4, { ip: { totalLength: 55 } })),
      ...ends(
        'OTHER_PROTOCOL',
        icmpError('3/4', answer4, { ip: { payload: Buffer.alloc(7, 3), protocol: 1 } }),
      ),
    ],
  },
  {
    title: 'an ICMP error whose quotation makes no sense is passed on',
    steps: [
      ...opened,
      ...ends('BAD_ICMP', icmpError('3/4', { ...answer4, headerWords: 4 })),
      ...ends('BAD_ICMP', icmpError('3/4', answer4, { transport: { payload: Buffer.alloc(60, 0x65) } })),
      ...ends('BAD_ICMP', icmpError('2/0', answer6, { transport: { payload: Buffer.alloc(60, 0x45) } })),
      ...ends(
        'BAD_ICMP',
        icmpError('3/4', { ...answer4, fragment: { offset: 8, more: false, identification: 1 } }),
        icmpError('2/0', {
          ...answer6,
          extensions: [{ kind: 'fragment', offset: 8, more: false, identification: 1 }],
        }),
      ),
      sent(icmpError('3/4', { ...answer4, fragment: { offset: 0, more: true, identification: 1 } }), 'rs2'),
      ...ends(
        'OTHER_PROTOCOL',
        icmpError('3/4', { ...answer4, protocol: 1 }),
        icmpError('2/0', { ...answer6, protocol: 58 }),
      ),
      ...ends(
        'BAD_ICMP',
        icmpError(
          '2/0',
          { ...answer6, source: '::ffff:10.0.0.100', destination: '::ffff:10.1.0.1' },
          {
            ip: { destination: 'fd00::100' },
          },
        ),
      ),
      flows,
    ],
  },
  {
    title: 'errors about unknown flows, and ICMP that is no error, go to the own stack',
    steps: [
      ...opened,
      ...ends(
        'ICMP_NO_FLOW',
        icmpError('3/4', answer(tcp('A', '10.1.0.1:1025'))),
        icmpError('3/4', answer(tcp('A', '10.1.0.2:1024'))),
      ),
      ...ends('ICMP_NO_FLOW', icmpError('2/0', answer(tcp('A', '[2001:db8::1]:1025')))),
      ...ends('NOT_OURS', icmpError('3/4', answer(tcp('A', { client: client4, to: '10.0.0.100:81' })))),
      ...ends('NOT_OURS', icmpError('2/0', answer(tcp('A', { client: client6, to: '[fd00::101]:80' })))),
      ...ends(
        'OTHER_PROTOCOL',
        ...['0/0', '5/1', '8/0', '12/0', '13/0'].map((kind) => icmpError(kind, answer4)),
      ),
      ...ends('OTHER_PROTOCOL', icmpError('128/0', answer6), icmpError('135/0', answer6)),
      flows,
    ],
  },
  {
    title: 'an ICMP error that is itself a fragment is passed on',
    steps: [
      ...opened,
      ...ends(
        'OTHER_PROTOCOL',
        icmpError('3/4', answer4, { ip: { fragment: { offset: 0, more: true, identification: 5 } } }),
      ),
      ...ends(
        'FRAGMENT_UNKNOWN',
        icmpError('3/4', answer4, { ip: { fragment: { offset: 8, more: false, identification: 5 } } }),
      ),
    ],
  },
  {
    title: 'an ICMP error does not keep its flow alive, and its own TTL counts',
    given: ['TCP 10.0.0.100:80 rr rs1*1'],
    steps: [
      sent(tcp('S', client4), 'rs1'),
      { at: 50 },
      sent(icmpError('3/4', answer4), 'rs1'),
      ...ends('TTL_EXPIRED', icmpError('3/4', answer4, { ip: { ttl: 1 } })),
      { at: 61 },
      ...ends('ICMP_NO_FLOW', icmpError('3/4', answer4)),
      { flows: [] },
      { servers: ['TCP 10.0.0.100:80 rr 1/3/176', '  rs1*1 0+0 1/3/176'] },
    ],
  },
];
