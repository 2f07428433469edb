import type { Fragment, Frame } from '../../helpers/frames.ts';
import { tcp, udp } from '../../helpers/packets.ts';
import { ends, sent, type Vector } from '../../helpers/vectors.ts';

const payload = Buffer.alloc(2000, 0x66);
const families = [
  { name: 'IPv4', client: '10.1.0.1:1024', other: '10.1.0.2:1024', inFlow: '10.1.0.1:1024 > 10.0.0.100:80' },
  {
    name: 'IPv6',
    client: '[2001:db8::1]:1024',
    other: '[2001:db8::2]:1024',
    inFlow: '[2001:db8::1]:1024 > [fd00::100]:80',
  },
] as const;

/** A piece of the datagram; offset 0 is the first one, with the ports. */
function piece(client: string, identification: number, at: Omit<Fragment, 'identification'>): Frame {
  const fragment = { ...at, identification };
  const ip = client.startsWith('[')
    ? { extensions: [{ kind: 'fragment' as const, ...fragment }] }
    : { fragment };
  return udp(client, { ip, transport: { payload } });
}
const first = (client: string, id: number) => piece(client, id, { offset: 0, more: true });
const middle = (client: string, id: number) => piece(client, id, { offset: 800, more: true });
const last = (client: string, id: number) => piece(client, id, { offset: 1600, more: false });

export const fragmentVectors: readonly Vector[] = [
  ...families.flatMap(({ name, client, other, inFlow }): Vector[] => [
    {
      title: `later ${name} fragments follow the first one of their datagram`,
      steps: [
        sent(first(other, 1), 'rs1'),
        sent(first(client, 1), 'rs2'),
        sent(middle(client, 1), 'rs2'),
        sent(last(client, 1), 'rs2'),
        sent(last(other, 1), 'rs1'),
        sent(middle(client, 1), 'rs2'),
        ...ends('FRAGMENT_UNKNOWN', last(client, 2), last(client, 0x101), last(client, 0x8001)),
        sent(first(client, 2), 'rs2'),
        sent(last(client, 2), 'rs2'),
      ],
    },
    {
      title: `an ${name} fragment ahead of its first one is passed on, and makes no flow`,
      steps: [
        ...ends('FRAGMENT_UNKNOWN', last(client, 1), middle(client, 1)),
        { flows: [] },
        sent(first(client, 1), 'rs1'),
        sent(last(client, 1), 'rs1'),
        { flows: [`UDP ${inFlow} rs1 UDP inactive`] },
      ],
    },
    {
      title: `where an ${name} datagram went is known for 30 seconds`,
      steps: [
        sent(first(client, 1), 'rs1'),
        { at: 30 },
        sent(last(client, 1), 'rs1'),
        { at: 31 },
        ...ends('FRAGMENT_UNKNOWN', last(client, 1)),
        sent(first(client, 1), 'rs1'),
        { at: 60 },
        sent(last(client, 1), 'rs1'),
      ],
    },
    {
      title: `${name} fragments for a real server that is gone are dropped, and follow it when it is back`,
      given: [`UDP ${inFlow.split(' ')[2]} rr rs1*1 rs2*1`],
      steps: [
        sent(first(client, 1), 'rs1'),
        { set: `UDP ${inFlow.split(' ')[2]} rr rs2*1` },
        ...ends('REAL_SERVER_GONE', last(client, 1), first(client, 2)),
        ...ends('FRAGMENT_UNKNOWN', last(client, 2)),
        { set: `UDP ${inFlow.split(' ')[2]} rr rs1*1 rs2*1` },
        sent(last(client, 1), 'rs1'),
      ],
    },
  ]),
  {
    title: 'a fragmented TCP segment moves the state once, with its first fragment',
    steps: [
      sent(tcp('S', '10.1.0.1:1024'), 'rs1'),
      sent(
        tcp('A', '10.1.0.1:1024', {
          ip: { fragment: { offset: 0, more: true, identification: 9 } },
          transport: { payload },
        }),
        'rs1',
      ),
      { flows: ['TCP 10.1.0.1:1024 > 10.0.0.100:80 rs1 ESTABLISHED active'] },
      sent(
        tcp('A', '10.1.0.1:1024', {
          ip: { fragment: { offset: 800, more: false, identification: 9 } },
          transport: { payload },
        }),
        'rs1',
      ),
      ...ends(
        'NO_FLOW',
        tcp('A', '10.1.0.9:1', { ip: { fragment: { offset: 0, more: true, identification: 9 } } }),
      ),
    ],
  },
  {
    title: 'fragments of another protocol are not taken for ours',
    steps: [
      sent(first('10.1.0.1:1024', 1), 'rs1'),
      ...ends(
        'FRAGMENT_UNKNOWN',
        tcp('A', '10.1.0.1:1024', {
          ip: { fragment: { offset: 800, more: false, identification: 1 } },
          transport: { payload },
        }),
      ),
    ],
  },
  {
    title:
      'later IPv6 fragments belong together by identification, whatever their next header says (RFC 8200 4.5)',
    steps: [
      sent(
        udp('[2001:db8::1]:1024', {
          ip: {
            extensions: [
              { kind: 'fragment', offset: 0, more: true, identification: 4 },
              { kind: 'destination' },
            ],
          },
          transport: { payload },
        }),
        'rs1',
      ),
      sent(
        udp('[2001:db8::1]:1024', {
          ip: {
            extensions: [
              { kind: 'fragment', offset: 800, more: false, identification: 4 },
              { kind: 'destination' },
            ],
          },
          transport: { payload },
        }),
        'rs1',
      ),
    ],
  },
  {
    title: 'a later IPv6 fragment whose fragment header lies in the padding is malformed',
    steps: [
      sent(first('[2001:db8::1]:1024', 1), 'rs1'),
      ...ends(
        'IPV6_EXTENSIONS',
        udp('[2001:db8::1]:1024', {
          ip: {
            payloadLength: 7,
            extensions: [{ kind: 'fragment', offset: 800, more: false, identification: 1 }],
          },
          transport: { payload },
        }),
      ),
    ],
  },
];
