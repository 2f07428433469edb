/**
 * How long `xlb run` takes from its start to forwarding, and what it keeps resident: the demo's director and real
 * servers in network namespaces, with the default flow table. Root.
 *
 *     node dist/bench/start.js [--json FILE] [--rounds N]
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { systemClock } from '../src/base/clock.ts';
import { demoConfiguration } from '../src/demo/configuration.ts';
import { DirectorProcess } from '../src/demo/director.ts';
import { createLab, type Lab } from '../src/demo/lab.ts';
import { machine } from './machine.ts';

const startBoundMs = 1000;
const residentBoundMib = 150;
/** After this, what a start needs only once has been given back. */
const settleMs = 2000;

function summary(values: readonly number[]): { median: number; min: number; max: number } {
  const sorted = values.toSorted((a, b) => a - b);
  const [min = 0] = sorted;
  return { median: sorted[sorted.length >> 1] ?? 0, min, max: sorted.at(-1) ?? 0 };
}

/** VmRSS of the daemon, in MiB. */
function residentMib(lab: Lab): number {
  const pid = readFileSync(`${lab.directory}/xlb.pid`, 'utf8').trim();
  const kib = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Math.round(Number(kib) / 1024);
}

const { values } = parseArgs({
  options: { json: { type: 'string' }, rounds: { type: 'string', default: '7' } },
});
const about = machine();
const lab = await createLab({ realServers: 3, vips: ['10.77.0.100'], name: 'bench' });
try {
  const configuration = demoConfiguration({
    interface: 'eth0',
    vip: '10.77.0.100',
    port: 80,
    realServers: lab.realServers.map(({ ipv4 }) => ipv4),
  });
  const director = new DirectorProcess(lab, configuration);
  const starts: number[] = [];
  const resident: number[] = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    const began = systemClock.nowMs();
    await director.start();
    starts.push(Math.round(systemClock.nowMs() - began));
    await pause(settleMs);
    resident.push(residentMib(lab));
    await director.end('SIGTERM');
  }
  const start = summary(starts);
  const memory = summary(resident);
  const ok = start.median <= startBoundMs && memory.median <= residentBoundMib;
  const print = ({ median, min, max }: typeof start) => `${median} (${min}..${max})`;
  process.stdout.write(`start to forwarding <= ${startBoundMs} ms: ${print(start)}\n`);
  process.stdout.write(`resident <= ${residentBoundMib} MiB: ${print(memory)}\n`);
  const result = { machine: about, rounds: starts.length, start_ms: start, resident_mib: memory };
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(result, undefined, 2)}\n`);
  if (!ok) process.exitCode = 1;
} finally {
  await lab.close();
}
