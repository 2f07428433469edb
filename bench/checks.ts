/**
 * What tens of thousands of checks cost, and how late they are made: TCP_CHECK and HTTP_GET of addresses on the
 * loopback interface, which nginx answers, in a network namespace. Root, nginx.
 *
 *     node dist/bench/checks.js [--json FILE] [--rounds N] [--seconds N]
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { ChecksMeasured, ChecksOrder } from './checks_subject.ts';
import { inOwnNamespace } from './lab.ts';
import { machine } from './machine.ts';

const port = 8080;
const delayLoopMs = 5_000;
const bounds = { cores: 1, late_p99_ms: 50, kib_per_check: 3 };
const scenarios = [
  { kind: 'TCP_CHECK', checks: 50_000, answer: 'L4OK' },
  { kind: 'HTTP_GET', checks: 20_000, answer: 'L7OK' },
] as const;

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

/** One run of one scenario, on any processor. */
function measure(order: ChecksOrder): ChecksMeasured {
  const subject = fileURLToPath(new URL('./checks_subject.js', import.meta.url));
  const argv = ['-c', '0-1023', process.execPath, subject, JSON.stringify(order)];
  return JSON.parse(
    execFileSync('taskset', argv, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }),
  );
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

if (await inOwnNamespace(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      json: { type: 'string' },
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '15' },
    },
  });
  const about = machine();
  const folder = mkdtempSync(join(tmpdir(), 'xlb-bench-'));
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, nginxConf(folder));
  writeFileSync('/proc/sys/net/core/somaxconn', '65535');
  const nginx = spawn('taskset', ['-c', '0-1023', 'nginx', '-e', 'stderr', '-p', folder, '-c', file], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  try {
    await pause(500);
    const found = scenarios.map(({ kind, checks, answer }) => {
      const order = { kind, checks, delayLoopMs, port, seconds: Number(values.seconds) };
      const runs = Array.from({ length: Number(values.rounds) }, () => measure(order));
      const of = (what: (run: ChecksMeasured) => number) => median(runs.map(what));
      const summary = {
        kind,
        checks,
        per_second: of((run) => run.per_second),
        cores: of((run) => run.cores),
        late_p99_ms: of((run) => run.late_ms.p99),
        kib_per_check: of((run) => run.kib_per_check),
        runs,
      };
      process.stdout.write(
        `${kind}: ${summary.per_second}/s, cores <= ${bounds.cores}: ${summary.cores}, ` +
          `p99 late <= ${bounds.late_p99_ms} ms: ${summary.late_p99_ms}, ` +
          `a check <= ${bounds.kib_per_check} KiB: ${summary.kib_per_check}\n`,
      );
      const failed = runs.some(({ results }) => Object.keys(results).some((code) => code !== answer));
      const enough = summary.per_second >= 0.99 * (checks / (delayLoopMs / 1_000));
      const kept = (Object.keys(bounds) as (keyof typeof bounds)[]).every(
        (name) => summary[name] <= bounds[name],
      );
      if (failed || !enough || !kept) process.exitCode = 1;
      return summary;
    });
    const result = { machine: about, rounds: Number(values.rounds), bounds, scenarios: found };
    if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(result, undefined, 2)}\n`);
  } finally {
    nginx.kill('SIGTERM');
    await once(nginx, 'exit');
    rmSync(folder, { recursive: true });
  }
}
