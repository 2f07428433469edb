/** The ways from the client to the real server, and the machines on them. */
import type { ChildProcess } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { demoConfiguration } from '../../src/demo/configuration.ts';
import { DirectorProcess } from '../../src/demo/director.ts';
import type { Lab, LabNode } from '../../src/demo/lab.ts';
import { installed } from '../needs.ts';

/** 'bare': a program in the director's place that rewrites the MAC addresses and does nothing else. */
export type Way = 'direct' | 'bare' | 'xlb' | 'haproxy' | 'nginx';

export const vips = { xlb: '10.77.0.100', bare: '10.77.0.101' } as const;

const streamModule = '/usr/lib/nginx/modules/ngx_stream_module.so';

/** What there is on the way, started. */
export interface OnTheWay {
  readonly way: Way;
  readonly url: string;
  /** The machine in the middle; absent: there is none. */
  readonly node?: LabNode;
  /** Process ids of what runs there. */
  readonly processes: readonly number[];
}

interface Proxy {
  readonly way: 'haproxy' | 'nginx';
  readonly port: number;
  /** Why it cannot be measured, and the cure. */
  absent(): string | undefined;
  argv(lab: Lab, site: { readonly at: string; readonly server: string }): readonly string[];
}

function written(lab: Lab, { name, text }: { readonly name: string; readonly text: string }): string {
  const file = join(lab.directory, name);
  writeFileSync(file, text);
  return file;
}

const proxies: readonly Proxy[] = [
  {
    way: 'haproxy',
    port: 8081,
    absent: () => (installed('haproxy') ? undefined : 'haproxy is not installed (apt-get install haproxy)'),
    argv(lab, { at, server }) {
      const text = `global
  maxconn 8192
  nbthread 1
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen web
  bind ${at}:8081
  server rs1 ${server}:80
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
    argv(lab, { at, server }) {
      const text = `load_module ${streamModule};
daemon off; worker_processes 1; pid ${lab.directory}/stream.pid; error_log /dev/null crit;
worker_rlimit_nofile 16384;
events { worker_connections 8192; }
stream { server { listen ${at}:8082 backlog=4096; proxy_pass ${server}:80; } }
`;
      return ['nginx', '-e', 'stderr', '-c', written(lab, { name: 'stream.conf', text })];
    },
  },
];

/** Of the proxies that are not there. */
export function absences(): readonly string[] {
  return proxies.flatMap(({ way, absent }) => {
    const reason = absent();
    return reason === undefined ? [] : [`${way} is not measured: ${reason}`];
  });
}

export function webServer(lab: Lab): readonly string[] {
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

function pidOf({ pid }: { readonly pid?: number | undefined }, what: string): number {
  if (pid === undefined) throw new Error(`Cannot measure ${what}: it did not start`);
  return pid;
}

async function throughXlb(lab: Lab, server: LabNode): Promise<OnTheWay> {
  const site = { interface: 'eth0', vip: vips.xlb, port: 80, realServers: [server.ipv4] };
  const director = new DirectorProcess(lab, demoConfiguration(site));
  await director.start();
  return { way: 'xlb', url: `http://${vips.xlb}/`, node: lab.director, processes: [pidOf(director, 'xlb')] };
}

/** Uses the pins of xlb, which has to run. */
async function throughBare(lab: Lab, server: LabNode): Promise<OnTheWay> {
  const node = await lab.add('bare', { host: 3, xdp: true });
  const child = fileURLToPath(new URL('./relay.js', import.meta.url));
  const order = { interface: 'eth0', address: vips.bare, destination: server.mac };
  await lab.run(node, [process.execPath, child, `/sys/fs/bpf/xlb/${lab.instance}`, JSON.stringify(order)]);
  const neighbour = ['neighbour', 'add', vips.bare, 'lladdr', node.mac, 'dev', 'eth0', 'nud', 'permanent'];
  await lab.run(lab.client, ['ip', ...neighbour]);
  return { way: 'bare', url: `http://${vips.bare}/`, node, processes: [] };
}

async function throughProxies(lab: Lab, server: LabNode): Promise<readonly OnTheWay[]> {
  const present = proxies.filter(({ absent }) => absent() === undefined);
  if (present.length === 0) return [];
  // A machine without XDP, and with what its interface offers to TCP.
  const node = await lab.add('proxy', { host: 4 });
  await lab.run(node, ['ethtool', '-K', 'eth0', 'tx', 'on']);
  return present.map(({ way, port, argv }) => {
    const command = argv(lab, { at: node.ipv4, server: server.ipv4 });
    const child: ChildProcess = lab.spawn(node, command, { stdout: 'ignore', stderr: 'ignore' });
    return { way, url: `http://${node.ipv4}:${port}/`, node, processes: [pidOf(child, way)] };
  });
}

/** Starts all that stands between client and real server. */
export async function startWays(lab: Lab, server: LabNode): Promise<readonly OnTheWay[]> {
  const direct: OnTheWay = { way: 'direct', url: `http://${server.ipv4}/`, processes: [] };
  const xlb = await throughXlb(lab, server);
  return [direct, await throughBare(lab, server), xlb, ...(await throughProxies(lab, server))];
}
