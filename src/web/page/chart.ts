/** A chart of the last hour: uPlot, in the page's colours. */
import UPlot from 'uplot';
import type { HistoryAnswer, SeriesAnswer } from '../history.ts';

export interface ChartOptions {
  /** With scales at its sides; else only the line. */
  readonly axes: boolean;
  readonly words: (value: number) => string;
  /** What the pointer is at; undefined: nowhere. */
  readonly onPoint?: (point: { readonly atMs: number; readonly value: number } | undefined) => void;
}

export type Quantity = keyof SeriesAnswer;

export class Chart {
  readonly element: HTMLElement;
  readonly #options: ChartOptions;
  #plot: UPlot | undefined;
  #data: UPlot.AlignedData = [[], []];
  #colours = '';

  /** Draws into `element`, whose height it takes. */
  constructor(element: HTMLElement, options: ChartOptions) {
    this.element = element;
    this.#options = options;
    new ResizeObserver(() => this.#fit()).observe(element);
  }

  show(
    { end, step_seconds: step }: Pick<HistoryAnswer, 'end' | 'step_seconds'>,
    values: SeriesAnswer[Quantity],
  ): void {
    const endSeconds = Date.parse(end) / 1000;
    const times = values.map((_, at) => endSeconds - (values.length - 1 - at) * step);
    this.#data = [times, [...values]];
    this.draw();
  }

  /** Again where the colours have changed. */
  draw(): void {
    const style = getComputedStyle(this.element);
    // A canvas does not know light-dark(): a property of the element has it worked out.
    const { theme = '' } = document.documentElement.dataset;
    const colours = `${style.color} ${theme} ${matchMedia('(prefers-color-scheme: dark)').matches}`;
    if (this.#plot !== undefined && colours === this.#colours) {
      this.#plot.setData(this.#data);
      return;
    }
    this.#colours = colours;
    this.#plot?.destroy();
    this.#plot = new UPlot(this.#setUp(), this.#data, this.element);
  }

  #fit(): void {
    const { clientWidth: width, clientHeight: height } = this.element;
    if (width > 0 && height > 0) this.#plot?.setSize({ width, height });
  }

  #setUp(): UPlot.Options {
    const { axes, onPoint, words } = this.#options;
    const { clientWidth, clientHeight } = this.element;
    const accent = colourOf(this.element, '--accent');
    const quiet = colourOf(this.element, '--quiet');
    const grid = { stroke: colourOf(this.element, '--line'), width: 1 };
    const font = '11px system-ui, sans-serif';
    return {
      width: clientWidth || 200,
      height: clientHeight || 44,
      legend: { show: false },
      ...(axes ? {} : { padding: [3, 0, 2, 0] as UPlot.Padding }),
      cursor: { y: false, drag: { x: false, y: false }, points: { show: onPoint !== undefined } },
      scales: { y: { range: (_, __, most) => [0, Math.max(1, most ?? 1) * 1.05] }, x: { range: lastHour } },
      axes: axes
        ? [
            {
              stroke: quiet,
              font,
              grid,
              ticks: { show: false },
              values: (_, at) => at.map(minuteOf),
              size: 22,
            },
            {
              stroke: quiet,
              font,
              grid,
              ticks: { show: false },
              values: (_, at) => at.map(words),
              size: 62,
              space: 22,
            },
          ]
        : [{ show: false }, { show: false }],
      series: [{}, { stroke: accent, width: 1.4, fill: `${accent}26`, points: { show: false } }],
      hooks: { setCursor: [(plot) => onPoint?.(pointOf(plot))] },
    };
  }
}

/** Also while less than an hour is known: the line grows from the right. */
function lastHour(_: UPlot, __: number, end: number): [number, number] {
  return [end - 3600, end];
}

function minuteOf(seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
}

function pointOf({
  cursor: { idx },
  data,
}: UPlot): { readonly atMs: number; readonly value: number } | undefined {
  const value = idx === null || idx === undefined ? undefined : data[1]?.[idx];
  const at = idx === null || idx === undefined ? undefined : data[0][idx];
  return value === undefined || value === null || at === undefined ? undefined : { atMs: at * 1000, value };
}

/** As #rrggbb. */
function colourOf(element: HTMLElement, name: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  element.append(probe);
  const numbers = getComputedStyle(probe).color.match(/\d+/g)?.slice(0, 3).map(Number) ?? [];
  probe.remove();
  return `#${numbers.map((one) => one.toString(16).padStart(2, '0')).join('')}`;
}
