/** An hour in a row of the list: a line without axes. As SVG: there may be dozens, used again as one scrolls. */
import { make, setAttribute } from './dom.ts';

const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 360;
const HEIGHT = 28;

export class Spark {
  readonly element = make('div', { class: 'spark', 'aria-hidden': 'true' });
  readonly #line = document.createElementNS(SVG, 'path');
  readonly #under = document.createElementNS(SVG, 'path');
  #shown: readonly (number | null)[] | undefined;

  constructor() {
    const svg = document.createElementNS(SVG, 'svg');
    svg.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
    svg.setAttribute('preserveAspectRatio', 'none');
    this.#under.setAttribute('class', 'under');
    svg.append(this.#under, this.#line);
    this.element.append(svg);
  }

  show(values: readonly (number | null)[] | undefined): void {
    if (values === this.#shown) return;
    this.#shown = values;
    const [line, under] = paths(values ?? []);
    setAttribute(this.#line, 'd', line);
    setAttribute(this.#under, 'd', under);
  }
}

/** The newest at the right edge; a gap where nothing is known. */
function paths(values: readonly (number | null)[]): [line: string, under: string] {
  const most = Math.max(1, ...values.map((value) => value ?? 0));
  const y = (value: number) => (HEIGHT - 1.5 - (value / most) * (HEIGHT - 4)).toFixed(1);
  let line = '';
  let under = '';
  let begun: number | undefined;
  const first = WIDTH - values.length;
  for (const [at, value] of [...values, null].entries()) {
    const x = first + at;
    if (value !== null) {
      line += `${begun === undefined ? 'M' : 'L'}${x} ${y(value)}`;
      under += `${begun === undefined ? `M${x} ${HEIGHT}` : ''}L${x} ${y(value)}`;
      begun ??= x;
    } else if (begun !== undefined) {
      under += `L${x - 1} ${HEIGHT}Z`;
      begun = undefined;
    }
  }
  return [line, under];
}
