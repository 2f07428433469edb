/** Pure: which charts the figures of a scenario make. */
import type { ScenarioResult } from './result.ts';
import type { ChartPlace, Figure } from './scenario.ts';

export interface Series {
  readonly name: string;
  /** By x; null where it was not measured there. */
  readonly median: readonly (number | null)[];
  readonly min: readonly (number | null)[];
  readonly max: readonly (number | null)[];
}

export interface Chart {
  readonly title: string;
  readonly unit: string;
  readonly axis: string;
  /** Ascending where they are numbers, else in the order of the figures. */
  readonly x: readonly (number | string)[];
  readonly series: readonly Series[];
}

interface Point {
  readonly figure: Figure;
  readonly place: ChartPlace;
}

const crowd = 30;

function unique<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)];
}

function chart(title: string, points: readonly Point[]): Chart {
  const [{ figure: { unit = '' } = {}, place: { axis = '' } = {} } = {}] = points;
  const found = unique(points.map(({ place }) => place.x));
  const numbers = found.filter((x) => typeof x === 'number');
  const x = numbers.length === found.length ? numbers.toSorted((a, b) => a - b) : found.map(String);
  const series = unique(points.map(({ place }) => place.series)).map((name) => {
    const at = (value: number | string, what: 'median' | 'min' | 'max') =>
      points.find(({ place }) => place.series === name && String(place.x) === String(value))?.figure[what] ??
      null;
    return {
      name,
      median: x.map((value) => at(value, 'median')),
      min: x.map((value) => at(value, 'min')),
      max: x.map((value) => at(value, 'max')),
    };
  });
  return { title: [title, unit].filter((part) => part !== '').join(', '), unit, axis, x, series };
}

/** Figures without a place share one chart of each unit, where there are two of it but no crowd. */
function placedOf(figures: readonly Figure[]): readonly Point[] {
  return figures.flatMap((figure) => {
    const alone = { chart: 'figures', series: 'median', x: figure.name, axis: '' };
    const alike = figures.filter(({ unit, place }) => place === undefined && unit === figure.unit);
    if (figure.place === undefined && (alike.length < 2 || alike.length > crowd)) return [];
    return [{ figure, place: figure.place ?? alone }];
  });
}

/** None of what is nothing everywhere: the table says it. */
export function chartsOf({ figures }: Pick<ScenarioResult, 'figures'>): readonly Chart[] {
  const points = placedOf(figures);
  const key = ({ figure, place }: Point) => `${place.chart}\n${figure.unit}`;
  return unique(points.map(key)).flatMap((one) => {
    const ofChart = points.filter((point) => key(point) === one);
    if (ofChart.every(({ figure: { min, max } }) => min === 0 && max === 0)) return [];
    return [chart(ofChart[0]?.place.chart ?? '', ofChart)];
  });
}
