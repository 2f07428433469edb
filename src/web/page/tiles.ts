/** All virtual servers together: what happens now, and a chart of the last hour. */

import { keyOf } from '../../control/names.ts';
import type { Status } from '../../control/status.ts';
import type { HistoryAnswer } from '../history.ts';
import type { Rate, Rates } from '../view/rates.ts';
import { bits, short, timeOfDay, whole, withUnit } from '../view/words.ts';
import { Chart, type Quantity } from './chart.ts';
import { byId, make, setAttribute, setText } from './dom.ts';

const tiles: readonly { title: string; quantity: Quantity; words: (value: number) => string }[] = [
  { title: 'New connections', quantity: 'connections', words: (value) => withUnit(value, '/s') },
  { title: 'Packets', quantity: 'packets', words: (value) => withUnit(value, '/s') },
  { title: 'Traffic from clients', quantity: 'bytes', words: bits },
  { title: 'Active connections', quantity: 'active', words: short },
];

interface Tile {
  readonly quantity: Quantity;
  readonly words: (value: number) => string;
  readonly now: HTMLElement;
  readonly chart: Chart;
}

const NEARLY_FULL = 0.75;

export class Tiles {
  readonly #tiles: readonly Tile[];
  readonly #used = make('p', { class: 'now' });
  readonly #bar = make('span');
  readonly #room = make('p', { class: 'small' });

  constructor() {
    this.#tiles = tiles.map((tile) => makeTile(tile));
    const bar = make('div', { class: 'bar', role: 'presentation' }, [this.#bar]);
    byId('tiles').append(
      make('div', { class: 'tile' }, [make('h2', {}, 'Flow table'), this.#used, bar, this.#room]),
    );
  }

  showNow(status: Status, rates: Rates): void {
    const sums: Record<Quantity, number> = { connections: 0, packets: 0, bytes: 0, active: 0 };
    for (const server of status.virtual_servers) {
      const rate: Rate | undefined = rates.of(keyOf(server));
      sums.connections += rate?.connections ?? 0;
      sums.packets += rate?.packets ?? 0;
      sums.bytes += rate?.bytes ?? 0;
      for (const { active } of server.destinations) sums.active += active;
    }
    for (const { quantity, now, words } of this.#tiles) setText(now, words(sums[quantity]));
    const { evicted, slots, used } = status.flows;
    const part = slots === 0 ? 0 : used / slots;
    setText(this.#used, `${short(used)} flows`);
    setText(this.#room, `${whole(part * 100)} % of ${short(slots)} slots · ${short(evicted)} evicted`);
    this.#bar.style.width = `${part * 100}%`;
    setAttribute(this.#bar, 'class', part > 0.9 ? 'bad' : part > NEARLY_FULL ? 'warning' : '');
  }

  showHistory(history: HistoryAnswer): void {
    for (const { chart, quantity } of this.#tiles) chart.show(history, history.totals[quantity]);
  }

  /** In other colours. */
  redraw(): void {
    for (const { chart } of this.#tiles) chart.draw();
  }
}

function makeTile({ title, quantity, words }: (typeof tiles)[number]): Tile {
  const now = make('p', { class: 'now' }, '–');
  const hint = make('span', { class: 'hint' }, 'last hour');
  const place = make('div', { class: 'chart', 'aria-hidden': 'true' });
  byId('tiles').append(make('div', { class: 'tile' }, [make('h2', {}, [title, hint]), now, place]));
  const chart = new Chart(place, {
    axes: false,
    words,
    onPoint: (point) =>
      setText(hint, point === undefined ? 'last hour' : `${timeOfDay(point.atMs)} · ${words(point.value)}`),
  });
  return { quantity, words, now, chart };
}
