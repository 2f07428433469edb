/**
 * How long `xlb check` takes for a configuration of many real servers, from the start of the process to its end, and
 * what it takes of the processors meanwhile (which a busy machine changes less).
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../src/base/clock.ts';
import { figure } from './figures.ts';
import type { Scenario } from './scenario.ts';

const boundMs = 1000;
const realServers = 10_000;
const main = fileURLToPath(new URL('../src/main.js', import.meta.url));

/** 100 in each virtual server, as operators write them. */
function configuration(count: number): string {
  const real = (v: number, r: number): string =>
    `  real_server 10.2.${v}.${r + 1} 80 {\n    weight 1\n    TCP_CHECK {\n      connect_timeout 3\n      retry 2\n` +
    '      delay_before_retry 1\n    }\n  }\n';
  const virtual = (v: number): string =>
    `virtual_server 10.1.0.${v + 1} 80 {\n  delay_loop 6\n  lb_algo wlc\n  lb_kind DR\n  protocol TCP\n` +
    `${Array.from({ length: 100 }, (_, r) => real(v, r)).join('')}}\n`;
  return Array.from({ length: count / 100 }, (_, v) => virtual(v)).join('');
}

/** User and system time of the shell's children: the second line of `times`, "0m0.812s 0m0.094s". */
function childrenMs(printed: string): number {
  const line = printed.trim().split('\n').at(-1) ?? '';
  const parts = [...line.matchAll(/(\d+)m([\d.]+)s/g)];
  return Math.round(
    parts.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0) * 1000,
  );
}

export const check: Scenario = {
  rounds: 5,
  async run({ rounds, progress }) {
    const folder = mkdtempSync(join(tmpdir(), 'xlb-bench-check-'));
    try {
      const file = join(folder, 'keepalived.conf');
      writeFileSync(file, configuration(realServers));
      const wall: number[] = [];
      const processor: number[] = [];
      for (let round = 0; round < rounds; round++) {
        progress(`check ${round + 1} of ${rounds}`);
        const began = systemClock.nowMs();
        const command = '"$0" "$@" >/dev/null; code=$?; times; exit $code';
        const argv = ['-c', command, process.execPath, main, 'check', file];
        const times = spawnSync('sh', argv, { encoding: 'utf8' });
        if (times.status !== 0) throw new Error(`xlb check ended with ${times.status}: ${times.stderr}`);
        wall.push(Math.round(systemClock.nowMs() - began));
        processor.push(childrenMs(times.stdout));
      }
      const name = `xlb check of ${realServers} real servers`;
      return {
        figures: [
          figure({ name, unit: 'ms', better: 'less', bound: boundMs }, wall),
          figure({ name: `${name}: of the processors`, unit: 'ms', better: 'less' }, processor),
        ],
      };
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};
