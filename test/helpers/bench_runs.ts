/** Runs of the bench as they could be: for what reads them. */
import type { Run } from '../../bench/result.ts';
import type { Figure } from '../../bench/scenario.ts';

export const someFigure: Figure = {
  name: 'new flow',
  unit: 'ns',
  better: 'less',
  rounds: 3,
  median: 100,
  min: 90,
  max: 110,
};

export function runOf(figures: readonly Figure[], scenario = 'core'): Run {
  return {
    format: 'xlb-bench-1',
    xlb: '1.2.3',
    began: '2026-01-02T03:04:05.000Z',
    machine: {
      processor: 'Z80',
      processors: 2,
      memory_gib: 4,
      kernel: '6.1.0',
      virtual: false,
      node: '20.19.0',
      load: 0.25,
    },
    scenarios: [
      { name: scenario, measures: 'what it costs', about: { driver: 'veth', mode: 'native' }, figures },
    ],
  };
}
