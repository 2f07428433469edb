/** One row of the list as elements that are used again for other rows. */

import { poolOf } from '../../control/condition.ts';
import { endpoint, titleOf } from '../../control/names.ts';
import type { Rates } from '../view/rates.ts';
import type { RealServerRow, Row, VirtualServerRow } from '../view/rows.ts';
import { bits, duration, short, took } from '../view/words.ts';
import { button, make, setAttribute, setText } from './dom.ts';
import { Spark } from './spark.ts';

export const columns = [
  { title: 'State', className: 'state' },
  { title: 'Server', className: 'name' },
  { title: 'Weight', className: 'number' },
  { title: 'Active', className: 'number' },
  { title: 'Inactive', className: 'number wide' },
  { title: 'Conn/s', className: 'number' },
  { title: 'Packets/s', className: 'number wide' },
  { title: 'Traffic', className: 'number' },
  { title: 'Check', className: 'number' },
  { title: 'Since', className: 'number' },
] as const;

export interface RowContext {
  readonly rates: Rates;
  readonly wallMs: number;
  /** Buttons are shown. */
  readonly actions: boolean;
  /** New connections a second in the last hour, of a virtual server by its key. */
  sparkOf(key: string): readonly (number | null)[] | undefined;
}

type Cells = readonly string[];

export class RowElement {
  readonly element: HTMLDivElement;
  readonly #cells: readonly HTMLElement[];
  readonly #dot = make('span', { class: 'dot', 'aria-hidden': 'true' });
  readonly #word = make('span');
  readonly #address = make('span', { class: 'address' });
  readonly #remark = make('span', { class: 'remark' });
  readonly #phone = make('div', { class: 'phone', 'aria-hidden': 'true' });
  readonly #spark = new Spark();
  readonly #act: HTMLButtonElement;
  readonly #action: HTMLElement;
  row: Row | undefined;

  constructor(onAct: (row: RealServerRow) => void) {
    this.#cells = columns.map(({ className }) => make('div', { class: className, role: 'gridcell' }));
    this.#cells[0]?.append(this.#dot, this.#word);
    this.#cells[1]?.append(this.#address, ' ', this.#remark);
    this.#act = button('Drain', () => this.row?.kind === 'real_server' && onAct(this.row), 'small');
    this.#act.tabIndex = -1;
    this.#action = make('div', { class: 'action', role: 'gridcell' }, [this.#act]);
    this.element = make('div', { role: 'row' }, [
      ...this.#cells,
      this.#spark.element,
      this.#action,
      this.#phone,
    ]);
  }

  show(row: Row, context: RowContext): void {
    this.row = row;
    const isServer = row.kind === 'virtual_server';
    const { level, why, word } = row.condition;
    const silent = !isServer && level === 'bad' && row.server.active === 0;
    setAttribute(
      this.element,
      'class',
      `row ${isServer ? 'virtual' : 'real'} ${level}${silent ? ' silent' : ''}`,
    );
    setAttribute(this.element, 'aria-level', isServer ? '1' : '2');
    if (isServer) setAttribute(this.element, 'aria-expanded', String(row.open));
    else this.element.removeAttribute('aria-expanded');
    setText(this.#word, word);
    setText(this.#address, isServer ? titleOf(row.server) : endpoint(row.server));
    const remark = isServer ? serverRemark(row) : why.join(' · ');
    setText(this.#remark, remark);
    setAttribute(this.element, 'title', [...why].join('\n'));
    const texts = isServer ? serverCells(row, context) : realCells(row, context);
    for (const [at, text] of texts.entries()) {
      const cell = this.#cells[at + 2];
      if (cell !== undefined) setText(cell, text);
    }
    for (const cell of this.#cells.slice(8)) cell.hidden = isServer;
    this.#spark.element.hidden = !isServer;
    this.#action.hidden = isServer;
    if (isServer) this.#spark.show(context.sparkOf(row.key));
    this.#showAction(row, context);
    setText(this.#phone, phoneLine(row, texts));
  }

  #showAction(row: Row, { actions }: RowContext): void {
    const shown = actions && row.kind === 'real_server' && canBeWeighed(row);
    this.#act.hidden = !shown;
    if (shown) setText(this.#act, row.server.weight_by_hand === undefined ? 'Drain' : 'Undrain');
  }
}

/** The sorry server and one that only leaves have no weight by hand. */
export function canBeWeighed({ server }: RealServerRow): boolean {
  return server.sorry !== true && server.since !== undefined;
}

function serverRemark({ condition, server }: VirtualServerRow): string {
  const { persistence, scheduler, one_packet: onePacket } = server;
  return [
    ...condition.why,
    scheduler,
    ...(persistence === undefined ? [] : [`persistent ${persistence.seconds} s`]),
    ...(onePacket === true ? ['one packet'] : []),
  ].join(' · ');
}

function serverCells({ key, server }: VirtualServerRow, { rates }: RowContext): Cells {
  const { all, up } = poolOf(server);
  const sum = (name: 'active' | 'inactive') =>
    server.destinations.reduce((total, one) => total + one[name], 0);
  return [`${up}/${all}`, short(sum('active')), short(sum('inactive')), ...rateCells(rates, key)];
}

function realCells({ key, server }: RealServerRow, { rates, wallMs }: RowContext): Cells {
  return [
    String(server.weight),
    short(server.active),
    short(server.inactive),
    ...rateCells(rates, key),
    server.latency_ms === undefined ? '' : took(server.latency_ms),
    server.since === undefined ? '' : duration(wallMs - Date.parse(server.since)),
  ];
}

function rateCells(rates: Rates, key: string): Cells {
  const rate = rates.of(key);
  return rate === undefined ? ['', '', ''] : [short(rate.connections), short(rate.packets), bits(rate.bytes)];
}

/** On a narrow screen the second line says what the columns say elsewhere; of what is wrong, why. */
function phoneLine(row: Row, cells: Cells): string {
  const [weight = '', active = '', , connections = '', , traffic = '', , since = ''] = cells;
  const { level, why } = row.condition;
  const wrong = row.kind === 'real_server' && (level === 'bad' || level === 'warning') ? why : [];
  if (level === 'bad' && wrong.length > 0 && active === '0') return [...wrong, `for ${since}`].join(' · ');
  const flow = [`${active} active`, ...(connections === '' ? [] : [`${connections} conn/s`, traffic])];
  const first = row.kind === 'virtual_server' ? `${weight} up` : `weight ${weight}`;
  return [...wrong, first, ...flow].join(' · ');
}
