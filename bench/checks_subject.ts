/**
 * The check service of a director alone, in a process of its own, so that what it uses is what checks cost: the main
 * thread and the check thread. Driven by checks.ts; prints what it has measured as one line of JSON.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../src/base/clock.ts';
import { keepHeapSmall } from '../src/base/heap.ts';
import { createLogger } from '../src/base/log.ts';
import { systemRandom } from '../src/base/random.ts';
import { spawnProgram } from '../src/base/script/program.ts';
import { SessionBoard } from '../src/base/sessions.ts';
import type { CheckTarget } from '../src/check/owner.ts';
import { createCheckPool } from '../src/check/pool.ts';
import { createCheckService } from '../src/check/service.ts';
import type { NetworkCheckConfig } from '../src/config/model.ts';
import { type Lateness, latenessOf } from './lateness.ts';

/** USER_HZ, whatever the kernel's own. */
const TICKS_PER_SECOND = 100;

/** What it shall do. */
export interface ChecksOrder {
  readonly kind: 'TCP_CHECK' | 'HTTP_GET';
  readonly checks: number;
  readonly delayLoopMs: number;
  readonly port: number;
  readonly seconds: number;
}

export interface ChecksMeasured {
  readonly per_second: number;
  /** Of one core, main thread and check thread together, the kernel's part included. */
  readonly cores: number;
  readonly late_ms: Lateness;
  /** Of a process that only waits, beside it. */
  readonly timer_late_ms: Lateness;
  /** Processors that the rest of the machine used meanwhile: nginx, other work, and the hypervisor for others. */
  readonly cores_beside: number;
  /** The hypervisor's part. */
  readonly cores_stolen: number;
  /** What became of the attempts. */
  readonly results: Readonly<Record<string, number>>;
  /** Resident memory a check, from an idle service with its thread to this one. */
  readonly kib_per_check: number;
}

/** Each has an address of its own on the loopback interface. */
function target({ kind, delayLoopMs, port }: ChecksOrder, number: number): CheckTarget {
  const connectIp = `127.${1 + (number >> 14)}.${(number >> 7) & 127}.${1 + (number & 127)}`;
  const common = {
    connectIp,
    connectPort: port,
    connectTimeoutMs: 3_000,
    retry: 1,
    delayBeforeRetryMs: 1_000,
    delayLoopMs,
    warmupMs: delayLoopMs,
    span: { file: 'bench.conf', line: number, column: 1, length: 9 },
  };
  const check: NetworkCheckConfig =
    kind === 'TCP_CHECK'
      ? { kind, ...common }
      : {
          kind,
          ...common,
          httpProtocol: '1.0',
          urls: [{ path: '/', host: connectIp, statusCodes: [[200, 299]] }],
        };
  const realServer = `[${connectIp}]:tcp:${port}`;
  return {
    key: `[10.0.0.1]:tcp:80 ${realServer} ${kind}`,
    realServer,
    virtualServer: '[10.0.0.1]:tcp:80',
    check,
  };
}

function residentKib(): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
}

/** Seconds of processors since the machine began: in all, and what the hypervisor took of them. */
function machineSeconds(): { readonly busy: number; readonly stolen: number } {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n', 1);
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line
    .split(/\s+/)
    .slice(1)
    .map(Number);
  const ticks = user + nice + system + irq + softirq + steal;
  return { busy: ticks / TICKS_PER_SECOND, stolen: steal / TICKS_PER_SECOND };
}

/** A process that only waits, for so long after begin(). */
function bareTimer(seconds: number): { begin(): Promise<Lateness> } {
  const floor = fileURLToPath(new URL('./checks_floor.js', import.meta.url));
  const argv = [floor, String(seconds)];
  const { stdin, stdout } = spawn(process.execPath, argv, { stdio: ['pipe', 'pipe', 'inherit'] });
  return {
    async begin() {
      stdin.write('begin');
      return JSON.parse(await text(stdout));
    },
  };
}

// As the daemon does.
keepHeapSmall();
const order = JSON.parse(process.argv[2] ?? '{}') as ChecksOrder;
// While there is little to copy: a fork stops the process for as long as it is large.
const timer = bareTimer(order.seconds);
const late: number[] = [];
const results: Record<string, number> = {};
let measuring = false;
const shared = { clock: systemClock, logger: createLogger({ level: 'error' }) };
const pool = createCheckPool(shared);
const service = createCheckService({
  ...shared,
  pool: {
    close: () => pool.close(),
    async run(check) {
      const result = await pool.run(check);
      if (measuring) results[result.code] = (results[result.code] ?? 0) + 1;
      return result;
    },
  },
  sessions: new SessionBoard(),
  spawn: spawnProgram,
  random: systemRandom,
  onChange: () => {},
  onLateness: (ms) => {
    if (measuring) late.push(ms);
  },
});
service.set([{ ...target(order, 0), key: 'first' }]);
await pause(order.delayLoopMs + 1_000);
const idleKib = residentKib();
service.set(Array.from({ length: order.checks }, (_, number) => target(order, number)));
await pause(2 * order.delayLoopMs);
measuring = true;
const timerLate = timer.begin();
const began = process.hrtime.bigint();
const before = process.cpuUsage();
const machineBefore = machineSeconds();
await pause(order.seconds * 1_000);
const machine = machineSeconds();
const used = process.cpuUsage(before);
const seconds = Number(process.hrtime.bigint() - began) / 1e9;
measuring = false;
const kib = (residentKib() - idleKib) / order.checks;
const cores = (used.user + used.system) / seconds / 1e6;
const hundredths = (value: number) => Math.round(100 * value) / 100;
const measured: ChecksMeasured = {
  per_second: Math.round(late.length / seconds),
  cores: hundredths(cores),
  late_ms: latenessOf(late),
  timer_late_ms: await timerLate,
  cores_beside: hundredths((machine.busy - machineBefore.busy) / seconds - cores),
  cores_stolen: hundredths((machine.stolen - machineBefore.stolen) / seconds),
  results,
  kib_per_check: hundredths(kib),
};
process.stdout.write(`${JSON.stringify(measured)}\n`);
await service.stop();
