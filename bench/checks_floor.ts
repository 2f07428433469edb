/**
 * How late a process is that does nothing but wait for its next turn: what the machine, its other processes and its
 * hypervisor make of any timer while checks are measured. Driven by checks_subject.ts: begins when it is written to,
 * prints one line of JSON.
 */
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { latenessOf } from './lateness.ts';

/** As often as the director looks which checks are due. */
const EVERY_MS = 10;

await once(process.stdin, 'data');
const endsMs = performance.now() + 1_000 * Number(process.argv[2]);
const late: number[] = [];
for (let dueMs = performance.now() + EVERY_MS; dueMs < endsMs; dueMs += EVERY_MS) {
  await pause(Math.ceil(Math.max(0, dueMs - performance.now())));
  late.push(performance.now() - dueMs);
}
process.stdin.destroy();
process.stdout.write(`${JSON.stringify(latenessOf(late))}\n`);
