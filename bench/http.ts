/**
 * Requests through the director beside the same requests straight to the real server, and through proxies: haproxy
 * (tcp mode) and nginx (stream), where they are installed. Twice: with the director and the network on a processor of
 * their own, where the director's processor time is counted; and with all of it on one, where what is in the middle
 * takes from client and real server what it needs.
 */
import { cpus } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { createLab, type Lab, type LabNode } from '../src/demo/lab.ts';
import { httpFigures, type Layout, type Round, type Sample } from './http/figures.ts';
import { giveInterrupts, processorSeconds } from './http/interrupts.ts';
import { absences, type OnTheWay, startWays, vips, type Way, webServer } from './http/ways.ts';
import { ask, connections, type Kind } from './http/wrk.ts';
import { laboratoryProcessor, moveTo } from './lab.ts';
import { demand } from './needs.ts';
import { secondsOf } from './options.ts';
import type { Context, Figure, Scenario } from './scenario.ts';

const kinds: readonly Kind[] = ['requests', 'new connections'];
/** Of client and real server, where the director is apart. */
const outside = 0;
const warmUpSeconds = 1;
const checksMs = 2_000;

/** So that connections a second are not limited by ports that wait. */
const sysctls = [
  'net.ipv4.ip_local_port_range=1024 65535',
  'net.ipv4.tcp_tw_reuse=1',
  'net.core.somaxconn=8192',
];

/** The bridge is a switch: it asks no packet filter, as it does where the kernel's br_netfilter is loaded. */
const switchSysctls = ['iptables', 'ip6tables', 'arptables'].map(
  (table) => `net.bridge.bridge-nf-call-${table}=0`,
);

/** A way that is up, with the processes and threads whose time is its own. */
interface Measurable extends OnTheWay {
  readonly accounted: readonly number[];
}

/** Each machine's receiving to its processor; the network's, to the director's. */
async function setApart(lab: Lab, ways: readonly OnTheWay[]): Promise<readonly Measurable[]> {
  const receiving = new Map<LabNode, number>();
  const ends = [lab.client, ...lab.realServers];
  const middle = new Set(ways.flatMap(({ node }) => node ?? []));
  for (const node of [...ends, ...middle]) {
    const { namespace, name } = node;
    const processor = middle.has(node) ? laboratoryProcessor : outside;
    receiving.set(node, await giveInterrupts(lab, { namespace, device: 'eth0', processor }));
    const port = { namespace: lab.bridge.namespace, device: name, processor: laboratoryProcessor };
    await giveInterrupts(lab, port);
  }
  return ways.map((way) => {
    const interrupts = way.node === undefined ? undefined : receiving.get(way.node);
    return { ...way, accounted: [...way.processes, ...(interrupts === undefined ? [] : [interrupts])] };
  });
}

async function sampled(lab: Lab, way: Measurable, asking: { readonly kind: Kind; readonly seconds: number }) {
  const before = processorSeconds(way.accounted);
  const { count, perSecond } = await ask(lab, way.url, asking);
  const used = processorSeconds(way.accounted) - before;
  return { rate: perSecond, micros: (1e6 * used) / count } satisfies Sample;
}

interface Measuring {
  readonly lab: Lab;
  readonly layout: Layout;
  readonly ways: readonly Measurable[];
}

async function measure({ lab, layout, ways }: Measuring, context: Context): Promise<readonly Figure[]> {
  const seconds = Math.max(1, Math.round(secondsOf(context, 3))); // wrk takes whole ones
  for (const { way, url } of ways) {
    context.progress(`director ${layout}, warming up: ${way}`);
    await ask(lab, url, { kind: 'requests', seconds: warmUpSeconds });
  }
  const figures: Figure[] = [];
  for (const kind of kinds) {
    const rounds: Round[] = [];
    for (let round = 0; round < context.rounds; round++) {
      const samples = new Map<Way, Sample>(ways.map(({ way }) => [way, { rate: 0, micros: 0 }]));
      // There and back, so that no way always comes after the same other.
      for (const way of round % 2 === 0 ? ways : ways.toReversed()) {
        context.progress(`director ${layout}, ${kind}, round ${round + 1} of ${context.rounds}: ${way.way}`);
        samples.set(way.way, await sampled(lab, way, { kind, seconds }));
      }
      rounds.push(samples);
    }
    figures.push(...httpFigures(layout, kind, rounds));
  }
  return figures;
}

async function measureIn(layout: Layout, context: Context): Promise<readonly Figure[]> {
  const ends = layout === 'shared' ? laboratoryProcessor : outside;
  moveTo(ends); // and what is started from here on, with the work that its packets cause
  context.progress(`director ${layout}: building the lab`);
  const lab = await createLab({ realServers: 1, vips: Object.values(vips), name: 'bench' });
  try {
    const [server] = lab.realServers;
    if (server === undefined) throw new Error('the lab has no real server');
    lab.spawn(server, webServer(lab), { stdout: 'ignore', stderr: 'inherit' });
    moveTo(laboratoryProcessor);
    const started = await startWays(lab, server);
    moveTo(ends);
    const machines = new Set([lab.client, server, ...started.flatMap(({ node }) => node ?? [])]);
    for (const node of machines) await lab.run(node, ['sysctl', '-qw', ...sysctls]);
    await lab.run(lab.bridge, ['sysctl', '-qw', ...switchSysctls], { mayFail: true });
    const ways =
      layout === 'apart' ? await setApart(lab, started) : started.map((way) => ({ ...way, accounted: [] }));
    await pause(checksMs); // the real server is seen to be up
    return await measure({ lab, layout, ways }, context);
  } finally {
    await lab.close();
  }
}

export const http: Scenario = {
  rounds: 5,
  async run(context) {
    demand(['wrk', 'nginx', 'ip', 'nsenter', 'ethtool', 'taskset', 'unshare']);
    const alone = cpus().length === 1;
    const figures: Figure[] = [];
    for (const layout of alone ? (['shared'] as const) : (['apart', 'shared'] as const))
      figures.push(...(await measureIn(layout, context)));
    return {
      figures,
      about: {
        driver: 'veth',
        mode: 'native',
        connections,
        processor: alone
          ? '0'
          : `${laboratoryProcessor}; of client and real server, director apart: ${outside}`,
      },
      notes: [
        ...absences(),
        ...(alone ? ['the director apart is not measured: there is one processor'] : []),
        "director's time: of its receiving (threaded NAPI) and all its processes, for a request that is answered",
        'bare: a program in its place that rewrites MAC addresses and does nothing else',
      ],
    };
  },
};
