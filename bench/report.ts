/** A run as one page that needs nothing else: tables of every figure, and charts (by uPlot, which stands in it). */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Chart, chartsOf } from './charts.ts';
import { printed, verdict } from './figures.ts';
import { drawing, styles } from './report_page.ts';
import type { Run, ScenarioResult } from './result.ts';
import type { Figure } from './scenario.ts';
import { aboutMachine, aboutScenario } from './table.ts';

/** The chart library as it is delivered. */
function library(file: string): string {
  return readFileSync(createRequire(import.meta.url).resolve(`uplot/dist/${file}`), 'utf8');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => entities[sign] ?? sign);
}

/** JSON that cannot end the element it stands in. */
function embedded(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

function row(figure: Figure): string {
  const { name, unit, rounds, median, min, max, note, ok } = figure;
  const cells = [printed(median), unit, `${printed(min)} – ${printed(max)}`, `${rounds} ×`, verdict(figure)];
  const said = note === undefined ? '' : `<small>${escaped(note)}</small>`;
  const mark = ok === false ? ' class="missed"' : '';
  const values = cells.map((cell) => `<td>${escaped(cell)}</td>`).join('');
  return `<tr${mark}><th scope="row">${escaped(name)}${said}</th>${values}</tr>`;
}

function isNamed({ x }: Chart): boolean {
  return x.some((one) => typeof one === 'string');
}

/** A bar for each name and series, as long as its median, with a line from the least to the most. */
function bars({ x, series }: Chart): string {
  const most = Math.max(...series.flatMap(({ max }) => max.map((value) => value ?? 0)));
  const percent = (value: number) => (most > 0 ? Math.max(0, (100 * value) / most) : 0).toFixed(2);
  const bar = (name: number | string, at: number) =>
    series.flatMap(({ name: own, median, min, max }, index) => {
      const [middle, least, largest] = [median[at] ?? null, min[at] ?? 0, max[at] ?? 0];
      if (middle === null) return [];
      const label = [String(name), series.length > 1 ? own : ''].filter((part) => part !== '').join(', ');
      const width = percent(Math.max(0, largest) - Math.max(0, least));
      return [
        `<div class="bar"><span>${escaped(label)}</span><span class="track">` +
          `<span class="fill s${index % 8}" style="width:${percent(middle)}%"></span>` +
          `<span class="range" style="left:${percent(least)}%;width:${width}%"></span></span>` +
          `<b>${escaped(printed(middle))}</b></div>`,
      ];
    });
  return x.flatMap(bar).join('\n');
}

/** How many bounds hold, and which do not. */
function bounds({ scenarios }: Run): string {
  const judged = scenarios.flatMap(({ name, figures }) =>
    figures.flatMap((figure) => (figure.ok === undefined ? [] : [{ scenario: name, figure }])),
  );
  if (judged.length === 0) return '';
  const missed = judged.filter(({ figure }) => figure.ok === false);
  if (missed.length === 0) return `<p>All ${judged.length} bounds hold.</p>`;
  const named = missed.map(({ scenario, figure }) => `<li>${escaped(`${scenario}: ${figure.name}`)}</li>`);
  return `<p>${missed.length} of ${judged.length} bounds do not hold:</p><ul>${named.join('')}</ul>`;
}

function section(result: ScenarioResult, scenario: number): string {
  const charts = chartsOf(result).map(
    (chart, at) =>
      `<figure><figcaption>${escaped(chart.title)}</figcaption>` +
      (isNamed(chart)
        ? bars(chart)
        : `<div class="chart" data-scenario="${scenario}" data-chart="${at}"></div>`) +
      '</figure>',
  );
  const about = aboutScenario(result);
  return [
    `<section><h2>${escaped(result.name)}</h2><p>${escaped(result.measures)}</p>`,
    about === '' ? '' : `<p class="about">${escaped(about)}</p>`,
    ...(result.notes ?? []).map((note) => `<p class="note">${escaped(note)}</p>`),
    `<div class="charts">${charts.join('')}</div>`,
    '<div class="wide"><table><thead><tr><th></th><th>median</th><th>unit</th><th>min – max</th><th>rounds</th>' +
      '<th>bound</th></tr></thead>',
    `<tbody>${result.figures.map(row).join('\n')}</tbody></table></div></section>`,
  ].join('\n');
}

/** The page; no part of it is fetched from anywhere. */
export function page(run: Run): string {
  const charts = run.scenarios.map(chartsOf);
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    '<meta name="color-scheme" content="light dark">',
    `<title>xlb bench, ${escaped(run.began)}</title>`,
    `<style>${library('uPlot.min.css')}${styles}</style></head><body><main>`,
    `<h1>xlb bench</h1><p>xlb ${escaped(run.xlb)}, ${escaped(run.began)}</p>`,
    `<p>${escaped(aboutMachine(run.machine))}</p>`,
    bounds(run),
    ...run.scenarios.map(section),
    '</main>',
    `<script>${library('uPlot.iife.min.js')}</script>`,
    `<script>const charts = ${embedded(charts)};${drawing}</script>`,
    '</body></html>',
    '',
  ].join('\n');
}
