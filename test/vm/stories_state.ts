/** What a director remembers besides flows: persistence templates and thresholds; real servers taken away. */
import { client } from './stories_flows.ts';
import { change, packets, type Server, type Story } from './story.ts';

const pool = 'rs1*1 rs2*1 rs3*1';

function persistent(port: number, more: Partial<Server> = {}): Server {
  const options = ['persistence_timeout 300', ...(more.options ?? [])];
  return { protocol: 'TCP', at: `10.77.0.100:${port}`, scheduler: 'rr', pool, ...more, options };
}

const near = (host: number, port: number) => `10.9.8.${host}:${port}`;
const near6 = (host: number, port: number) => `[2001:db8:9::${host}]:${port}`;

const single = persistent(6000);

const template: Story = {
  name: 'persistence keeps a client on its real server, through weight 0 as well',
  servers: [single],
  views: ['-Ln --persistent-conn', '-Lnc'],
  events: [
    ...[1, 2, 3, 1, 2, 3].map((host, index) => packets('S A', near(host, 1000 + index), single.at)),
    change('-e rs1 -g -w 0'),
    ...[1, 2, 3, 4, 5].map((host) => packets('S A', near(host, 2000), single.at)),
    change('-d rs2'),
    ...[1, 2, 3, 4, 5].map((host) => packets('S A', near(host, 3000), single.at)),
    ...[1, 2, 3].map((host) => packets('A', near(host, 2000), single.at)),
    change('-a rs2 -g -w 1'),
    ...[1, 2, 3, 6, 7].map((host) => packets('S A FA', near(host, 4000), single.at)),
  ],
};

const network = persistent(6001, { options: ['persistence_granularity 255.255.255.0'] });

const granularity: Story = {
  name: 'persistence of a network keeps all of it on one real server',
  servers: [network],
  views: ['-Ln --persistent-conn', '-Lnc'],
  events: ['10.9.8', '10.9.9', '10.9.8', '10.9.10', '10.9.9', '10.9.8'].flatMap((net, index) => [
    packets('S A', `${net}.${index + 1}:${1000 + index}`, network.at),
    packets('S A FA', `${net}.${index + 101}:${1000 + index}`, network.at),
  ]),
};

const network6 = persistent(0, { at: '[fd77::100]:6002', options: ['persistence_granularity 64'] });

const granularity6: Story = {
  name: 'persistence of an IPv6 prefix keeps all of it on one real server',
  servers: [network6],
  views: ['-Ln --persistent-conn', '-Lnc'],
  events: [1, 2, 1, 3, 2, 1].flatMap((net, index) => [
    packets('S A', `[2001:db8:9:${net}::${index + 1}]:${1000 + index}`, network6.at),
    packets('S A FA', `[2001:db8:9:${net}::${index + 101}]:${1000 + index}`, network6.at),
  ]),
};

const udp = persistent(6003, { protocol: 'UDP', scheduler: 'wrr', pool: 'rs1*2 rs2*1' });

const overUdp: Story = {
  name: 'persistence keeps UDP clients on their real server',
  servers: [udp],
  views: ['-Ln --persistent-conn', '-Lnc'],
  events: [1, 2, 3, 1, 4, 2, 3, 5, 1].map((host, index) =>
    packets('udp udp', near(host, 1000 + index), udp.at),
  ),
};

const six = persistent(0, { at: '[fd77::100]:6004', scheduler: 'wlc' });

const overIpv6: Story = {
  name: 'persistence keeps IPv6 clients on their real server',
  servers: [six],
  views: ['-Ln --persistent-conn', '-Lnc'],
  events: [1, 2, 3, 1, 4, 2, 3, 5, 1].map((host, index) => packets('S A', near6(host, 1000 + index), six.at)),
};

function limited(port: number, scheduler: string, limits: string): Server {
  return { protocol: 'TCP', at: `10.77.0.101:${port}`, scheduler, pool: limits };
}

const thresholds: Story[] = ['rr', 'wlc', 'sh', 'wrr'].map((scheduler, index): Story => {
  const server = limited(7000 + index, scheduler, 'rs1*2<4/2 rs2*1<3 rs3*1<2/1');
  return {
    name: `${scheduler} passes over a real server between its upper and its lower threshold`,
    servers: [server],
    views: ['-Ln', '-Ln --thresholds'],
    events: [
      ...Array.from({ length: 12 }, (_, number) => packets('S A', client(number), server.at)),
      change('-e rs2 -g -w 1 -x 6 -y 2'),
      ...Array.from({ length: 4 }, (_, number) => packets('S A', client(100 + number), server.at)),
      change('-e rs3 -g -w 1 -x 0 -y 0'),
      ...Array.from({ length: 4 }, (_, number) => packets('S A FA', client(200 + number), server.at)),
    ],
  };
});

const gone: Server = { protocol: 'TCP', at: '10.77.0.101:7100', scheduler: 'rr', pool };

const removal: Story = {
  name: 'flows of a real server that was taken away wait for it to come back',
  servers: [gone],
  events: [
    ...[1, 2, 3, 4, 5, 6].map((number) => packets('S A', client(number), gone.at)),
    change('-d rs2'),
    ...[1, 2, 3, 4, 5, 6].map((number) => packets('A', client(number), gone.at)),
    change('-d rs3'),
    ...[7, 8, 9].map((number) => packets('S A', client(number), gone.at)),
    change('-a rs2 -g -w 1'),
    ...[1, 2, 3, 4, 5, 6].map((number) => packets('A FA', client(number), gone.at)),
    change('-a rs3 -g -w 1'),
    ...[1, 2, 3, 4, 5, 6].map((number) => packets('S A', client(number), gone.at)),
  ],
};

const reopenedTcp: Server = { protocol: 'TCP', at: '10.77.0.101:7101', scheduler: 'rr', pool: 'rs1*1 rs2*1' };
const reopenedUdp: Server = { ...reopenedTcp, protocol: 'UDP' };

function reopened(server: Server, ipvs: string, xlb: string): Story {
  const [opening, later] = server.protocol === 'TCP' ? ['S', 'A'] : ['udp', 'udp'];
  return {
    name: `a ${server.protocol} client of a real server that is gone begins anew; IPVS lets it wait`,
    servers: [server],
    departs: { ipvs: ipvs.split(' '), xlb: xlb.split(' ') },
    events: [
      packets(`${opening} ${later}`, client(1), server.at),
      change('-d rs2'),
      packets(`${later} ${opening} ${later}`, client(1), server.at),
    ],
  };
}

/** Takes every port of its address that has no virtual server of its own. */
const every: Server = {
  protocol: 'TCP',
  at: '10.77.0.103:0',
  scheduler: 'rr',
  pool,
  options: ['persistence_timeout 300'],
};
const own: Server = { protocol: 'TCP', at: '10.77.0.103:80', scheduler: 'rr', pool: 'rs4*1 rs5*1' };

const everyPort: Story = {
  name: 'port 0 takes every port that has no virtual server of its own',
  servers: [every, own],
  views: ['-Ln --persistent-conn', '-Lnc'],
  events: [1, 2, 3, 1, 2, 3].flatMap((host, index) => [
    packets('S A', near(host, 1000 + index), `10.77.0.103:${8000 + index}`),
    packets('S A', near(host, 2000 + index), own.at),
    packets('S A FA', near(host, 3000 + index), '10.77.0.103:22'),
  ]),
};

export const stateStories: readonly Story[] = [
  template,
  granularity,
  granularity6,
  overUdp,
  overIpv6,
  ...thresholds,
  removal,
  reopened(reopenedTcp, 'rs2 rs2 none none none', 'rs2 rs2 none rs1 rs1'),
  reopened(reopenedUdp, 'rs2 rs2 none none none', 'rs2 rs2 rs1 rs1 rs1'),
  everyPort,
];
