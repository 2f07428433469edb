/** TCP states, and packets that are not plain: fragments, ICMP errors, options, the last hop, nobody to send to. */
import { type Frame, networkBytes } from '../helpers/frames.ts';
import { answer, icmpError, tcp, udp } from '../helpers/packets.ts';
import { client } from './stories_flows.ts';
import { change, type Event, linked, packets, type Server, type Story } from './story.ts';

const pool = 'rs1*1 rs2*1 rs3*1';

function server(protocol: 'TCP' | 'UDP', at: string, more: Partial<Server> = {}): Server {
  return { protocol, at, scheduler: 'rr', pool, ...more };
}

const send = (...frames: readonly Frame[]): Event => ({ do: 'send', frames });
const at = (from: string, to: string) => ({ client: from, to });

const segments = ['S', 'SA', 'A', 'PA', 'F', 'FA', 'R', 'RA', '-'];
const states = server('TCP', '10.77.0.100:80');

/** Every pair of segments, and behind every SYN every pair. */
const sequences = segments.flatMap((one) =>
  segments.flatMap((two) => (two === one ? [`${one} ${two}`] : [`${one} ${two}`, `S ${one} ${two}`])),
);

const tcpStates: Story = {
  name: 'TCP flows move through the states of IPVS, and count as active or not',
  servers: [states],
  views: ['-Ln', '-Lnc'],
  events: sequences.map((sequence, number) => packets(sequence, client(number), states.at)),
};

const states6 = server('TCP', '[fd77::100]:80', { scheduler: 'wlc' });

const tcpStates6: Story = {
  name: 'TCP flows over IPv6 move through the same states',
  servers: [states6],
  events: sequences
    .filter((_, number) => number % 3 === 0)
    .map((sequence, number) => packets(sequence, client(number, 6), states6.at)),
};

const reused = server('TCP', '10.77.0.100:81');

const reuse: Story = {
  name: 'a client port that is used again begins anew where the old connection is over',
  servers: [reused],
  views: ['-Ln', '-Lnc'],
  events: [
    'S A FA S A',
    'S A R S A',
    'S F S',
    'S A S A',
    'S A FA A S',
    'S S S',
    'S A R A',
    'S A RA FA S',
  ].flatMap((kinds, number) => [
    packets(kinds, client(number), reused.at),
    packets('S A', client(number + 50), reused.at),
  ]),
};

const closing = server('TCP', '10.77.0.100:82');

const timers: Story = {
  name: 'a reset flow is forgotten after ten seconds, the others are not',
  servers: [closing],
  views: ['-Ln', '-Lnc'],
  events: [
    packets('S A R', client(1), closing.at),
    packets('S A', client(2), closing.at),
    packets('S A FA', client(3), closing.at),
    packets('S', client(4), closing.at),
    { do: 'wait', seconds: 12 },
    packets('A', client(1), closing.at),
    packets('A', client(2), closing.at),
    packets('A', client(3), closing.at),
  ],
};

const web = server('TCP', '10.77.0.101:80');
const dns = server('UDP', '10.77.0.101:53');
const web6 = server('TCP', '[fd77::100]:8080');
const [one, two, three] = [client(1), client(2), client(3)] as const;
const six = client(1, 6);

const plain: Story = {
  name: 'options, TOS and extension headers are left as they are, and the last hop is answered',
  servers: [web, dns, web6],
  events: [
    send(
      tcp('S', at(one, web.at), { ...linked, ip: { tos: 0x10, identification: 4711, dontFragment: true } }),
    ),
    send(tcp('A', at(one, web.at), { ...linked, ip: { optionWords: 2 } })),
    send(tcp('A', at(one, web.at), { ...linked, ip: { ttl: 2 } })),
    send(tcp('A', at(one, web.at), { ...linked, ip: { ttl: 1 } })),
    send(tcp('S', at(two, web.at), { ...linked, ip: { ttl: 1 } })),
    send(udp(at(one, dns.at), { ...linked, transport: { payload: Buffer.alloc(700, 7) } })),
    send(udp(at(two, dns.at), { ...linked, ip: { ttl: 1 } })),
    send(udp(at(two, dns.at), { frame: { ...linked.frame, padding: 12 } })),
    send(tcp('S', at(six, web6.at), { ...linked, ip: { trafficClass: 0x20, flowLabel: 0x12345 } })),
    send(tcp('A', at(six, web6.at), { ...linked, ip: { extensions: [{ kind: 'destination' }] } })),
    send(tcp('A', at(six, web6.at), { ...linked, ip: { ttl: 1 } })),
  ],
};

const empty = server('TCP', '10.77.0.101:81', { pool: 'rs1*0 rs2*0' });
const emptyUdp = server('UDP', '10.77.0.101:54', { pool: 'rs1*0' });
const empty6 = server('TCP', '[fd77::100]:8081', { pool: 'rs1*0' });

const nobody: Story = {
  name: 'nobody to send to is answered with an ICMP error, what is no SYN goes to the own stack',
  servers: [empty, emptyUdp, empty6],
  events: [
    packets('S A F R - SA RA', client(1), empty.at),
    packets('udp udp', client(1), emptyUdp.at),
    packets('S A R', client(1, 6), empty6.at),
    packets('S A', client(1), '10.77.0.101:4'),
    packets('udp', client(1), '10.77.0.101:4'),
    packets('S', client(1, 6), '[fd77::100]:4'),
    packets('udp', client(1, 6), '[fd77::100]:4'),
    packets('S', client(1), '10.77.0.2:4'),
    change('-e rs1 -g -w 1'),
    packets('S A', client(1), empty.at),
  ],
};

const files = server('TCP', '10.77.0.102:80');
const media = server('UDP', '10.77.0.102:53');
const files6 = server('TCP', '[fd77::100]:8082');
const open = tcp('A', at(one, files.at), linked);
const open6 = tcp('A', at(six, files6.at), linked);
const asked = udp(at(one, media.at), linked);

/** The error as a router on the way to the client sends it. */
function error(kind: string, about: Frame, transport: object = {}): Event {
  return send({ ...icmpError(kind, answer(about), { transport }), ...linked.frame });
}

const icmp: Story = {
  name: 'ICMP errors go to the real server whose answer they are about',
  servers: [files, media, files6],
  events: [
    packets('S A', one, files.at),
    packets('S A', two, files.at),
    packets('udp', one, media.at),
    packets('udp', two, media.at),
    packets('S A', six, files6.at),
    error('3/4', open, { rest: 1400 }),
    error('3/1', open),
    error('11/0', open),
    error('4/0', open),
    error('12/0', open),
    error('5/1', open),
    error('3/4', open, { quote: 28 }),
    error('3/3', asked),
    error('3/4', tcp('A', at(three, files.at), linked)),
    error('3/3', udp(at(three, media.at), linked)),
    error('2/0', open6, { rest: 1400 }),
    error('1/4', open6),
    error('3/0', open6),
    error('4/0', open6),
    error('2/0', tcp('A', at(client(2, 6), files6.at), linked)),
  ],
};

const big = server('UDP', '10.77.0.102:1234');
const big6 = server('UDP', '[fd77::100]:1234');

/** A datagram of 1200 bytes in two fragments of 800 and 400. */
function halves(from: string, to: string, identification: number): [Frame, Frame] {
  const whole = udp(at(from, to), { ...linked, transport: { payload: Buffer.alloc(1192, identification) } });
  if (whole.network instanceof Uint8Array) throw new TypeError('a raw packet');
  const { network } = whole;
  const carried = networkBytes(network).subarray(network.version === 4 ? 20 : 40);
  const half = (offset: number, end: number): Frame => {
    const fragment = { offset, more: end < carried.length, identification };
    if (network.version === 4)
      return { ...whole, network: { ...network, fragment, protocol: 17, payload: carried.subarray(0, end) } };
    const header = Buffer.from(networkBytes(network).subarray(0, 40));
    header.writeUInt16BE(8 + end - offset, 4);
    header.writeUInt8(44, 6);
    const extension = Buffer.alloc(8);
    extension.writeUInt8(17, 0);
    extension.writeUInt16BE(offset + (fragment.more ? 1 : 0), 2);
    extension.writeUInt32BE(identification, 4);
    const bytes = Buffer.concat([header, extension, carried.subarray(offset, end)]);
    return { ...whole, etherType: 0x86dd, network: bytes };
  };
  return [half(0, 800), half(800, carried.length)];
}

const fragments: Story = {
  name: 'fragments go to one real server',
  servers: [big, big6],
  events: [1, 2, 3, 1, 4, 2].flatMap((number, index): Event[] => [
    { do: 'send together', frames: halves(client(number), big.at, 100 + index) },
    { do: 'send together', frames: halves(client(number, 6), big6.at, 100 + index) },
    packets('udp', client(number + 20), big.at),
  ]),
};

export const packetStories: readonly Story[] = [
  tcpStates,
  tcpStates6,
  reuse,
  plain,
  nobody,
  icmp,
  fragments,
  timers,
];
