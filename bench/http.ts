/**
 * Requests through the director beside the same requests straight to the real server and through proxies: haproxy
 * (tcp mode) and nginx (stream), where they are installed. Client, director and real server share one processor, so
 * that what the director takes of it is what the requests lack; the four are measured in turn.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { demoConfiguration } from '../src/demo/configuration.ts';
import { DirectorProcess } from '../src/demo/director.ts';
import { createLab, type Lab, type LabNode } from '../src/demo/lab.ts';
import { figure, judged, summary } from './figures.ts';
import { laboratoryProcessor } from './lab.ts';
import { demand, installed } from './needs.ts';
import { secondsOf } from './options.ts';
import type { Context, Figure, Scenario } from './scenario.ts';

const vip = '10.77.0.100';
const streamModule = '/usr/lib/nginx/modules/ngx_stream_module.so';
const connections = 64;
const wanted = { ofDirect: 90, timesProxy: 3 };

type Way = 'direct' | 'xlb' | 'haproxy' | 'nginx';
type Kind = 'requests' | 'new connections';

interface Proxy {
  readonly way: Way;
  readonly port: number;
  /** Why it cannot be measured, and the cure. */
  absent(): string | undefined;
  argv(lab: Lab): readonly string[];
}

function written(lab: Lab, { name, text }: { readonly name: string; readonly text: string }): string {
  const file = join(lab.directory, name);
  writeFileSync(file, text);
  return file;
}

const realServer = (lab: Lab) => (lab.realServers[0] as LabNode).ipv4;

const proxies: readonly Proxy[] = [
  {
    way: 'haproxy',
    port: 8081,
    absent: () => (installed('haproxy') ? undefined : 'haproxy is not installed (apt-get install haproxy)'),
    argv(lab) {
      const text = `global
  maxconn 8192
  nbthread 1
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen web
  bind ${lab.director.ipv4}:8081
  server rs1 ${realServer(lab)}:80
`;
      return ['haproxy', '-db', '-f', written(lab, { name: 'haproxy.cfg', text })];
    },
  },
  {
    way: 'nginx',
    port: 8082,
    absent: () =>
      existsSync(streamModule)
        ? undefined
        : "nginx's stream module is not installed (apt-get install libnginx-mod-stream)",
    argv(lab) {
      const text = `load_module ${streamModule};
daemon off; worker_processes 1; pid ${lab.directory}/stream.pid; error_log /dev/null crit;
worker_rlimit_nofile 16384;
events { worker_connections 8192; }
stream { server { listen ${lab.director.ipv4}:8082 backlog=4096; proxy_pass ${realServer(lab)}:80; } }
`;
      return ['nginx', '-e', 'stderr', '-c', written(lab, { name: 'stream.conf', text })];
    },
  },
];

function webServer(lab: Lab): readonly string[] {
  const text = `daemon off; worker_processes 1; pid ${lab.directory}/web.pid; error_log /dev/null crit;
worker_rlimit_nofile 16384;
events { worker_connections 8192; }
http {
  access_log off; keepalive_requests 1000000000;
  server { listen 80 backlog=4096; location / { default_type text/plain; return 200 "real server\\n"; } }
}
`;
  return ['nginx', '-e', 'stderr', '-c', written(lab, { name: 'web.conf', text })];
}

/** Answers a second that wrk counts; throws where an answer was not one. */
async function rate(
  lab: Lab,
  url: string,
  { kind, seconds }: { kind: Kind; seconds: number },
): Promise<number> {
  const close = kind === 'requests' ? [] : ['-H', 'Connection: close'];
  const argv = ['wrk', '-t', '1', '-c', String(connections), '-d', `${seconds}s`, ...close, url];
  const { stdout } = await lab.run(lab.client, argv);
  const errors = /Non-2xx.*|Socket errors: connect [1-9].*|timeout [1-9].*/.exec(stdout)?.[0];
  if (errors !== undefined) throw new Error(`${url}: ${errors}`);
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]);
}

function figuresOf(kind: Kind, rates: ReadonlyMap<Way, readonly number[]>): readonly Figure[] {
  const direct = rates.get('direct') ?? [];
  const micros = (way: Way) => (rates.get(way) ?? []).map((one, i) => 1e6 / one - 1e6 / (direct[i] ?? one));
  const own = micros('xlb');
  return [...rates].flatMap(([way, values]) => [
    figure(
      {
        name: `${kind}, ${way}`,
        unit: '1/s',
        better: 'more',
        place: { chart: 'at equal processor time', series: kind, x: way, axis: '' },
      },
      values,
    ),
    ...(way === 'xlb'
      ? [
          judged({
            name: `${kind}, xlb, of direct`,
            unit: '%',
            better: 'more',
            ...summary(values.map((value, i) => (100 * value) / (direct[i] ?? value))),
            bound: wanted.ofDirect,
          }),
        ]
      : []),
    ...(way === 'direct'
      ? []
      : [figure({ name: `${kind}, ${way}: the director's time`, unit: 'µs', better: 'less' }, micros(way))]),
    ...(way === 'direct' || way === 'xlb'
      ? []
      : [
          figure(
            {
              name: `${kind}, xlb's director takes how many times as many as ${way}`,
              unit: 'x',
              better: 'more',
              bound: wanted.timesProxy,
              note: 'by the time each takes',
            },
            micros(way).map((one, i) => one / Math.max(own[i] ?? one, 0.1)),
          ),
        ]),
  ]);
}

async function measure(
  lab: Lab,
  ways: ReadonlyMap<Way, string>,
  context: Context,
): Promise<readonly Figure[]> {
  const seconds = secondsOf(context, 3);
  const figures: Figure[] = [];
  for (const kind of ['requests', 'new connections'] as const) {
    const rates = new Map<Way, number[]>([...ways.keys()].map((way) => [way, []]));
    for (let round = -1; round < context.rounds; round++) {
      for (const [way, url] of ways) {
        context.progress(
          `${kind}, ${way}, ${round < 0 ? 'warming up' : `round ${round + 1} of ${context.rounds}`}`,
        );
        const found = await rate(lab, url, { kind, seconds: round < 0 ? 1 : seconds });
        if (round >= 0) rates.get(way)?.push(found);
      }
    }
    figures.push(...figuresOf(kind, rates));
  }
  return figures;
}

/** So that connections a second are not limited by ports that wait. */
const sysctls = [
  'net.ipv4.ip_local_port_range=1024 65535',
  'net.ipv4.tcp_tw_reuse=1',
  'net.core.somaxconn=8192',
];

export const http: Scenario = {
  rounds: 5,
  async run(context) {
    demand(['wrk', 'nginx', 'ip', 'nsenter', 'ethtool', 'taskset']);
    // With all its threads; whatever is started from here on inherits it, and so does the work that packets cause.
    execFileSync('taskset', ['-a', '-p', '-c', String(laboratoryProcessor), String(process.pid)], {
      stdio: 'ignore',
    });
    const lab = await createLab({ realServers: 1, vips: [vip], name: 'bench' });
    try {
      for (const node of [lab.client, lab.director, ...lab.realServers])
        await lab.run(node, ['sysctl', '-qw', ...sysctls]);
      const [server] = lab.realServers;
      if (server === undefined) throw new Error('the lab has no real server');
      lab.spawn(server, webServer(lab), { stdout: 'ignore', stderr: 'inherit' });
      const configuration = demoConfiguration({
        interface: 'eth0',
        vip,
        port: 80,
        realServers: [server.ipv4],
      });
      await new DirectorProcess(lab, configuration).start();
      const ways = new Map<Way, string>([
        ['direct', `http://${server.ipv4}/`],
        ['xlb', `http://${vip}/`],
      ]);
      const notes: string[] = [];
      for (const { way, port, absent, argv } of proxies) {
        const reason = absent();
        if (reason === undefined) {
          lab.spawn(lab.director, argv(lab), { stdout: 'ignore', stderr: 'ignore' });
          ways.set(way, `http://${lab.director.ipv4}:${port}/`);
        } else notes.push(`${way} is not measured: ${reason}`);
      }
      await pause(2_000); // the real server is seen to be up
      const figures = await measure(lab, ways, context);
      return {
        figures,
        about: {
          driver: 'veth',
          mode: 'native',
          connections,
          processor: `${laboratoryProcessor} for all of it`,
        },
        notes: [
          ...notes,
          "the director's time: of one processor, for a request through it, above a direct one; in the same round",
        ],
      };
    } finally {
      await lab.close();
    }
  },
};
