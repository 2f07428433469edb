/** sh, dh and mh. Where clients go is what Linux 6.1's IPVS answered for the same clients and weights. */
import { tcp } from '../../helpers/packets.ts';
import { ends, type Step, sent, type Vector } from '../../helpers/vectors.ts';

const vip = 'TCP 10.0.0.100:80';

function clientAt(index: number): string {
  const address = `10.${1 + (index % 3)}.${(37 * index) % 256}.${1 + ((11 * index) % 251)}`;
  return `${address}:${(1024 + 7919 * index) % 60_000}`;
}

/** New connections of the clients from `from` on: '1' goes to rs1, '-' finds nobody. */
function choices(order: string, from = 0): Step[] {
  return [...order].flatMap((server, index) => {
    const syn = tcp('S', clientAt(from + index));
    return server === '-' ? ends('NO_REAL_SERVER', syn) : [sent(syn, `rs${server}`)];
  });
}

/** The same of one client address and several ports. */
const ports = (order: string): Step[] =>
  [...order].map((server, index) => sent(tcp('S', `10.1.2.3:${20_000 + index}`), `rs${server}`));

const asked = (address: string, server: string) =>
  sent(tcp('S', { client: '10.1.0.1:1', to: `${address}:80` }), server);

export const hashSchedulerVectors: readonly Vector[] = [
  {
    title: "sh goes by the client's address, with buckets in proportion to the weights",
    given: [`${vip} sh rs5*1 rs4*2 rs3*3 rs2*4 rs1*5`],
    steps: [...choices('222155322111443221155222111322')],
  },
  {
    title: "sh takes the client's port for part of its address where it is told to",
    given: [`${vip} sh+port rs3*2 rs2*3 rs1*4`],
    steps: [...choices('311121212223232323131311232323')],
  },
  {
    title: 'sh sends all connections of a client to one real server',
    given: [`${vip} sh rs3*2 rs2*3 rs1*4`],
    steps: [...ports('22222')],
  },
  {
    title: 'sh leaves the clients of a real server that weighs 0 without one',
    given: [`${vip} sh rs3*1 rs2*0 rs1*3`],
    steps: [...choices('111133311-11111113133-111111--')],
  },
  {
    title: 'sh with its fallback goes on from the bucket hit',
    given: [`${vip} sh+fallback rs3*1 rs2*2 rs1*0`],
    steps: [...choices('322222222322222322222222222322', 30)],
  },
  {
    title: 'sh with port and fallback',
    given: [`${vip} sh+port+fallback rs3*1 rs2*2 rs1*0`],
    steps: [...choices('222222323232223322222222222322', 30)],
  },
  {
    title: 'sh finds nobody where nobody is left, fallback or not',
    given: [`${vip} sh+fallback rs2*0 rs1*0`],
    steps: [...choices('---')],
  },
  {
    title: 'sh treats an overloaded real server as one that weighs 0',
    given: [`${vip} sh rs3*2<10/5 rs2*2<10/5 rs1*2<10/5`],
    steps: [...choices('32313223123221123312331221-3-----1--1--1---------')],
  },
  {
    title: 'sh folds IPv6 addresses',
    given: ['TCP [fd00::100]:80 sh rs3*1 rs2*1 rs1*1'],
    steps: ['2001:db8:1::1', '2001:db8:2:25::c', '2001:db8:3:4a::17', '2001:db8:1:4d::64'].map(
      (client, index) => sent(tcp('S', `[${client}]:1024`), ['rs2', 'rs2', 'rs3', 'rs1'][index] ?? ''),
    ),
  },
  {
    title: 'dh goes by the address that the client wanted, weights only being 0 or not',
    given: ['10.9.0.1', '10.9.104.57', '10.9.13.8'].map(
      (address) => `TCP ${address}:80 dh rs3*1 rs2*0 rs1*9`,
    ),
    steps: [
      asked('10.9.0.1', 'rs1'),
      asked('10.9.104.57', 'rs3'),
      ...ends('NO_REAL_SERVER', tcp('S', { client: '10.1.0.1:1', to: '10.9.13.8:80' })),
    ],
  },
  {
    title: "mh goes by the client's address, with entries in proportion to the weights",
    given: [`${vip} mh rs5*5 rs4*4 rs3*3 rs2*2 rs1*1`],
    steps: [...choices('435434235533542155455545253345')],
  },
  {
    title: "mh takes the client's port for part of its address where it is told to",
    given: [`${vip} mh+port rs3*2 rs2*3 rs1*4`],
    steps: [...choices('221313223111313322212211313121')],
  },
  {
    title: 'mh gives no entry to a real server that never weighed more than 0',
    given: [`${vip} mh rs3*1 rs2*0 rs1*3`],
    steps: [...choices('111131311133111111111111113311')],
  },
  {
    title: 'mh lets a real server keep its entries when it comes to weigh 0: their clients find nobody',
    given: [`${vip} mh rs3*1 rs2*2 rs1*3`],
    steps: [
      ...choices('112131211233112111121122213312'),
      { set: `${vip} mh rs3*1 rs2*2 rs1*0` },
      ...choices('2-2--23---2-2--2----23---22-2-', 30),
    ],
  },
  {
    title: 'mh with its fallback hashes on from the entry hit',
    given: [`${vip} mh+fallback rs3*1 rs2*2 rs1*3`],
    steps: [
      { set: `${vip} mh+fallback rs3*1 rs2*2 rs1*0` },
      ...choices('222322322223233232322332222323', 30),
    ],
  },
  {
    title: 'mh with port and fallback',
    given: [`${vip} mh+port+fallback rs3*1 rs2*2 rs1*3`],
    steps: [
      { set: `${vip} mh+port+fallback rs3*1 rs2*2 rs1*0` },
      ...choices('233223332232322323333232223323', 30),
    ],
  },
  {
    title: 'mh finds nobody where nobody ever weighed more than 0',
    given: [`${vip} mh+fallback rs2*0 rs1*0`],
    steps: [...choices('---')],
  },
];
