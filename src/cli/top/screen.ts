/** Pure: the state of `xlb top` as lines of a screen. */
import { pathOf } from '../../control/datapath.ts';
import type { Status } from '../../control/status.ts';
import { columns } from './columns.ts';
import { type Line, linesOf, selectedAt, type TopState } from './model.ts';
import { growth, printable, type Row, type Tone, totalOf } from './rows.ts';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export type Style = 'plain' | 'heading' | 'selected' | Exclude<Tone, 'good'>;

export interface ScreenLine {
  readonly text: string;
  readonly style: Style;
}

const KEYS = 's/S sort  / filter  Enter unfold  d drain  u undrain  Space pause  q quit';
/** Right of the name. */
const NUMBER_WIDTH = 6;
/** 'stands by', '9999/9999'. */
const STATE_WIDTH = 9;
const headings = ['WEIGHT', 'ACTIVE', 'INACT', 'CONN/S', 'PKT/S', 'BIT/S'] as const;
const NAME_LESS = 2 + 1 + STATE_WIDTH + headings.length * (NUMBER_WIDTH + 1);
const LEAST_NAME = 8;

/** Never wider or higher than `size`. */
export function topScreen(state: TopState, size: Size): ScreenLine[] {
  const { rows } = size;
  const lines = linesOf(state);
  const head = headOf(state, lines[selectedAt(state, lines)]?.row);
  const room = Math.max(1, rows - head.length - 2);
  const at = selectedAt(state, lines);
  // Around the selected one.
  const first = Math.max(0, Math.min(at - Math.trunc(room / 2), lines.length - room));
  const shown = lines
    .slice(first, first + room)
    .map((line, index) => listLine(line, first + index === at, size.columns));
  const screen = [...head, heading(size.columns), ...shown];
  const footer: ScreenLine = { text: footerOf(state, lines.length), style: 'plain' };
  const blank = Array.from({ length: Math.max(0, rows - screen.length - 1) }, () => plain(''));
  return [...screen, ...blank, footer]
    .slice(-rows)
    .map(({ text, style }) => ({ text: cut(text, size.columns), style }));
}

/** Everything at once, unfolded, for a file or a pipe. */
export function wholeScreen(state: TopState, width: number): string {
  const open = new Set(state.rows.map(({ id }) => id));
  const all = { ...state, open };
  const lines = linesOf(all).map((line) => listLine(line, false, width));
  return [...headOf(all), heading(width), ...lines].map(({ text }) => cut(text, width).trimEnd()).join('\n');
}

function headOf(state: TopState, selected?: Row): ScreenLine[] {
  const { now } = state;
  if (now === undefined) return [plain(state.silence ?? 'Asking the daemon')];
  const { status, wallMs } = now;
  const up = duration(wallMs - Date.parse(status.since));
  const title = `xlb ${status.version}, instance ${status.instance}, up ${up}, ${clockTime(wallMs)} UTC`;
  return [
    { text: printable(title), style: 'heading' },
    ...routers(status),
    dataPath(status),
    totals(state),
    view(state, selected),
  ];
}

function routers({ vrrp, vrrp_instances: instances }: Status): ScreenLine[] {
  if (!vrrp) return [{ text: 'VRRP: its worker is being restarted; addresses stay', style: 'bad' }];
  if (instances.length === 0) return [];
  const texts = instances.map(({ master, name, rival, state }) => {
    const whose = state === 'BACKUP' && master !== undefined ? ` of ${master.address}` : '';
    return `${name} ${state}${whose}${rival === undefined ? '' : ` AND SO IS ${rival.address}`}`;
  });
  const bad = instances.some(({ rival, state }) => rival !== undefined || state === 'FAULT');
  // What is wrong must not fall off the end of the line.
  const order = (text: string) => (/FAULT| AND SO /.test(text) ? 0 : 1);
  const sorted = texts.toSorted((left, right) => order(left) - order(right));
  return [{ text: printable(`VRRP: ${sorted.join(', ')}`), style: bad ? 'bad' : 'plain' }];
}

function dataPath({ dataplane, flows, interfaces }: Status): ScreenLine {
  if (!dataplane)
    return { text: 'Data path: its worker is being restarted; forwarding goes on', style: 'bad' };
  const paths = interfaces.map(({ af_xdp: sockets, mode, name }) => `${name} ${pathOf(mode, sockets)}`);
  const where = paths.length === 0 ? 'no interface' : paths.join(', ');
  return plain(printable(`Data path: ${where}; flows ${human(flows.used)} of ${human(flows.slots)} slots`));
}

/** All virtual servers together, and what is lost. */
function totals({ before, now, rows }: TopState): ScreenLine {
  const { bits, connections, packets } = totalOf(rows);
  const seconds = before === undefined || now === undefined ? 0 : (now.atMs - before.atMs) / 1000;
  const [is, was] = [now?.status, before?.status];
  const losses = [
    ...growth(is?.drops, was?.drops, seconds),
    ...growth({ evicted: is?.flows.evicted ?? 0 }, { evicted: was?.flows.evicted ?? 0 }, seconds),
    ...growth(is?.af_xdp, was?.af_xdp, seconds).filter(
      ([name]) => !/handed_back|sent_slowly|held/.test(name),
    ),
  ].map(([name, rate]) => `${name} ${human(rate)}/s`);
  const lost = losses.length === 0 ? 'nothing lost' : `LOST ${losses.join(', ')}`;
  const all = `${human(connections)} conn/s, ${human(packets)} pkt/s, ${human(bits)} bit/s`;
  return { text: `Total: ${all}; ${lost}`, style: losses.length === 0 ? 'plain' : 'bad' };
}

/** How it is listed, and why the selected row is as it is. */
function view({ filter, paused, reversed, silence, sort }: TopState, selected?: Row): ScreenLine {
  const text = [
    `sorted by ${columns[sort]}${reversed ? ', reversed' : ''}`,
    ...(filter === '' ? [] : [`only "${filter}"`]),
    ...(paused ? ['PAUSED'] : []),
    ...(silence === undefined ? [] : [`NO ANSWER: ${silence}`]),
    ...(selected === undefined || selected.why === '' ? [] : [`${selected.name}: ${selected.why}`]),
  ].join('; ');
  return { text: printable(text), style: silence === undefined ? 'plain' : 'bad' };
}

function heading(width: number): ScreenLine {
  const name = 'VIRTUAL AND REAL SERVERS'.padEnd(nameWidth(width)).slice(0, nameWidth(width));
  const numbers = headings.map((text) => text.padStart(NUMBER_WIDTH)).join(' ');
  return { text: `  ${name} ${'STATE'.padEnd(STATE_WIDTH)} ${numbers}`, style: 'heading' };
}

function listLine({ member, open, row }: Line, isSelected: boolean, width: number): ScreenLine {
  const sign = member !== undefined ? '  ' : open ? '- ' : '+ ';
  const name = elided(`${sign}${row.name}`, nameWidth(width) + 1);
  const numbers = [row.weight, row.active, row.inactive, row.connections, row.packets, row.bits];
  const cells = numbers.map((value, at) =>
    (at === 0 && value === undefined ? '' : human(value)).padStart(NUMBER_WIDTH),
  );
  const text = `${isSelected ? '>' : ' '}${name} ${row.state.padEnd(STATE_WIDTH)} ${cells.join(' ')}`;
  return { text, style: isSelected ? 'selected' : row.tone === 'good' ? 'plain' : row.tone };
}

function footerOf({ filter, message, mode, now }: TopState, lines: number): string {
  switch (mode.kind) {
    case 'filter':
      return `Filter: ${printable(filter)}_  (Enter keeps it, Escape does not)`;
    case 'confirm':
      return `Drain ${mode.member.name} of ${printable(mode.member.virtualServer)}: no new connections? y/n`;
    case 'list':
      if (message !== undefined) return printable(message);
      if (lines > 0 || now === undefined) return KEYS;
      return filter === ''
        ? 'There is no virtual server.  q quit'
        : 'Nothing fits the filter.  / filter  q quit';
  }
}

function nameWidth(width: number): number {
  return Math.max(LEAST_NAME, width - NAME_LESS);
}

/** As wide as `width`; where it is longer, the middle is left out: both ends of an address tell it from others. */
function elided(text: string, width: number): string {
  if (text.length <= width) return text.padEnd(width);
  const end = Math.trunc((width - 1) / 2);
  return `${text.slice(0, width - 1 - end)}~${text.slice(text.length - end)}`;
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}~`;
}

const units = ['', 'k', 'M', 'G', 'T', 'P'];

/** 0, 0.5, 12, 999, 1.2k, 12k, 123k, 1.2M; '-' where it is not known. */
export function human(value: number | undefined): string {
  if (value === undefined) return '-';
  let [left, unit] = [value, 0];
  while (left >= 999.5 && unit < units.length - 1) {
    left /= 1000;
    unit++;
  }
  const short = left < 9.95 && !Number.isInteger(left);
  return `${short ? left.toFixed(1) : Math.round(left)}${units[unit]}`;
}

/** '3d 04:05:06', '04:05:06'. */
function duration(ms: number): string {
  const seconds = Math.max(0, Math.trunc(ms / 1000));
  const days = Math.trunc(seconds / 86_400);
  return `${days === 0 ? '' : `${days}d `}${clockTime((seconds % 86_400) * 1000)}`;
}

function clockTime(ms: number): string {
  return new Date(ms).toISOString().slice(11, 19);
}

function plain(text: string): ScreenLine {
  return { text, style: 'plain' };
}
