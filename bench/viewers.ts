/**
 * What those who watch the status page cost the director: `xlb run` in the demo's namespaces with 100 virtual servers
 * of three real servers, whose checks change the status of each of them every second; its processor time with 100 open
 * streams, above that with none.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../src/base/clock.ts';
import { DirectorProcess } from '../src/demo/director.ts';
import { createLab, type Lab, type LabNode } from '../src/demo/lab.ts';
import { figure } from './figures.ts';
import { secondsOf } from './options.ts';
import type { Scenario } from './scenario.ts';

const viewers = 100;
const virtualServers = 100;
const port = 80;
export const httpPort = 9112;
const boundPercent = 5;
const settleMs = 4_000;
/** Of /proc/PID/stat, on every Linux there is. */
const TICKS_A_SECOND = 100;
const child = fileURLToPath(new URL('./viewers_child.js', import.meta.url));

function configuration(realServers: readonly LabNode[]): string {
  const pool = realServers
    .map(
      ({ ipv4 }) => `  real_server ${ipv4} ${port} {\n    TCP_CHECK {\n      connect_timeout 1\n    }\n  }\n`,
    )
    .join('');
  const servers = Array.from(
    { length: virtualServers },
    (_, n) =>
      `virtual_server 10.77.1.${n + 1} ${port} {\n  delay_loop 1\n  lb_algo rr\n  lb_kind DR\n` +
      `  protocol TCP\n${pool}}\n`,
  );
  return `global_defs {\n  xlb_interfaces eth0\n  xlb_http 127.0.0.1 ${httpPort}\n}\n${servers.join('')}`;
}

export interface Watching {
  /** Streams that have said something. */
  readonly open: number;
  readonly bytes: number;
  /** Of /metrics, all of it. */
  readonly scrapes: number;
  end(): void;
}

interface Watchers {
  readonly viewers: number;
  /** /metrics each second, too. */
  readonly metrics?: boolean;
}

/** Those who watch the director of the lab, whose `xlb_http` is on port 9112 of 127.0.0.1. */
export function watch(lab: Lab, { viewers, metrics = false }: Watchers): Watching {
  const more = metrics ? ['metrics'] : [];
  const argv = [process.execPath, child, 'watch', String(httpPort), String(viewers), ...more];
  const process_ = lab.spawn(lab.director, argv, { stdout: 'pipe' });
  let last = { open: 0, bytes: 0, scrapes: 0 };
  process_.stdout?.setEncoding('utf8').on('data', (text: string) => {
    const line = text.trim().split('\n').at(-1);
    if (line !== undefined) last = JSON.parse(line) as typeof last;
  });
  return {
    get open() {
      return last.open;
    },
    get bytes() {
      return last.bytes;
    },
    get scrapes() {
      return last.scrapes;
    },
    end: () => void process_.kill('SIGKILL'),
  };
}

/** Seconds of processor time of all its threads, and MiB that are resident. */
function costOf(lab: Lab): { readonly seconds: number; readonly mib: number } {
  const pid = readFileSync(`${lab.directory}/xlb.pid`, 'utf8').trim();
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  const kib = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return { seconds: (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND, mib: Number(kib) / 1024 };
}

/** Percent of a processor. */
async function shareOf(lab: Lab, seconds: number): Promise<number> {
  const [before, beganMs] = [costOf(lab).seconds, systemClock.nowMs()];
  await pause(seconds * 1_000);
  return ((costOf(lab).seconds - before) / (systemClock.nowMs() - beganMs)) * 100_000;
}

export const watchers: Scenario = {
  rounds: 3,
  async run(context) {
    const { rounds, progress } = context;
    const seconds = secondsOf(context, 10);
    const lab = await createLab({ realServers: 3, name: 'bench' });
    try {
      for (const server of lab.realServers)
        lab.spawn(server, [process.execPath, child, 'listen', String(port)]);
      const director = new DirectorProcess(lab, configuration(lab.realServers));
      await director.start();
      await pause(settleMs);
      const [shares, sizes, grown]: [number[], number[], number[]] = [[], [], []];
      for (let round = 0; round < rounds; round++) {
        progress(`round ${round + 1} of ${rounds}`);
        const alone = await shareOf(lab, seconds);
        const aloneMib = costOf(lab).mib;
        const watching = watch(lab, { viewers });
        await pause(settleMs);
        const bytesBefore = watching.bytes;
        shares.push((await shareOf(lab, seconds)) - alone);
        if (watching.open !== viewers) throw new Error(`${watching.open} of ${viewers} streams are open`);
        sizes.push((watching.bytes - bytesBefore) / viewers / seconds / 1024);
        grown.push(costOf(lab).mib - aloneMib);
        watching.end();
        await pause(settleMs);
      }
      await director.end('SIGTERM');
      const less = { better: 'less' } as const;
      return {
        figures: [
          figure(
            { ...less, name: `${viewers} viewers`, unit: '% of a processor', bound: boundPercent },
            shares,
          ),
          figure({ ...less, name: 'a viewer is sent', unit: 'KiB/s' }, sizes),
          figure({ ...less, name: 'resident with them', unit: 'MiB more' }, grown),
        ],
        about: { driver: 'veth', virtual_servers: virtualServers, real_servers: 3 * virtualServers },
      };
    } finally {
      await lab.close();
    }
  },
};
