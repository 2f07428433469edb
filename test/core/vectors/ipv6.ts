import type { Extension, Ipv6 } from '../../helpers/frames.ts';
import { tcp, udp } from '../../helpers/packets.ts';
import { ends, type Step, sent, type Vector } from '../../helpers/vectors.ts';

const client = '[2001:db8::1]:1024';
const ack = (ip: Partial<Ipv6>, flags = 'A') => tcp(flags, client, { ip });
const syn = (ip: Partial<Ipv6>) => ack(ip, 'S');
const opened: Step = sent(tcp('S', client), 'rs1');
const atomic: Extension = { kind: 'fragment', offset: 0, more: false, identification: 77 };
const plain: Extension = { kind: 'destination' };

export const ipv6Vectors: readonly Vector[] = [
  {
    title: 'extension headers are passed over, up to six of them',
    steps: [
      opened,
      sent(ack({ extensions: [{ kind: 'hop_by_hop' }] }), 'rs1'),
      sent(ack({ extensions: [{ kind: 'routing', length: 2 }] }), 'rs1'),
      sent(ack({ extensions: [{ kind: 'destination', length: 10 }] }), 'rs1'),
      sent(ack({ extensions: [{ kind: 'destination', length: 255 }] }), 'rs1'),
      sent(ack({ extensions: [{ kind: 'hop_by_hop' }, plain, { kind: 'routing' }, atomic, plain] }), 'rs1'),
      sent(ack({ extensions: [plain, plain, plain, plain, plain, plain] }), 'rs1'),
      ...ends('IPV6_EXTENSIONS', ack({ extensions: [plain, plain, plain, plain, plain, plain, plain] })),
      ...ends('IPV6_EXTENSIONS', ack({ extensions: [plain, plain, plain, plain, plain, plain, atomic] })),
      sent(udp(client, { ip: { extensions: [{ kind: 'hop_by_hop' }, atomic] } }), 'rs1'),
    ],
  },
  {
    title: 'an extension header that runs past the packet is refused, whatever stands in the padding',
    steps: [
      ...ends('IPV6_EXTENSIONS', syn({ protocol: 0, payloadLength: 0, payload: Buffer.alloc(0) })),
      ...ends('IPV6_EXTENSIONS', syn({ protocol: 60, payload: Buffer.from([6]) })),
      ...ends('IPV6_EXTENSIONS', syn({ protocol: 44, payload: Buffer.alloc(7) })),
      ...ends('IPV6_EXTENSIONS', syn({ protocol: 60, payload: Buffer.from([60, 1, 0, 0, 0, 0, 0, 0]) })),
      ...ends('IPV6_EXTENSIONS', syn({ extensions: [plain], payloadLength: 7 })),
      ...ends('IPV6_EXTENSIONS', syn({ extensions: [plain, plain], payloadLength: 8 })),
      { flows: [] },
    ],
  },
  {
    title: 'an atomic fragment is a whole packet',
    steps: [
      sent(syn({ extensions: [atomic] }), 'rs1'),
      ...ends('FRAGMENT_UNKNOWN', ack({ extensions: [{ ...atomic, offset: 8 }], payload: Buffer.alloc(24) })),
    ],
  },
  {
    title: 'an IPv6 header that is short, of another version or longer than the frame is bad',
    steps: [
      ...ends('BAD_IPV6', syn({ payloadLength: 21 }), syn({ payloadLength: 0xffff })),
      ...ends(
        'BAD_IPV6',
        tcp('S', client, { frame: { etherType: 0x86dd, network: Buffer.alloc(60, 0x45) } }),
      ),
      ...ends(
        'BAD_IPV6',
        tcp('S', client, { frame: { etherType: 0x86dd, network: Buffer.alloc(39, 0x60) } }),
      ),
      ...ends('BAD_IPV6', tcp('S', '10.1.0.1:1024', { frame: { etherType: 0x86dd } })),
      { flows: [] },
    ],
  },
  {
    title: 'an IPv4-mapped address on the wire is no way to an IPv4 virtual server (RFC 4291 2.5.5.2)',
    steps: [
      ...ends('BAD_IPV6', tcp('S', { client, to: '[::ffff:10.0.0.100]:80' })),
      ...ends('BAD_IPV6', udp({ client, to: '[::ffff:10.0.0.100]:80' })),
      ...ends('BAD_IPV6', tcp('S', '[::ffff:10.1.0.1]:1024')),
      { flows: [] },
    ],
  },
  {
    title: 'a hop limit of 0 or 1 runs out here',
    steps: [
      ...ends('TTL_EXPIRED', syn({ ttl: 1 }), ack({ ttl: 0 }), ack({ ttl: 1 })),
      sent(ack({ ttl: 2 }), 'rs1'),
      sent(ack({ ttl: 255 }), 'rs1'),
      { flows: ['TCP [2001:db8::1]:1024 > [fd00::100]:80 rs1 ESTABLISHED active'] },
    ],
  },
  {
    title: 'other protocols, "no next header" and ICMPv6 that is no error are passed on',
    steps: [
      ...ends('OTHER_PROTOCOL', ...[1, 50, 51, 59, 89, 132].map((protocol) => syn({ protocol }))),
      ...ends(
        'OTHER_PROTOCOL',
        ...[128, 129, 133, 135, 136, 255].map((type) => syn({ payload: { kind: 'icmp', type, code: 0 } })),
      ),
      { flows: [] },
    ],
  },
];
