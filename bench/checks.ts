/**
 * What tens of thousands of checks cost, and how late they are made: TCP_CHECK and HTTP_GET of addresses on the
 * loopback interface, which nginx answers, in a network namespace.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ChecksMeasured, ChecksOrder } from './checks_subject.ts';
import { figure } from './figures.ts';
import { demand } from './needs.ts';
import { secondsOf } from './options.ts';
import type { Figure, Scenario } from './scenario.ts';

const port = 8080;
const delayLoopMs = 5_000;
const bounds = { cores: 1, late_p99_ms: 50, kib_per_check: 3 };
const kinds = [
  { kind: 'TCP_CHECK', checks: 50_000, answer: 'L4OK' },
  { kind: 'HTTP_GET', checks: 20_000, answer: 'L7OK' },
] as const;
type Kind = (typeof kinds)[number];

/** It deletes its pid file in the end: a file of its own. */
const nginxConf = (
  folder: string,
) => `daemon off; worker_processes 1; error_log /dev/null crit; pid ${folder}/nginx.pid;
worker_rlimit_nofile 65536;
events { worker_connections 32768; multi_accept on; }
http {
  access_log off; server_tokens off;
  server { listen 0.0.0.0:${port} backlog=65535; location / { default_type text/plain; return 200 "healthy\\n"; } }
}`;

/** What Node is told by the first line of the program: `#!/usr/bin/env -S node --max-...`. */
function flagsOfMain(): string[] {
  const main = fileURLToPath(new URL('../src/main.js', import.meta.url));
  const [first = ''] = readFileSync(main, 'utf8').split('\n', 1);
  return first.split(' ').slice(3);
}

/** One run of one scenario, on any processor. */
function measure(order: ChecksOrder): ChecksMeasured {
  const subject = fileURLToPath(new URL('./checks_subject.js', import.meta.url));
  const argv = ['-c', '0-1023', process.execPath, ...flagsOfMain(), subject, JSON.stringify(order)];
  return JSON.parse(
    execFileSync('taskset', argv, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }),
  );
}

/** What was measured of one kind; throws where the checks did not do what they are for. */
export function figuresOf({ kind, checks, answer }: Kind, runs: readonly ChecksMeasured[]): Figure[] {
  const name = `${checks} ${kind}s every ${delayLoopMs / 1_000} s`;
  const other = runs.flatMap(({ results }) => Object.keys(results)).find((code) => code !== answer);
  if (other !== undefined) throw new Error(`a ${kind} of a healthy server ended with ${other}`);
  const of = (what: (run: ChecksMeasured) => number) => runs.map(what);
  const least = 0.99 * (checks / (delayLoopMs / 1_000));
  return [
    figure(
      { name: `${name}: made`, unit: '1/s', better: 'more', bound: least },
      of((run) => run.per_second),
    ),
    figure(
      { name: `${name}: processors`, unit: 'cores', better: 'less', bound: bounds.cores },
      of((run) => run.cores),
    ),
    figure(
      { name: `${name}: late, p99`, unit: 'ms', better: 'less', bound: bounds.late_p99_ms },
      of((run) => run.late_ms.p99),
    ),
    figure(
      { name: `${name}: a bare timer beside it, late, p99`, unit: 'ms', better: 'less' },
      of((run) => run.timer_late_ms.p99),
    ),
    figure(
      { name: `${name}: processors, all else`, unit: 'cores', better: 'less' },
      of((run) => run.cores_beside),
    ),
    figure(
      { name: `${name}: processors, the hypervisor for others`, unit: 'cores', better: 'less' },
      of((run) => run.cores_stolen),
    ),
    figure(
      { name: `${name}: memory of one`, unit: 'KiB', better: 'less', bound: bounds.kib_per_check },
      of((run) => run.kib_per_check),
    ),
  ];
}

export const checks: Scenario = {
  rounds: 3,
  async run({ rounds, option, progress }) {
    demand(['nginx', 'taskset']);
    const folder = mkdtempSync(join(tmpdir(), 'xlb-bench-'));
    const file = join(folder, 'nginx.conf');
    writeFileSync(file, nginxConf(folder));
    writeFileSync('/proc/sys/net/core/somaxconn', '65535');
    const nginx = spawn('taskset', ['-c', '0-1023', 'nginx', '-e', 'stderr', '-p', folder, '-c', file], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    try {
      await pause(500);
      const found = kinds.map((one) => {
        const order = { ...one, delayLoopMs, port, seconds: secondsOf({ option }, 15) };
        const runs = Array.from({ length: rounds }, (_, round) => {
          progress(`${one.checks} ${one.kind}s, round ${round + 1} of ${rounds}`);
          return measure(order);
        });
        return { kind: one.kind, figures: figuresOf(one, runs), runs };
      });
      return { figures: found.flatMap(({ figures }) => figures), detail: found };
    } finally {
      nginx.kill('SIGTERM');
      await once(nginx, 'exit');
      rmSync(folder, { recursive: true });
    }
  },
};
