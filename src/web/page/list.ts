/**
 * The virtual servers and their real servers. Only the rows that are on the screen exist, whatever the director has:
 * ten thousand real servers cost as much as thirty. Keys work on the whole list, with one active row.
 */
import type { RealServerRow, Row } from '../view/rows.ts';
import { byId, make, setAttribute } from './dom.ts';
import { columns, type RowContext, RowElement } from './row_element.ts';

export interface ListShell {
  /** Opened, closed, looked at, drained. */
  onFold(key: string, open: boolean): void;
  onLook(row: Row): void;
  onAct(row: RealServerRow): void;
}

/** Rows beyond the edges of the screen, so that scrolling shows no holes. */
const BEYOND_PX = 300;

export class List {
  readonly #shell: ListShell;
  readonly #element = byId('list');
  #pool: RowElement[] = [];
  #rows: readonly Row[] = [];
  /** Of each row, and the end of the last one. */
  #tops: number[] = [0];
  #context: RowContext | undefined;
  #activeKey: string | undefined;
  #asked = false;

  constructor(shell: ListShell) {
    this.#shell = shell;
    byId('head').append(...columns.map(({ title, className }) => make('div', { class: className }, title)));
    this.#element.addEventListener('keydown', (event) => this.#key(event));
    this.#element.addEventListener('click', (event) => this.#click(event));
    this.#element.addEventListener('focus', () => this.#activate(this.#activeKey ?? this.#rows[0]?.key));
    for (const name of ['scroll', 'resize'])
      addEventListener(name, () => this.#renderSoon(), { passive: true });
  }

  show(rows: readonly Row[], context: RowContext): void {
    this.#rows = rows;
    this.#context = context;
    this.#measure();
    setAttribute(this.#element, 'aria-rowcount', String(rows.length));
    this.#render();
  }

  /** Of the virtual servers whose rows are on the screen. */
  visibleServers(): string[] {
    return this.#pool.flatMap(({ row }) => (row?.kind === 'virtual_server' ? row.key : []));
  }

  #measure(): void {
    const style = getComputedStyle(document.documentElement);
    const height = (name: string) => Number.parseFloat(style.getPropertyValue(name)) || 30;
    const [server, real] = [height('--server-row'), height('--real-row')];
    const tops = [0];
    let end = 0;
    for (const { kind } of this.#rows) {
      end += kind === 'virtual_server' ? server : real;
      tops.push(end);
    }
    this.#tops = tops;
    this.#element.style.height = `${end}px`;
  }

  #renderSoon(): void {
    if (this.#asked) return;
    this.#asked = true;
    requestAnimationFrame(() => {
      this.#asked = false;
      this.#measure();
      this.#render();
    });
  }

  #render(): void {
    const context = this.#context;
    if (context === undefined) return;
    const above = this.#element.getBoundingClientRect().top;
    const first = Math.max(0, this.#rowAt(-above - BEYOND_PX));
    const last = Math.min(this.#rows.length, this.#rowAt(-above + innerHeight + BEYOND_PX) + 1);
    const shown = this.#rows.slice(first, last);
    while (this.#pool.length < shown.length) {
      const made = new RowElement((row) => this.#shell.onAct(row));
      made.element.id = `row-${this.#pool.length}`;
      this.#pool.push(made);
      this.#element.append(made.element);
    }
    for (const spare of this.#pool.splice(shown.length)) spare.element.remove();
    let activeId = '';
    for (const [at, row] of shown.entries()) {
      const one = this.#pool[at];
      if (one === undefined) continue;
      one.show(row, context);
      one.element.style.transform = `translateY(${this.#tops[first + at] ?? 0}px)`;
      setAttribute(one.element, 'aria-rowindex', String(first + at + 1));
      const active = row.key === this.#activeKey;
      one.element.classList.toggle('active', active);
      if (active) activeId = one.element.id;
    }
    setAttribute(this.#element, 'aria-activedescendant', activeId);
  }

  /** Which row is this far below the list's top. */
  #rowAt(px: number): number {
    let low = 0;
    let high = this.#rows.length;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#tops[middle] ?? 0) <= px) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #click(event: MouseEvent): void {
    const row = this.#pool.find(({ element }) => element.contains(event.target as Node))?.row;
    if (row === undefined) return;
    this.#activate(row.key);
    const onState = (event.target as Element).closest('.state') !== null;
    if (row.kind === 'virtual_server' && onState) this.#shell.onFold(row.key, !row.open);
    else this.#shell.onLook(row);
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = this.#rows.findIndex(({ key }) => key === this.#activeKey);
    const row = this.#rows[at];
    const page = Math.max(1, Math.floor(innerHeight / 60));
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: at + 1,
      j: at + 1,
      ArrowUp: at - 1,
      k: at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: this.#rows.length - 1,
    };
    const to = moves[event.key];
    if (to !== undefined) this.#moveTo(Math.min(this.#rows.length - 1, Math.max(0, to)));
    else if (row === undefined) return;
    else if (event.key === 'Enter') this.#shell.onLook(row);
    else if (row.kind === 'virtual_server' && ['ArrowRight', 'ArrowLeft', ' '].includes(event.key))
      this.#shell.onFold(row.key, event.key === ' ' ? !row.open : event.key === 'ArrowRight');
    else if (event.key === 'ArrowLeft')
      this.#moveTo(this.#rows.findLastIndex(({ kind }, index) => index < at && kind === 'virtual_server'));
    else return;
    event.preventDefault();
  }

  #moveTo(at: number): void {
    const row = this.#rows[at];
    if (row === undefined) return;
    const top = this.#element.getBoundingClientRect().top + (this.#tops[at] ?? 0);
    const bottom = this.#element.getBoundingClientRect().top + (this.#tops[at + 1] ?? 0);
    const under = byId('top').offsetHeight + byId('head').offsetHeight;
    if (top < under) scrollBy(0, top - under);
    else if (bottom > innerHeight) scrollBy(0, bottom - innerHeight);
    this.#activate(row.key);
  }

  #activate(key: string | undefined): void {
    this.#activeKey = key;
    this.#render();
  }
}
