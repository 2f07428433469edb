import { type Frame, type Ipv4, networkBytes } from '../../helpers/frames.ts';
import { tcp, udp } from '../../helpers/packets.ts';
import { ends, type Step, sent, type Vector } from '../../helpers/vectors.ts';

const client = '10.1.0.1:1024';
const ack = (ip: Partial<Ipv4>, flags = 'A') => tcp(flags, client, { ip });
const opened: Step = sent(tcp('S', client), 'rs1');

/** An ACK whose header checksum is this one: the identification makes up for the rest. */
function withChecksum(wanted: number, ttl: number): Frame {
  const checksum = (frame: Frame) => networkBytes(frame.network as Ipv4).readUInt16BE(10);
  const identification = (checksum(ack({ identification: 0, ttl })) - wanted + 0xffff) % 0xffff;
  const frame = ack({ identification, ttl });
  if (checksum(frame) === wanted) return frame;
  throw new RangeError(`no header has the checksum ${wanted}`);
}

export const ipv4Vectors: readonly Vector[] = [
  {
    title: 'IPv4 options of 1 to 10 words are forwarded as they are',
    steps: [
      opened,
      ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((optionWords) => sent(ack({ optionWords }), 'rs1')),
      sent(udp(client, { ip: { optionWords: 10 } }), 'rs1'),
    ],
  },
  {
    title: 'an IPv4 header that is short, of another version or longer than the frame is bad',
    steps: [
      ...ends('BAD_IPV4', ack({ headerWords: 0 }, 'S'), ack({ headerWords: 4 }, 'S')),
      ...ends('BAD_IPV4', ack({ totalLength: 0 }, 'S'), ack({ totalLength: 19 }, 'S')),
      ...ends('BAD_IPV4', ack({ totalLength: 41 }, 'S'), ack({ totalLength: 0xffff }, 'S')),
      ...ends('BAD_IPV4', ack({ optionWords: 3, totalLength: 31 }, 'S'), ack({ headerWords: 15 }, 'S')),
      ...ends(
        'BAD_IPV4',
        tcp('S', client, { frame: { etherType: 0x0800, network: Buffer.alloc(40, 0x65) } }),
      ),
      ...ends('BAD_IPV4', tcp('S', '[2001:db8::1]:1024', { frame: { etherType: 0x0800 } })),
      ...ends('BAD_IPV4', tcp('S', client, { frame: { etherType: 0x0800, network: Buffer.alloc(0) } })),
      { flows: [] },
    ],
  },
  {
    title: 'a wrong IPv4 header checksum is noticed, with options too',
    steps: [
      ...ends('BAD_IPV4_CHECKSUM', ack({ checksum: 0 }, 'S'), ack({ checksum: 0xffff }, 'S')),
      ...ends('BAD_IPV4_CHECKSUM', ack({ checksum: 0x1234, optionWords: 10 }, 'S')),
      ...ends('BAD_IPV4_CHECKSUM', ack({ checksum: 0x1234, optionWords: 1 }, 'S')),
      { flows: [] },
    ],
  },
  {
    title: 'a TTL of 0 or 1 runs out here, after the flow was made; the checksum follows every TTL',
    steps: [
      ...ends('TTL_EXPIRED', ack({ ttl: 1 }, 'S'), ack({ ttl: 0 }), ack({ ttl: 1 })),
      { flows: ['TCP 10.1.0.1:1024 > 10.0.0.100:80 rs1 ESTABLISHED active'] },
      sent(ack({ ttl: 2 }), 'rs1'),
      sent(ack({ ttl: 255 }), 'rs1'),
      sent(ack({ ttl: 128 }), 'rs1'),
    ],
  },
  {
    title: 'the header checksum is right at the edges of the one-complement sum',
    steps: [
      opened,
      ...[0xfeff, 0xfefe, 0xff00, 0xff01, 0xfffe, 0x0000, 0x0001, 0x00ff, 0x0100].flatMap((wanted) =>
        [2, 64, 255].map((ttl) => sent(withChecksum(wanted, ttl), 'rs1')),
      ),
    ],
  },
  {
    title: 'type of service, identification and "do not fragment" stay as they are',
    steps: [
      opened,
      sent(ack({ tos: 0xb8, identification: 0xffff, dontFragment: true }), 'rs1'),
      sent(ack({ tos: 3 }), 'rs1'),
    ],
  },
  {
    title: 'protocols other than TCP, UDP and ICMP errors are passed on',
    steps: [
      ...ends(
        'OTHER_PROTOCOL',
        ...[0, 2, 41, 47, 50, 58, 112, 132, 255].map((protocol) => ack({ protocol }, 'S')),
      ),
      { flows: [] },
    ],
  },
];
