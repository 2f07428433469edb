/**
 * What the election of dozens of virtual routers costs, and whether it stands still while everything around it does:
 * two directors with 64 virtual routers each, adverts every 100 ms, the main threads of both blocked for 500 ms at a
 * time.
 *
 * --load: so many endless loops beside them, to see what a busy machine does.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Speaker, VrrpLab, vrrpConf } from '../test/helpers/vrrp_lab.ts';
import { figure } from './figures.ts';
import { numberOf, secondsOf } from './options.ts';
import type { Scenario } from './scenario.ts';

const routers = 64;
const advertIntervalSeconds = 0.1;
const processorBoundPercent = 10;
/** Until both have settled. */
const settleMs = 3_000;
const lastVip = `10.77.1.${routers}`;

function configuration(priority: number): string {
  const instances = Array.from({ length: routers }, (_, at) => ({
    name: `VI_${at + 1}`,
    vrid: at + 1,
    priority,
    vips: [`10.77.1.${at + 1}`],
    lines: ['version 3', `advert_int ${advertIntervalSeconds}`],
  }));
  return vrrpConf(instances);
}

/** The VRRP worker beside a blocked main thread. */
function startBlocked(lab: VrrpLab, side: 'a' | 'b', priority: number): Speaker {
  const directory = join(lab.lab.directory, `blocked-${side}`);
  mkdirSync(directory);
  const file = join(directory, 'bench.conf');
  writeFileSync(file, configuration(priority));
  const entry = fileURLToPath(new URL('../test/helpers/blocked_main.js', import.meta.url));
  const argv = [process.execPath, entry, file, directory];
  return new Speaker(lab.lab, { node: lab.nodes[side], directory, argv });
}

/** Of all threads, in milliseconds. */
function processorMs({ pid }: Speaker): number {
  const tasks = readdirSync(`/proc/${pid}/task`);
  const nanoseconds = tasks.map((task) =>
    Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]),
  );
  return nanoseconds.reduce((sum, one) => sum + one, 0) / 1e6;
}

/** Changes of role that its log tells of. */
function transitions({ log }: Speaker): number {
  return log.match(/Entering (MASTER|BACKUP|FAULT) STATE/g)?.length ?? 0;
}

export const vrrp: Scenario = {
  rounds: 1,
  async run({ option, progress }) {
    const seconds = secondsOf({ option }, 60);
    const load = numberOf({ option }, 'load', { otherwise: 0, least: 0, most: 1_000 });
    const lab = await VrrpLab.create('bench');
    try {
      progress(`${routers} virtual routers settle`);
      const master = startBlocked(lab, 'a', 150);
      await lab.untilHeld(lastVip, [master]);
      const backup = startBlocked(lab, 'b', 100);
      await pause(settleMs);
      for (let count = 0; count < load; count++)
        spawn('timeout', [String(seconds), 'sh', '-c', 'while :; do :; done'], { stdio: 'ignore' });
      progress(`${seconds} s of adverts`);
      const speakers = { master, backup };
      const measure = (what: (speaker: Speaker) => number) => ({
        master: what(master),
        backup: what(backup),
      });
      const before = { processor: measure(processorMs), transitions: measure(transitions) };
      await pause(seconds * 1_000);
      const after = { processor: measure(processorMs), transitions: measure(transitions) };
      if (transitions(backup) < routers) throw new Error('the backup never became one');
      // What was silent because it was dead did not change its role either.
      await master.end();
      await lab.untilHeld(lastVip, [backup], [master]);
      await backup.end();
      const figures = (Object.keys(speakers) as (keyof typeof speakers)[]).flatMap((side) => [
        figure({ name: `changes of role, ${side}`, unit: '', better: 'less', bound: 0 }, [
          after.transitions[side] - before.transitions[side],
        ]),
        figure({ name: `of one core, ${side}`, unit: '%', better: 'less', bound: processorBoundPercent }, [
          (after.processor[side] - before.processor[side]) / seconds / 10,
        ]),
      ]);
      const about = { routers, advert_interval_ms: advertIntervalSeconds * 1_000, seconds, busy_loops: load };
      return { figures, about };
    } finally {
      await lab.close();
    }
  },
};
