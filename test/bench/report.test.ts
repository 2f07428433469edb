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
      'new, 1,000 flows|100|ns|90 – 110|3 ×|',
      'new, 64 flows|50|ns|90 – 110|3 ×|',
      'wlc &lt;b&gt;|beside &quot;rr&quot;|222|ns|90 – 110|3 ×|&lt;= 200 NOT OK|',
    ]);
  });

  it('begins with which bounds do not hold', () => {
    assert.match(html, /<p>1 of 1 bounds do not hold:<\/p><ul><li>core: wlc &lt;b&gt;<\/li><\/ul>/);
  });

  it('has a bar of each figure over names, and a chart of those over numbers', () => {
    const named = page(
      runOf([someFigure, { ...someFigure, name: 'another', median: 55, min: 44, max: 110 }]),
    );
    const bars = [...named.matchAll(/<span>([^<]*)<\/span>.*?class="fill s0" style="width:([^"]*)"/g)];
    assert.deepEqual(
      bars.map(([, name, width]) => [name, width]),
      [
        ['new flow', '90.91%'],
        ['another', '50.00%'],
      ],
    );
    assert.match(html, /<div class="chart" data-scenario="0" data-chart="0"><\/div>/);
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

  it('is not made of figures that are all 0', () => {
    const nothing = { ...someFigure, unit: '', median: 0, min: 0, max: 0 };
    const charts = (more: number) =>
      chartsOf({ figures: [nothing, { ...nothing, name: 'another', max: more }] }).length;
    assert.deepEqual([charts(0), charts(1)], [0, 1]);
  });
});
