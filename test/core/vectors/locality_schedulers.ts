/** lblc and lblcr: by the address that clients want. */
import { tcp } from '../../helpers/packets.ts';
import { ends, type Step, sent, type Vector } from '../../helpers/vectors.ts';

const vip = 'TCP 10.0.0.100:80';
const day = 24 * 60 * 60;

const client = (index: number) => `10.2.${index >> 8}.${index & 255}:9`;

/** New connections, one a word: '1' goes to rs1. Clients are numbered on from `from`. */
function opens(order: string, from = 0): Step[] {
  return [...order.replaceAll(' ', '')].map((server, index) =>
    sent(tcp('S', client(from + index)), `rs${server}`),
  );
}

export const localitySchedulerVectors: readonly Vector[] = [
  {
    title:
      'lblc stays on one real server until that has more active flows than weight and another is half idle',
    given: [`${vip} lblc rs1*2 rs2*3 rs3*0`],
    steps: [...opens('111 2222 222')], // then rs1 is not half idle any more
  },
  {
    title: 'lblc remembers its last choice only',
    given: [`${vip} lblc rs1*2 rs2*2`],
    steps: [
      ...opens('111 2'),
      ...[0, 1, 2].map((index) => sent(tcp('F', client(index)), 'rs1')), // rs1 idle, but not the choice
      ...opens('22 1', 100),
    ],
  },
  {
    title: 'lblc chooses anew when its real server is drained, and does not come back for its return',
    given: [`${vip} lblc rs1*9 rs2*9`],
    steps: [
      ...opens('11'),
      { set: `${vip} lblc rs1*0 rs2*9` },
      ...opens('2', 100),
      { set: `${vip} lblc rs1*9 rs2*9` },
      ...opens('2', 200),
    ],
  },
  {
    title: 'lblc chooses anew when its real server is gone',
    given: [`${vip} lblc rs1*9 rs2*9`],
    steps: [...opens('11'), { set: `${vip} lblc rs2*9` }, ...opens('22', 100)],
  },
  {
    title: 'lblc stays on an overloaded real server, but does not choose one',
    given: [`${vip} lblc rs1*9<2 rs2*1<1 rs3*1`],
    steps: [
      ...opens('111'),
      { set: `${vip} lblc rs1*0<2 rs2*1<1 rs3*1` },
      ...opens('2 2 3', 100), // two on rs2, and rs3 is half idle
    ],
  },
  {
    title: 'lblc forgets a day after the last use, and when another scheduler was there meanwhile',
    given: [`${vip} lblc rs1*9 rs2*9`],
    steps: [
      ...opens('11'),
      { at: day - 60 },
      ...opens('1', 100),
      { set: `${vip} lc rs1*9 rs2*9` },
      { set: `${vip} lblc rs1*9 rs2*9` },
      { sweep: { used: 1, expired: 2 } },
      ...opens('2', 200), // rs1 has one already
      { at: 2 * day },
      { sweep: { used: 0, expired: 2 } },
      ...opens('1', 300),
    ],
  },
  {
    title: 'lblc and lblcr find nobody where nobody weighs more than 0',
    given: [`${vip} lblc rs1*0 rs2*0`, 'TCP 10.0.0.101:80 lblcr rs1*0'],
    steps: ends('NO_REAL_SERVER', tcp('S', client(1)), tcp('S', { client: client(1), to: '10.0.0.101:80' })),
  },
  {
    title: 'lblcr takes the least loaded of its set, which another joins when that has too many active flows',
    given: [`${vip} lblcr rs1*1 rs2*1 rs3*2`],
    steps: [...opens('11 22 3333')], // rs1, then rs2 and rs3 join; with all outrun, the newest of equals
  },
  {
    title: 'lblcr lets the most loaded go from a set that did not change for a day',
    given: [`${vip} lblcr rs1*1 rs2*1`],
    steps: [
      ...opens('11 22'),
      { at: day / 2 },
      { sweep: { used: 0, expired: 4 } },
      ...opens('21', 100),
      { at: day + 60 },
      { sweep: { used: 0, expired: 2 } },
      ...opens('2', 200), // the newest of two idle ones, and so the first to go
      ...opens('1111', 300),
    ],
  },
  {
    title: 'lblcr leaves out members that are drained, overloaded or gone, and takes them when they are back',
    given: [`${vip} lblcr rs1*1 rs2*1 rs3*9`],
    steps: [
      ...opens('11 22'),
      { set: `${vip} lblcr rs1*1 rs2*0 rs3*9` },
      ...opens('3', 100), // rs1 is outrun
      { set: `${vip} lblcr rs1*1 rs2*1` },
      ...opens('21', 200),
      { set: `${vip} lblcr rs3*9 rs1*1 rs2*1` },
      ...opens('3', 300),
    ],
  },
];
