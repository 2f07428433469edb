/**
 * How long it takes until a real server that fails is out of the table: every checker and way to fail, at moments by
 * chance, against what the configuration promises (docs/checks.md, "When a server is out, and back"). Network
 * namespaces; root.
 *
 *     node dist/bench/detection.js [--json FILE] [--rounds N]
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Detection, DetectionLab } from '../test/helpers/detection.ts';
import { machine } from './machine.ts';

const boundMs = 50;

/** Milliseconds beyond what is promised: negative where it was sooner. */
function beyond({ tookMs, earliestMs, latestMs }: Detection): number {
  if (tookMs > latestMs) return tookMs - latestMs;
  return tookMs < earliestMs ? tookMs - earliestMs : 0;
}

/** Of the largest size. */
function worst(values: readonly number[]): number {
  return values.reduce((found, one) => (Math.abs(one) > Math.abs(found) ? one : found), 0);
}

const { values } = parseArgs({
  options: { json: { type: 'string' }, rounds: { type: 'string', default: '8' } },
});
const rounds = Number(values.rounds);
const about = machine();
const lab = await DetectionLab.create();
try {
  const all: Detection[] = [];
  for (let round = 0; round < rounds; round += 1) all.push(...(await lab.round()));
  const names = [...new Set(all.map(({ name }) => name))];
  const trials = names.map((name) => {
    const detections = all.filter((one) => one.name === name);
    const took = detections.map(({ tookMs }) => tookMs);
    const exact = detections.flatMap(({ afterFirstMs, retriesMs }) =>
      afterFirstMs === undefined ? [] : [afterFirstMs - retriesMs],
    );
    const back = detections.map(({ backMs }) => backMs);
    const [{ earliestMs = 0, latestMs = 0, retriesMs = 0, backLatestMs = 0 } = {}] = detections;
    return {
      name,
      promised_ms: [earliestMs, latestMs],
      took_ms: [Math.min(...took), Math.max(...took)],
      beyond_ms: worst(detections.map(beyond)),
      retries_ms: retriesMs,
      back_promised_ms: [0, backLatestMs],
      back_ms: [Math.min(...back), Math.max(...back)],
      back_beyond_ms: Math.max(0, Math.max(...back) - backLatestMs),
      ...(exact.length === 0 ? {} : { retries_off_ms: worst(exact) }),
    };
  });
  for (const { name, promised_ms, took_ms, beyond_ms, retries_off_ms, ...back } of trials) {
    const off = retries_off_ms === undefined ? '' : `, retries ${retries_off_ms} ms off`;
    process.stdout.write(
      `${name}: promised ${promised_ms.join('..')} ms, took ${took_ms.join('..')}, ${beyond_ms} ms beyond${off}; ` +
        `back ${back.back_promised_ms.join('..')}, took ${back.back_ms.join('..')}\n`,
    );
  }
  const result = { machine: about, rounds, bound_ms: boundMs, trials };
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(result, undefined, 2)}\n`);
  // How far the retries are apart says more of the machine's load: it is in the result.
  const isKept = trials.every(
    ({ beyond_ms, back_beyond_ms }) => Math.max(Math.abs(beyond_ms), back_beyond_ms) <= boundMs,
  );
  process.stdout.write(`+-${boundMs} ms: ${isKept ? 'kept' : 'not kept'}\n`);
  if (!isKept) process.exitCode = 1;
} finally {
  await lab.close();
}
