/** The style and the script of the report's page, as they stand in it. */

export const styles = `
:root { --ink: #1c2733; --soft: #5b6b7b; --line: #d8dfe6; --paper: #fff; --bad: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e9ee; --soft: #9fb0c0; --line: #33404d; --paper: #12181f; --bad: #ff8a80; }
}
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 70rem; margin: 0 auto; padding: 1.5rem; }
h2 { margin-top: 2.5rem; border-top: 1px solid var(--line); padding-top: 1rem; }
.about, .note, small, figcaption { color: var(--soft); }
small { display: block; font-weight: normal; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .6rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th:first-child { text-align: left; font-weight: 500; white-space: normal; }
.missed td, .missed th { color: var(--bad); }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(24rem, 1fr)); gap: 1rem; }
figure { margin: .5rem 0; min-width: 0; }
.u-legend { color: var(--ink); text-align: left; }
`;

/** Reads `charts` (charts.ts) and fills the elements that name one. Lines over numbers, bars over names. */
export const drawing = `
const palette = ['#3b82f6', '#f59e0b', '#10b981', '#ef4444', '#8b5cf6', '#06b6d4', '#ec4899', '#84cc16'];
const drawn = [];
function whiskers(chart, at) {
  return (u) => {
    const context = u.ctx, half = 4 * devicePixelRatio;
    context.save();
    context.lineWidth = devicePixelRatio;
    chart.series.forEach((series, index) => {
      context.strokeStyle = chart.series.length === 1 ? ink() : palette[index % palette.length];
      series.min.forEach((low, i) => {
        if (low === null) return;
        const x = u.valToPos(at[i], 'x', true);
        const top = u.valToPos(series.max[i], 'y', true), bottom = u.valToPos(low, 'y', true);
        context.beginPath();
        context.moveTo(x, top); context.lineTo(x, bottom);
        context.moveTo(x - half, top); context.lineTo(x + half, top);
        context.moveTo(x - half, bottom); context.lineTo(x + half, bottom);
        context.stroke();
      });
    });
    context.restore();
  };
}
function ink() { return getComputedStyle(document.documentElement).getPropertyValue('--ink').trim(); }
function grid() { return { stroke: getComputedStyle(document.documentElement).getPropertyValue('--line').trim() }; }
function draw(element) {
  const chart = charts[element.dataset.scenario][element.dataset.chart];
  const named = chart.x.some((x) => typeof x === 'string');
  const at = named ? chart.x.map((_, i) => i) : chart.x;
  const wide = !named && at[0] > 0 && at[at.length - 1] / at[0] > 30;
  const highest = Math.max(...chart.series.flatMap(({ max }) => max.filter((value) => value !== null)), 0);
  const short = (text) => (text.length > 16 ? text.slice(0, 15) + '\\u2026' : text);
  const label = (x) => (named ? chart.x[x] ?? '' : x === null ? '' : Number(x).toLocaleString('en-US'));
  const axis = { stroke: ink(), grid: grid(), ticks: grid() };
  const options = {
    width: element.clientWidth, height: 280,
    scales: {
      x: named ? { time: false, range: [-0.6, at.length - 0.4] } : { time: false, distr: wide ? 3 : 1 },
      y: { range: [0, highest * 1.08 || 1] },
    },
    axes: [
      named
        ? { ...axis, splits: () => at, values: (_, all) => all.map((x) => short(label(x))), rotate: -50, size: 110 }
        : { ...axis, label: chart.axis, labelSize: 20, splits: () => at,
            values: (_, all) => all.map((x) => label(x)) },
      { ...axis, size: 70 },
    ],
    series: [
      { label: chart.axis || 'figure', value: (_, x) => label(x) },
      ...chart.series.map(({ name }, i) => {
        const colour = palette[i % palette.length];
        const bars = named ? { paths: uPlot.paths.bars({ size: [0.6] }), fill: colour + '80' } : { width: 2 };
        return { label: name, stroke: colour, points: { show: !named, size: 6 }, ...bars };
      }),
    ],
    hooks: { draw: [whiskers(chart, at)] },
  };
  return new uPlot(options, [at, ...chart.series.map(({ median }) => median)], element);
}
function drawAll() {
  for (const chart of drawn.splice(0)) chart.destroy();
  for (const element of document.querySelectorAll('.chart')) drawn.push(draw(element));
}
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll);
let later;
addEventListener('resize', () => { clearTimeout(later); later = setTimeout(drawAll, 150); });
drawAll();
`;
