/** The style and the script of the report's page, as they stand in it. */

export const styles = `
:root { --ink: #1c2733; --soft: #5b6b7b; --line: #d8dfe6; --paper: #fff; --bad: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e9ee; --soft: #9fb0c0; --line: #33404d; --paper: #12181f; --bad: #ff8a80; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 70rem; margin: 0 auto; padding: 1.5rem clamp(1rem, 4vw, 1.5rem); overflow-wrap: anywhere; }
h2 { margin-top: 2.5rem; border-top: 1px solid var(--line); padding-top: 1rem; }
.about, .note, small { color: var(--soft); }
.about, .note { margin: .2rem 0; font-size: 14px; }
small { display: block; font-weight: normal; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .6rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th:first-child { text-align: left; font-weight: 500; white-space: normal; }
.missed td, .missed th { color: var(--bad); }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(28rem, 100%), 1fr));
  gap: 1rem 2rem; margin: 1rem 0; }
figure { margin: .5rem 0; min-width: 0; }
figcaption { font-weight: 500; margin-bottom: .4rem; }
.bar { display: grid; grid-template-columns: minmax(6rem, 38%) 1fr minmax(4rem, auto); gap: .6rem;
  align-items: center; padding: .15rem 0; font-size: 13px; line-height: 1.3; }
.bar b { font-weight: normal; text-align: right; font-variant-numeric: tabular-nums; }
.track { position: relative; height: 1rem; background: color-mix(in srgb, var(--line) 45%, transparent); }
.fill, .range { position: absolute; inset-block: 0; left: 0; }
.range { inset-block: .3rem; border: solid var(--ink); border-width: 0 1px; opacity: .7;
  background: linear-gradient(var(--ink), var(--ink)) center / 100% 1px no-repeat; }
.s0 { background: #3b82f6; } .s1 { background: #f59e0b; } .s2 { background: #10b981; } .s3 { background: #ef4444; }
.s4 { background: #8b5cf6; } .s5 { background: #06b6d4; } .s6 { background: #ec4899; } .s7 { background: #84cc16; }
.u-legend { color: var(--ink); text-align: left; }
@media (max-width: 44rem) {
  thead { display: none; }
  table, tbody { display: block; }
  tr { display: flex; flex-wrap: wrap; gap: 0 .7rem; padding: .4rem 0; border-bottom: 1px solid var(--line); }
  th, td { border: 0; padding: 0; }
  th:first-child { flex-basis: 100%; }
  td:empty { display: none; }
}
`;

/** Reads `charts` (charts.ts), lines over numbers, and fills the elements that name one. */
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
  const at = chart.x;
  const wide = at[0] > 0 && at[at.length - 1] / at[0] > 30;
  const highest = Math.max(...chart.series.flatMap(({ max }) => max.filter((value) => value !== null)), 0);
  const short = wide ? { notation: 'compact', maximumFractionDigits: 2 } : {};
  const label = (x) => (x === null ? '' : Number(x).toLocaleString('en-US', short));
  const axis = { stroke: ink(), grid: grid(), ticks: grid() };
  const options = {
    width: element.clientWidth, height: 280,
    scales: {
      x: { time: false, distr: wide ? 3 : 1 },
      y: { range: [0, highest * 1.08 || 1] },
    },
    axes: [
      {
        ...axis, label: chart.axis, labelSize: 20, splits: () => at,
        filter: (_, all) => all, // else only some numbers are named where the scale is logarithmic
        values: (_, all) => all.map((x) => label(x)),
      },
      { ...axis, size: 70 },
    ],
    series: [
      { label: chart.axis || 'figure', value: (_, x) => label(x) },
      ...chart.series.map(({ name }, i) => {
        const colour = palette[i % palette.length];
        return { label: name, stroke: colour, width: 2, points: { show: true, size: 6 } };
      }),
    ],
    legend: { live: false },
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
