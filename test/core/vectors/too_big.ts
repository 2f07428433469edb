import { icmpAnswer } from '../../helpers/answers.ts';
import { type Fragment, type Frame, frameBytes, networkBytes } from '../../helpers/frames.ts';
import { answer, director, icmpError, realServerMac, tcp, udp } from '../../helpers/packets.ts';
import { type Step, sent, type Vector } from '../../helpers/vectors.ts';

const mtu = 1300;
const client4 = '10.1.0.1:1024';
const client6 = '[2001:db8::1]:1024';
const given = ['TCP', 'UDP'].flatMap((protocol) =>
  ['10.0.0.100:80', '[fd00::100]:80'].map((at) => `${protocol} ${at} rr rs1*1`),
);

const limit = (bytes: number | undefined): Step[] =>
  ['10.0.0.11', 'fd00::11'].map((address) => ({
    nexthop: [
      address,
      {
        kind: 'link',
        index: director.ingress,
        mac: realServerMac('rs1'),
        source: director.mac,
        ...(bytes === undefined ? {} : { mtu: bytes }),
      },
    ],
  }));

/** `frame` with its payload made so long that the IP packet has `length` bytes. */
function long(frame: Frame, length: number): Frame {
  const { network } = frame;
  if (network instanceof Uint8Array || network.payload instanceof Uint8Array)
    throw new TypeError('no packet');
  const payload = Buffer.alloc(length - networkBytes(network).length, 0x6d);
  return { ...frame, network: { ...network, payload: { ...network.payload, payload } } as typeof network };
}

/** As it is when TTL or hop limit is counted down: what an error quotes, and what is left of a dropped frame. */
function countedDown(frame: Frame): Frame {
  const { network } = frame;
  if (network instanceof Uint8Array) throw new TypeError('no packet');
  return { ...frame, network: { ...network, ttl: (network.ttl ?? 64) - 1 } };
}

const told = (frame: Frame): Step => ({
  frame,
  is: 'TOO_BIG',
  answer: icmpAnswer(frameVersion(frame) === 4 ? '3/4' : '2/0', countedDown(frame), mtu),
});
const silent = (frame: Frame): Step => ({
  frame,
  is: 'TOO_BIG',
  answer: 'none',
  out: frameBytes(countedDown(frame)),
});
const frameVersion = ({ network }: Frame) => (network instanceof Uint8Array ? 0 : network.version);

const whole = { ip: { dontFragment: true } };
const first: Fragment = { offset: 0, more: true, identification: 7 };
const later: Fragment = { offset: 1304, more: false, identification: 7 };
const payload = Buffer.alloc(3000, 0x66);
const piece4 = (fragment: Fragment, dontFragment = false) =>
  udp(client4, { ip: { fragment, dontFragment, protocol: 17 }, transport: { payload } });
const piece6 = (fragment: Fragment) =>
  udp(client6, { ip: { extensions: [{ kind: 'fragment', ...fragment }] }, transport: { payload } });
/** The bytes that are left of a datagram from 1304 on. */
const tail = (bytes: number) => ({ transport: { payload: Buffer.alloc(1304 + bytes - 8, 0x66) } });

export const tooBigVectors: readonly Vector[] = [
  {
    title: 'an IPv4 packet that must not be cut is answered with the MTU where it is longer (RFC 1191 4)',
    given,
    steps: [
      ...limit(mtu),
      sent(tcp('S', client4, whole), 'rs1'),
      sent(long(tcp('A', client4, whole), mtu), 'rs1'),
      told(long(tcp('A', client4, whole), mtu + 1)),
      told(long(tcp('PA', client4, { ...whole, frame: { vlans: [{ id: 7 }], padding: 3 } }), 1500)),
      told(long(tcp('A', client4, { ip: { dontFragment: true, optionWords: 3, tos: 0x1a } }), 1400)),
      sent(long(udp(client4, whole), mtu), 'rs1'),
      told(long(udp(client4, whole), mtu + 1)),
      {
        flows: [
          'TCP 10.1.0.1:1024 > 10.0.0.100:80 rs1 ESTABLISHED active',
          'UDP 10.1.0.1:1024 > 10.0.0.100:80 rs1 UDP inactive',
        ],
      },
    ],
  },
  {
    title: 'so is an IPv6 packet (RFC 4443 3.2)',
    given,
    steps: [
      ...limit(mtu),
      sent(long(tcp('S', client6), mtu), 'rs1'),
      told(long(tcp('A', client6), mtu + 1)),
      told(long(tcp('A', client6, { ip: { extensions: [{ kind: 'destination' }] } }), 1500)),
      told(long(udp(client6, { frame: { vlans: [{ id: 7 }, { id: 8 }] } }), 1500)),
    ],
  },
  {
    title: 'an IPv4 packet that may be cut is dropped; IPVS has it cut',
    given,
    steps: [
      ...limit(mtu),
      sent(long(udp(client4), mtu), 'rs1'),
      silent(long(udp(client4), mtu + 1)),
      silent(long(tcp('S', client4), 1500)),
      sent(tcp('A', client4), 'rs1'),
    ],
  },
  {
    title: 'fragments count by their own length, and later ones get no answer',
    given,
    steps: [
      ...limit(mtu),
      sent(udp(client4, { ip: { fragment: { ...first, identification: 8 } } }), 'rs1'),
      silent(piece4(first)),
      told(piece4(first, true)),
      silent(piece4(later)),
      silent(piece4(later, true)),
      sent(udp(client4, { ip: { fragment: later, protocol: 17 }, ...tail(mtu - 20) }), 'rs1'),
      told(piece6(first)),
      silent(piece6(later)),
      sent(udp(client6, { ip: { extensions: [{ kind: 'fragment', ...later }] }, ...tail(1200) }), 'rs1'),
    ],
  },
  {
    title: 'an ICMP error that is too big gets no answer (RFC 1122 3.2.2, RFC 4443 2.4(e))',
    given,
    steps: [
      ...limit(mtu),
      sent(tcp('S', client4), 'rs1'),
      sent(tcp('S', client6), 'rs1'),
      silent(icmpError('3/4', answer(long(tcp('A', client4), 1500)), whole)),
      silent(icmpError('2/0', answer(long(tcp('A', client6), 1500)))),
    ],
  },
  {
    title: 'TTL and hop limit are looked at first (as IPVS)',
    given,
    steps: [
      ...limit(mtu),
      ...[client4, client6].map(
        (client): Step => ({
          frame: long(tcp('S', client, { ip: { ttl: 1 } }), 1500),
          is: 'TTL_EXPIRED',
        }),
      ),
    ],
  },
  {
    title: 'without an MTU there is no limit, and a new one holds at once',
    given,
    steps: [
      sent(tcp('S', client4, whole), 'rs1'),
      sent(long(tcp('A', client4, whole), 3000), 'rs1'),
      ...limit(mtu),
      told(long(tcp('A', client4, whole), 3000)),
      ...limit(1500),
      sent(long(tcp('A', client4, whole), 1500), 'rs1'),
      ...limit(0),
      sent(long(tcp('A', client4, whole), 3000), 'rs1'),
      ...limit(mtu),
      told(long(tcp('A', client4, whole), 1301)),
      ...limit(undefined),
      sent(long(tcp('A', client4, whole), 3000), 'rs1'),
    ],
  },
  {
    title: 'what no link carries was put together by the kernel, which cuts it again: it is never too big',
    given,
    steps: [
      ...limit(mtu),
      sent(tcp('S', client4, whole), 'rs1'),
      { ingressMtu: 1500 },
      told(long(tcp('A', client4, whole), 1500)),
      sent(long(tcp('A', client4, whole), 1501), 'rs1'),
      sent(long(tcp('S', client6), 3500), 'rs1'),
      { ingressMtu: 9000 },
      told(long(tcp('A', client4, whole), 1501)),
    ],
  },
];
