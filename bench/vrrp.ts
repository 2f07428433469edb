/**
 * What the election of dozens of virtual routers costs, and whether it stands still while everything around it does:
 * two directors with 64 virtual routers each, adverts every 100 ms, the main threads of both blocked for 500 ms at a
 * time. Network namespaces; root.
 *
 *     node dist/bench/vrrp.js [--json FILE] [--seconds N] [--load N]
 *
 * --load: so many endless loops beside them, to see what a busy machine does.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Speaker, VrrpLab, vrrpConf } from '../test/helpers/vrrp_lab.ts';
import { machine } from './machine.ts';

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

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    seconds: { type: 'string', default: '60' },
    load: { type: 'string', default: '0' },
  },
});
const seconds = Number(values.seconds);
const about = machine();
const lab = await VrrpLab.create('bench');
try {
  const master = startBlocked(lab, 'a', 150);
  await lab.untilHeld(lastVip, [master]);
  const backup = startBlocked(lab, 'b', 100);
  await pause(settleMs);
  for (let count = 0; count < Number(values.load); count++)
    spawn('timeout', [String(seconds), 'sh', '-c', 'while :; do :; done'], { stdio: 'ignore' });
  const all = { master, backup };
  const measure = (what: (speaker: Speaker) => number) => ({
    master: what(all.master),
    backup: what(all.backup),
  });
  const before = { processor: measure(processorMs), transitions: measure(transitions) };
  await pause(seconds * 1_000);
  const after = { processor: measure(processorMs), transitions: measure(transitions) };
  const percent = (side: keyof typeof all) =>
    Math.round((after.processor[side] - before.processor[side]) / seconds) / 10;
  const changed = (side: keyof typeof all) => after.transitions[side] - before.transitions[side];
  const started = transitions(backup) >= routers;
  // What was silent because it was dead did not change its role either.
  await master.end();
  await lab.untilHeld(lastVip, [backup], [master]);
  await backup.end();
  const result = {
    machine: about,
    routers,
    advert_interval_ms: advertIntervalSeconds * 1_000,
    seconds,
    busy_loops: Number(values.load),
    transitions: { master: changed('master'), backup: changed('backup') },
    processor_percent: { master: percent('master'), backup: percent('backup') },
  };
  const { processor_percent: used } = result;
  process.stdout.write(
    `transitions in ${seconds} s, 0: ${result.transitions.master} and ${result.transitions.backup}\n` +
      `of one core <= ${processorBoundPercent} %: master ${used.master}, backup ${used.backup}\n`,
  );
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(result, undefined, 2)}\n`);
  const isCalm = started && result.transitions.master + result.transitions.backup === 0;
  if (!isCalm || Math.max(used.master, used.backup) > processorBoundPercent) process.exitCode = 1;
} finally {
  await lab.close();
}
