import { frameBytes } from '../../helpers/frames.ts';
import { clientMac, director, tcp, udp } from '../../helpers/packets.ts';
import { ends, sent, type Vector } from '../../helpers/vectors.ts';

const syn = (frame: Parameters<typeof tcp>[2] = {}) => tcp('S', '10.1.0.1:1024', frame);
const ethernet = (type: number, ...rest: number[]) =>
  frameBytes({
    destinationMac: director.mac,
    sourceMac: clientMac,
    etherType: type,
    network: Buffer.from(rest),
  });

export const ethernetVectors: readonly Vector[] = [
  {
    title: 'a frame for another MAC address, a group or everybody is not ours',
    steps: [
      ...ends('NOT_FOR_US', syn({ frame: { destinationMac: '02:00:00:00:00:03' } })),
      ...ends('NOT_FOR_US', syn({ frame: { destinationMac: '02:00:00:00:01:02' } })),
      ...ends('NOT_FOR_US', syn({ frame: { destinationMac: '03:00:00:00:00:02' } })),
      ...ends('NOT_FOR_US', syn({ frame: { destinationMac: 'ff:ff:ff:ff:ff:ff' } })),
      ...ends('NOT_FOR_US', syn({ frame: { destinationMac: '01:00:5e:00:00:12' } })),
      { flows: [] },
    ],
  },
  {
    title: 'up to two VLAN tags are kept as they are; a third is not looked behind',
    steps: [
      sent(syn({ frame: { vlans: [{ id: 7 }] } }), 'rs1'),
      sent(tcp('A', '10.1.0.1:1024', { frame: { vlans: [{ id: 0xe007 }] } }), 'rs1'),
      sent(tcp('A', '10.1.0.1:1024', { frame: { vlans: [{ id: 7, type: 0x88a8 }, { id: 9 }] } }), 'rs1'),
      sent(udp('[2001:db8::1]:53', { frame: { vlans: [{ id: 7 }, { id: 9 }] } }), 'rs1'),
      ...ends('NOT_IP', syn({ frame: { vlans: [{ id: 7 }, { id: 9 }, { id: 11 }] } })),
    ],
  },
  {
    title: 'what is neither IPv4 nor IPv6 is passed on',
    steps: [
      ...ends(
        'NOT_IP',
        ethernet(0x0806, 0, 1, 8, 0, 6, 4, 0, 1),
        ethernet(0x88cc),
        ethernet(46, 0x42, 0x42, 3),
      ),
      ...ends('NOT_IP', ethernet(0x8100, 0, 7, 0x08, 0x06)),
    ],
  },
  {
    title: 'an Ethernet or VLAN header that runs past the frame is short',
    steps: [
      ...ends('SHORT_ETHERNET', ethernet(0x8100), ethernet(0x8100, 0, 7, 0x08), ethernet(0x88a8, 0, 7, 0x81)),
      ...ends(
        'SHORT_ETHERNET',
        ethernet(0x88a8, 0, 7, 0x81, 0x00),
        ethernet(0x8100, 0, 7, 0x81, 0x00, 0, 9, 8),
      ),
    ],
  },
  {
    title: 'padding behind the packet leaves with it and is not counted',
    given: ['TCP 10.0.0.100:80 rr rs1*1'],
    steps: [
      sent(syn({ frame: { padding: 6 } }), 'rs1'),
      sent(tcp('PA', '10.1.0.1:1024', { frame: { padding: 100 } }), 'rs1'),
      { servers: ['TCP 10.0.0.100:80 rr 1/2/80', '  rs1*1 1+0 1/2/80'] },
    ],
  },
  {
    title: 'a frame larger than a page is forwarded whole',
    steps: [
      sent(syn(), 'rs1'),
      sent(tcp('A', '10.1.0.1:1024', { transport: { payload: Buffer.alloc(8900, 7) } }), 'rs1'),
    ],
  },
];
