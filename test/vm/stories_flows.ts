/** Schedulers, with real servers that come, go and change their weight on the way. */
import { change, type Event, packets, type Server, type Story } from './story.ts';

/** Clients of many networks and ports, always the same. */
export function client(number: number, family: 4 | 6 = 4): string {
  const [a, b, c] = [number % 5, (number * 37) % 256, (number * 101) % 251] as const;
  const port = 1024 + ((number * 7919) % 50_000);
  return family === 4 ? `10.${a + 1}.${b}.${c + 1}:${port}` : `[2001:db8:${a}::${b}:${c + 1}]:${port}`;
}

/** As many clients from the first: some stay, some close, some never answer. None resets: that lasts 10 s only. */
function arrivals(server: Server, first: number, count: number): Event[] {
  const family = server.at.startsWith('[') ? 6 : 4;
  const kinds = server.protocol === 'UDP' ? ['udp'] : ['S A', 'S A FA', 'S A', 'S', 'S A F', 'S A'];
  return Array.from({ length: count }, (_, index) =>
    packets(kinds[index % kinds.length] ?? '', client(first + index, family), server.at),
  );
}

/** Packets of flows that there are already. */
function again(server: Server, first: number, count: number): Event[] {
  const family = server.at.startsWith('[') ? 6 : 4;
  const kind = server.protocol === 'UDP' ? 'udp' : 'A';
  return Array.from({ length: count }, (_, index) => packets(kind, client(first + index, family), server.at));
}

function scheduled(server: Server): Story {
  const title = [
    server.protocol,
    server.at.startsWith('[') ? 'IPv6' : 'IPv4',
    ...(server.options ?? []),
  ].join(' ');
  return {
    name: `${server.scheduler} schedules ${title} while real servers come and go`,
    servers: [server],
    events: [
      ...arrivals(server, 0, 12),
      change('-e rs1 -g -w 0'),
      ...arrivals(server, 100, 4),
      ...again(server, 0, 3),
      change('-a rs4 -g -w 2'),
      ...arrivals(server, 200, 6),
      change('-d rs2'),
      ...(server.protocol === 'UDP' ? [] : again(server, 0, 3)),
      ...arrivals(server, 300, 4),
      change('-e rs1 -g -w 5'),
      change('-a rs2 -g -w 3'),
      ...again(server, 0, 3),
      ...arrivals(server, 400, 8),
    ],
  };
}

const pool = 'rs1*4 rs2*3 rs3*1';
const all = 'rr wrr lc wlc sed nq fo ovf lblc lblcr sh dh mh'.split(' ');

const tcp4: Story[] = all.map((scheduler, index) =>
  scheduled({ protocol: 'TCP', at: `10.77.0.100:${1000 + index}`, scheduler, pool }),
);

const udp4: Story[] = ['rr', 'wrr', 'wlc', 'sh', 'mh'].map((scheduler, index) =>
  scheduled({ protocol: 'UDP', at: `10.77.0.101:${2000 + index}`, scheduler, pool }),
);

const tcp6: Story[] = ['wrr', 'wlc', 'sh', 'dh', 'mh'].map((scheduler, index) =>
  scheduled({ protocol: 'TCP', at: `[fd77::100]:${3000 + index}`, scheduler, pool }),
);

const flags: readonly (readonly [string, readonly string[]])[] = [
  ['sh', ['sh-port']],
  ['sh', ['sh-fallback']],
  ['sh', ['sh-port', 'sh-fallback']],
  ['mh', ['mh-port']],
  ['mh', ['mh-fallback']],
  ['mh', ['mh-port', 'mh-fallback']],
];

const flagged: Story[] = flags.map(([scheduler, options], index) =>
  scheduled({ protocol: 'TCP', at: `10.77.0.102:${4000 + index}`, scheduler, options, pool }),
);

const onePacket: Story[] = ['rr', 'wrr', 'wlc', 'sh'].map((scheduler, index) =>
  scheduled({ protocol: 'UDP', at: `10.77.0.102:${5000 + index}`, scheduler, options: ['ops'], pool }),
);

const another: Server = { protocol: 'TCP', at: '10.77.0.100:1100', scheduler: 'rr', pool };

const changedScheduler: Story = {
  name: 'another scheduler takes over, and the first one comes back',
  servers: [another],
  events: ['-s wrr', '-s sh', '-s wlc', '-s rr'].flatMap((option, index) => [
    ...arrivals(another, index * 50, 9),
    change(`-E ${option}`),
    ...again(another, index * 50, 3),
    ...arrivals(another, index * 50 + 20, 9),
  ]),
};

const reloaded: Server = {
  protocol: 'TCP',
  at: '10.77.0.100:1101',
  scheduler: 'wrr',
  pool: 'rs1*1 rs2*1 rs3*1',
};

const reload: Story = {
  name: 'a reload changes a weight, takes one real server away and adds another',
  servers: [reloaded],
  events: [
    ...arrivals(reloaded, 0, 9),
    {
      do: 'reload',
      pool: 'rs1*1 rs3*3 rs5*2',
      lines: ['-d rs2', '-e rs3 -g -w 3', '-a rs5 -g -w 2'],
    },
    ...again(reloaded, 0, 9),
    ...arrivals(reloaded, 100, 18),
  ],
};

export const flowStories: readonly Story[] = [
  ...tcp4,
  ...udp4,
  ...tcp6,
  ...flagged,
  ...onePacket,
  changedScheduler,
  reload,
];
