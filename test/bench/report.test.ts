import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chartsOf } from '../../bench/charts.ts';
import { page } from '../../bench/report.ts';
import { runOf, someFigure } from '../helpers/bench_runs.ts';

const place = { chart: 'by flows', series: 'new', axis: 'flows' };
const figures = [
  { ...someFigure, name: 'new, 1,000 flows', place: { ...place, x: 1000 } },
  { ...someFigure, name: 'new, 64 flows', median: 50, place: { ...place, x: 64 } },
  { ...someFigure, name: 'wlc <b>', median: 222, bound: 200, ok: false, note: 'beside "rr"' },
];

describe('the report', () => {
  const html = page(runOf(figures));

  it('has every figure with its range, unit, rounds and bound', () => {
    const rows = [...html.matchAll(/<tr[^>]*><th scope="row">(.*?)<\/tr>/g)].map(([, row = '']) =>
      row.replaceAll(/<[^>]*>/g, '|').replaceAll(/\|+/g, '|'),
    );
    assert.deepEqual(rows, [
      'new, 1,000 flows|100|90 – 110|ns|3 ×|',
      'new, 64 flows|50|90 – 110|ns|3 ×|',
      'wlc &lt;b&gt;|beside &quot;rr&quot;|222|90 – 110|ns|3 ×|&lt;= 200 NOT OK|',
    ]);
  });

  it('fetches nothing: the one address in it is in the notice of the chart library', () => {
    const addresses = [...html.matchAll(/(?:https?:)?\/\/[a-z0-9-]+\.[a-z]+[^\s"')]*/g)].map(
      ([found]) => found,
    );
    assert.deepEqual(addresses, ['https://github.com/leeoniya/uPlot']);
    assert.doesNotMatch(html, /<link|<img|<iframe|\ssrc=|@import|url\(/);
  });

  it('cannot be broken out of by what a figure is called', () => {
    const name = '</script><script>alert(1)';
    assert.doesNotMatch(
      page(runOf([{ ...someFigure, name, place: { ...place, x: name } }])),
      /<script>alert/,
    );
  });
});

describe('a chart', () => {
  it('has the figures that name it, in the order of its axis', () => {
    assert.deepEqual(chartsOf({ figures }), [
      {
        title: 'by flows, ns',
        unit: 'ns',
        axis: 'flows',
        x: [64, 1000],
        series: [{ name: 'new', median: [50, 100], min: [90, 90], max: [110, 110] }],
      },
    ]);
  });

  it('of names keeps their order', () => {
    const [chart] = chartsOf({ figures: [someFigure, { ...someFigure, name: 'another' }] });
    assert.deepEqual(chart?.x, ['new flow', 'another']);
  });
});
