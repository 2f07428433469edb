import { tcp, udp } from '../../helpers/packets.ts';
import { ends, type Step, sent, type Vector } from '../../helpers/vectors.ts';

/** New connections, one a word: '1' goes to rs1. Clients are numbered on from `from`. */
function opens(order: string, from = 0): Step[] {
  return [...order.replaceAll(/[ |]/g, '')].map((server, index) =>
    sent(tcp('S', `10.2.${(from + index) >> 8}.${(from + index) & 255}:9`), `rs${server}`),
  );
}
const on = (index: number) => `10.2.${index >> 8}.${index & 255}:9`;
const vip = 'TCP 10.0.0.100:80';

export const schedulerVectors: readonly Vector[] = [
  {
    title: 'rr takes turns from the head of the list, whatever the weights; weight 0 is left out',
    given: [`${vip} rr rs1*1 rs2*9 rs3*0 rs4*1`],
    steps: opens('124 124 124'),
  },
  {
    title: 'rr goes on behind the last one chosen when the list changes',
    given: [`${vip} rr rs3*1 rs2*1 rs1*1`],
    steps: [
      ...opens('32'),
      { set: `${vip} rr rs4*1 rs3*1 rs2*1 rs1*1` },
      ...opens('1432', 100),
      { set: `${vip} rr rs4*1 rs3*1 rs1*1` }, // the last one chosen goes: on behind the one before it
      ...opens('14', 200),
      { set: `${vip} rr rs3*1 rs1*1` }, // the head goes, and was the last one chosen: from the head
      ...opens('313', 300),
      { set: `${vip} rr rs3*5 rs1*5` }, // an edit changes nothing
      ...opens('13', 400),
    ],
  },
  {
    title: 'rr remembers the last one chosen while it weighs 0',
    given: [`${vip} rr rs1*1 rs2*1 rs3*1`],
    steps: [
      ...opens('12'),
      { set: `${vip} rr rs1*1 rs2*0 rs3*1` },
      { set: `${vip} rr rs1*1 rs2*1 rs3*1` },
      ...opens('3 1', 100),
      { set: `${vip} rr rs1*0 rs2*1 rs3*1` },
      { set: `${vip} rr rs1*1 rs2*1 rs3*1` },
      ...opens('2 3 1', 200),
      { set: `${vip} rr rs1*0 rs2*0 rs3*0` },
      { set: `${vip} rr rs1*1 rs2*1 rs3*1` },
      ...opens('2', 300),
    ],
  },
  {
    title: 'rr starts anew after another scheduler',
    given: [`${vip} rr rs1*1 rs2*1 rs3*1`],
    steps: [
      ...opens('12'),
      { set: `${vip} lc rs1*1 rs2*1 rs3*1` },
      { set: `${vip} rr rs1*1 rs2*1 rs3*1` },
      ...opens('123', 100),
    ],
  },
  {
    title: 'wrr passes over the list at falling levels; a list filled one by one starts at level 1',
    given: [`${vip} wrr rs3*2 rs2*3 rs1*4`],
    steps: opens('321 | 1 | 21 | 321 | 321 | 1 | 21 | 321 | 321'),
  },
  {
    title: 'wrr starts at its highest level after another scheduler',
    given: [`${vip} rr rs3*2 rs2*3 rs1*4`],
    steps: [{ set: `${vip} wrr rs3*2 rs2*3 rs1*4` }, ...opens('1 | 21 | 321 | 321 | 1 | 21')],
  },
  {
    title: 'wrr steps by the greatest common divisor',
    given: [`${vip} rr rs1*40 rs2*20 rs3*20`],
    steps: [{ set: `${vip} wrr rs1*40 rs2*20 rs3*20` }, ...opens('1 | 123 | 1 | 123')],
  },
  {
    title: 'wrr keeps its level and starts the pass at the head when the pool changes',
    given: [`${vip} rr rs1*4 rs2*3 rs3*2`],
    steps: [
      { set: `${vip} wrr rs1*4 rs2*3 rs3*2` },
      ...opens('1 | 1'), // level 3, rs2 is next
      { set: `${vip} wrr rs1*5 rs2*3 rs3*2` },
      ...opens('12 | 123', 100), // level 3 from the head, then 2
      { set: `${vip} wrr rs4*1 rs1*5 rs2*3 rs3*2` },
      ...opens('123 | 4123 | 1 | 1 | 12', 200), // level 2 from the head: the new one weighs less
      { set: `${vip} wrr rs4*1 rs1*5 rs3*2` },
      ...opens('1 | 13 | 413', 300),
      { set: `${vip} wrr rs4*1 rs1*1 rs3*1` },
      ...opens('413 413', 400),
    ],
  },
  {
    title: 'wrr leaves weight 0 out and takes it in again',
    given: [`${vip} wrr rs1*1 rs2*1`],
    steps: [
      ...opens('12 12'),
      { set: `${vip} wrr rs1*0 rs2*1` },
      ...opens('222', 100),
      { set: `${vip} wrr rs1*1 rs2*1` },
      ...opens('12 12', 200),
    ],
  },
  {
    title: 'lc takes the least loaded of weight above 0, the first in the list of equals',
    given: [`${vip} lc rs1*1 rs2*100 rs3*1 rs4*0`],
    steps: [
      ...opens('123 123'),
      sent(tcp('A', on(1)), 'rs2'),
      sent(tcp('FA', on(1)), 'rs2'), // one active flow less, one inactive more
      ...opens('2 1', 100),
      {
        servers: [
          `${vip} lc 8/10/400`,
          '  rs1*1 3+0 3/3/120',
          '  rs2*100 2+1 3/5/200',
          '  rs3*1 2+0 2/2/80',
          '  rs4*0 0+0 0/0/0',
        ],
      },
    ],
  },
  {
    title: 'lc counts an active flow as 257 inactive ones',
    given: [`${vip} lc rs1*1 rs2*1`],
    steps: [
      ...opens('1'),
      ...Array.from({ length: 257 }, (_, index) => [
        ...opens('2', 100 + index),
        sent(tcp('F', on(100 + index)), 'rs2'),
      ]).flat(),
      ...opens('1', 50), // 257 each: the first in the list
    ],
  },
  {
    title: 'wlc weighs the load by the weight, the first in the list of equals',
    given: [`${vip} wlc rs1*1 rs2*2 rs3*3 rs4*0`],
    steps: [...opens('123 3 2 3 | 123 3 2 3')],
  },
  {
    title: 'wlc follows weights and pools that change',
    given: [`${vip} wlc rs1*1 rs2*1`],
    steps: [
      ...opens('1212'),
      { set: `${vip} wlc rs1*1 rs2*3` },
      ...opens('2222', 100), // until 6 of weight 3 stand against 2 of weight 1
      ...opens('1', 200),
      { set: `${vip} wlc rs3*1 rs1*1 rs2*3` },
      ...opens('333 2', 300),
      { set: `${vip} wlc rs1*1 rs2*3` },
      ...opens('2', 400),
    ],
  },
  {
    title: 'sed takes the smallest (active + 1) / weight, the first in the list of equals',
    given: [`${vip} sed rs3*2 rs2*3 rs1*4 rs4*0`],
    steps: [
      ...opens('1 2 3 1 2 1 3 2 1'), // 1/4 1/3 1/2 2/4 2/3 3/4 2/2 3/3 4/4
      sent(tcp('R', on(0)), 'rs1'), // nothing in SYN_RECV
      sent(tcp('F', on(2)), 'rs3'),
      sent(tcp('F', on(6)), 'rs3'), // idle again: inactive flows do not count
      ...opens('3', 100),
    ],
  },
  {
    title: 'nq takes the first in the list that has no active flow, and where all have some is sed',
    given: [`${vip} nq rs1*1 rs2*9 rs3*1 rs4*0`],
    steps: [...opens('123 2222 2222'), sent(tcp('F', on(0)), 'rs1'), ...opens('1 2', 100)],
  },
  {
    title: 'fo stays on the heaviest, the first in the list of equals, whatever its load',
    given: [`${vip} fo rs1*1 rs2*3 rs3*3<3`],
    steps: [
      ...opens('222'),
      { set: `${vip} fo rs1*1 rs2*0 rs3*3<3` },
      ...opens('333 1', 100), // overloaded from the third on
      { set: `${vip} fo rs4*4 rs1*1 rs2*0 rs3*3<3` },
      ...opens('44', 200),
    ],
  },
  {
    title:
      'ovf fills the heaviest up to weight + 1 active flows, then the next; when all are full, nobody takes more',
    given: [`${vip} ovf rs1*1 rs2*3 rs3*0`],
    steps: [
      ...opens('2222 11'),
      ...ends('NO_REAL_SERVER', tcp('S', on(100))),
      sent(tcp('F', on(1)), 'rs2'),
      ...opens('2', 101),
    ],
  },
  {
    title: 'twos draws none that weighs 0 or is overloaded',
    given: [`${vip} twos rs1*0 rs2*7 rs3*1000<1`, 'UDP 10.0.0.100:80 twos rs1*0 rs2*0'],
    steps: [
      { set: `${vip} twos rs1*0 rs2*0 rs3*1000<1` },
      ...opens('3', 500),
      { set: `${vip} twos rs1*0 rs2*7 rs3*1000<1` },
      ...opens('22222222'),
      ...ends('NO_REAL_SERVER', udp('10.1.0.1:1')),
    ],
  },
  {
    title: 'the largest weights do not overflow',
    given: [`${vip} wlc rs1*2147483647 rs2*1073741824 rs3*1`],
    steps: [...opens('123'), ...opens('1 2 1 1', 100)],
  },
  {
    title: 'wrr lays out weights of any size',
    given: [`${vip} rr rs1*2147483647 rs2*1`],
    steps: [{ set: `${vip} wrr rs1*2147483647 rs2*1` }, ...opens('1111 1111')],
  },
  {
    title: 'IPv6 virtual servers are scheduled in the same way',
    given: ['TCP [fd00::100]:80 wrr rs2*1 rs1*2'],
    steps: ['rs2', 'rs1', 'rs1', 'rs2', 'rs1', 'rs1'].map((server, index) =>
      sent(tcp('S', `[2001:db8::${index}]:9`), server),
    ),
  },
];
