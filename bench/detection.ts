/**
 * How long it takes until a real server that fails is out of the table: every checker and way to fail, at moments by
 * chance, against what the configuration promises (docs/checks.md, "When a server is out, and back").
 */
import { type Detection, DetectionLab } from '../test/helpers/detection.ts';
import { figure, summary } from './figures.ts';
import type { Figure, Scenario } from './scenario.ts';

const boundMs = 50;

/** Milliseconds beyond what is promised: negative where it was sooner. */
function beyond({ tookMs, earliestMs, latestMs }: Detection): number {
  if (tookMs > latestMs) return tookMs - latestMs;
  return tookMs < earliestMs ? tookMs - earliestMs : 0;
}

function figuresOf(detections: readonly Detection[]): readonly Figure[] {
  const [{ name = '', earliestMs = 0, latestMs = 0, backLatestMs = 0 } = {}] = detections;
  const described = { unit: 'ms', better: 'less' } as const;
  const off = detections.flatMap(({ afterFirstMs, retriesMs }) =>
    afterFirstMs === undefined ? [] : [Math.abs(afterFirstMs - retriesMs)],
  );
  const late = detections.map(beyond);
  const back = detections.map(({ backMs }) => Math.max(0, backMs - backLatestMs));
  return [
    figure(
      { name: `${name}: out`, ...described, note: `promised ${earliestMs}..${latestMs}` },
      detections.map(({ tookMs }) => tookMs),
    ),
    kept({ name: `${name}: out beyond the promise`, ...described, ...summary(late.map(Math.abs)) }),
    kept({ name: `${name}: back beyond the promise`, ...described, ...summary(back) }),
    // How far the retries are apart says more of the machine's load: no bound.
    ...(off.length === 0 ? [] : [figure({ name: `${name}: retries off`, ...described }, off)]),
  ];
}

/** Not the median: every single one has to keep the promise. */
function kept(found: Omit<Figure, 'bound' | 'ok'>): Figure {
  return { ...found, bound: boundMs, ok: found.max <= boundMs };
}

export const detection: Scenario = {
  rounds: 8,
  async run({ rounds, progress }) {
    const lab = await DetectionLab.create();
    try {
      const all: Detection[] = [];
      for (let round = 0; round < rounds; round += 1) {
        progress(`round ${round + 1} of ${rounds}`);
        all.push(...(await lab.round()));
      }
      const names = [...new Set(all.map(({ name }) => name))];
      return {
        figures: names.flatMap((name) => figuresOf(all.filter((one) => one.name === name))),
        notes: ['the bound holds for the largest value, not the median'],
        detail: { detections: all },
      };
    } finally {
      await lab.close();
    }
  },
};
