import { tcp, udp } from '../../helpers/packets.ts';
import { ends, sent, type Vector } from '../../helpers/vectors.ts';

const clients = ['10.1.0.1:1024', '[2001:db8::1]:1024'] as const;
/** What the IP header takes of its own length field: IPv4's counts itself. */
const length = (client: string, bytes: number) =>
  client.startsWith('[') ? { payloadLength: bytes } : { totalLength: 20 + bytes };

export const transportVectors: readonly Vector[] = clients.flatMap((client) => [
  {
    title: `a TCP header must lie inside the packet with all of its options (${client})`,
    steps: [
      ...ends('BAD_TCP', tcp('S', client, { transport: { dataOffset: 4 } })),
      ...ends('BAD_TCP', tcp('S', client, { transport: { dataOffset: 0 } })),
      ...ends(
        'BAD_TCP',
        tcp('S', client, { ip: length(client, 19) }),
        tcp('S', client, { ip: length(client, 0) }),
      ),
      ...ends('BAD_TCP', tcp('S', client, { transport: { dataOffset: 15 }, ip: length(client, 59) })),
      ...ends('BAD_TCP', tcp('S', client, { ip: { payload: Buffer.alloc(19), protocol: 6 } })),
      sent(tcp('S', client, { transport: { dataOffset: 15 } }), 'rs1'),
      sent(tcp('PA', client, { transport: { dataOffset: 8, payload: Buffer.from('hello') } }), 'rs1'),
    ],
  },
  {
    title: `a UDP header must lie inside the packet, and its length too (${client})`,
    steps: [
      ...ends(
        'BAD_UDP',
        udp(client, { transport: { length: 7 } }),
        udp(client, { transport: { length: 0 } }),
      ),
      ...ends('BAD_UDP', udp(client, { transport: { length: 9 } })),
      ...ends('BAD_UDP', udp(client, { ip: length(client, 7) })),
      ...ends('BAD_UDP', udp(client, { ip: { payload: Buffer.alloc(7), protocol: 17 } })),
      sent(udp(client), 'rs1'),
      sent(udp(client, { transport: { payload: Buffer.from('hello') } }), 'rs1'),
      sent(udp(client, { transport: { length: 8, payload: Buffer.from('hello') } }), 'rs1'),
    ],
  },
]);
