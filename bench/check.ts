/**
 * How long `xlb check` takes for a configuration of many real servers, from the start of the process to its end, and
 * what it takes of the processors meanwhile (which a busy machine changes less). No root.
 *
 *     node dist/bench/check.js [--json FILE] [--rounds N]
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { systemClock } from '../src/base/clock.ts';
import { machine } from './machine.ts';

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

function summary(values: readonly number[]): { median: number; min: number; max: number } {
  const sorted = values.toSorted((a, b) => a - b);
  return { median: sorted[sorted.length >> 1] ?? 0, min: sorted[0] ?? 0, max: sorted.at(-1) ?? 0 };
}

const { values } = parseArgs({
  options: { json: { type: 'string' }, rounds: { type: 'string', default: '5' } },
});
const folder = mkdtempSync(join(tmpdir(), 'xlb-bench-check-'));
try {
  const about = machine();
  const file = join(folder, 'keepalived.conf');
  writeFileSync(file, configuration(realServers));
  const wall: number[] = [];
  const processor: number[] = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    const began = systemClock.nowMs();
    const times = spawnSync(
      'sh',
      ['-c', '"$0" "$@" >/dev/null; code=$?; times; exit $code', process.execPath, main, 'check', file],
      {
        encoding: 'utf8',
      },
    );
    if (times.status !== 0) throw new Error(`xlb check ended with ${times.status}: ${times.stderr}`);
    wall.push(Math.round(systemClock.nowMs() - began));
    processor.push(childrenMs(times.stdout));
  }
  const [elapsed, used] = [summary(wall), summary(processor)];
  const print = ({ median, min, max }: typeof elapsed): string => `${median} (${min}..${max})`;
  process.stdout.write(`xlb check of ${realServers} real servers <= ${boundMs} ms: ${print(elapsed)}\n`);
  process.stdout.write(`of the processors: ${print(used)} ms\n`);
  const result = { machine: about, real_servers: realServers, check_ms: elapsed, processor_ms: used };
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(result, undefined, 2)}\n`);
  if (elapsed.median > boundMs) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}

/** User and system time of the shell's children: the second line of `times`, "0m0.812s 0m0.094s". */
function childrenMs(printed: string): number {
  const line = printed.trim().split('\n').at(-1) ?? '';
  const parts = [...line.matchAll(/(\d+)m([\d.]+)s/g)];
  return Math.round(
    parts.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0) * 1000,
  );
}
