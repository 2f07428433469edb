/** Pure: `xlb top` as a function of its state and what comes: an answer of the daemon, or a key. */
import type { WeightOrder } from '../../control/weight.ts';
import { type Column, columnNames } from './columns.ts';
import { type MemberRow, type Row, rowsOf, type Sample, type ServerRow } from './rows.ts';

/** What the keys do at the moment. */
type Mode =
  | { readonly kind: 'list' }
  | { readonly kind: 'filter'; readonly before: string }
  | { readonly kind: 'confirm'; readonly member: MemberRow };

export interface TopState {
  readonly now: Sample | undefined;
  readonly before: Sample | undefined;
  readonly rows: readonly ServerRow[];
  /** Why no newer answer came. */
  readonly silence: string | undefined;
  readonly sort: Column;
  readonly reversed: boolean;
  readonly filter: string;
  readonly mode: Mode;
  /** Virtual servers whose real servers are shown, by id. */
  readonly open: ReadonlySet<string>;
  /** The id of a row; the first one, whichever that is, until another was chosen. */
  readonly selected: string | undefined;
  readonly paused: boolean;
  readonly message: string | undefined;
}

/** A key, in the words of node:readline. */
export interface Key {
  readonly name?: string | undefined;
  /** What it types. */
  readonly text?: string | undefined;
  readonly ctrl?: boolean;
}

export type TopEvent =
  | { readonly kind: 'sample'; readonly sample: Sample }
  | { readonly kind: 'silence'; readonly why: string }
  /** What became of a weight. */
  | { readonly kind: 'told'; readonly text: string }
  | { readonly kind: 'key'; readonly key: Key };

export type TopAction = { readonly do: 'quit' } | { readonly do: 'weigh'; readonly order: WeightOrder };

export interface TopStep {
  readonly state: TopState;
  readonly action?: TopAction;
}

export function startTop({ sort = 'connections' as Column, filter = '' } = {}): TopState {
  return {
    now: undefined,
    before: undefined,
    rows: [],
    silence: undefined,
    sort,
    reversed: false,
    filter,
    mode: { kind: 'list' },
    open: new Set(),
    selected: undefined,
    paused: false,
    message: undefined,
  };
}

export function stepTop(state: TopState, event: TopEvent): TopStep {
  switch (event.kind) {
    case 'sample':
      return { state: state.paused ? state : withSample(state, event.sample) };
    case 'silence':
      return { state: { ...state, silence: event.why } };
    case 'told':
      return { state: { ...state, message: event.text } };
    case 'key':
      return pressed({ ...state, message: undefined }, event.key);
  }
}

/** A row as it stands on the screen; `server`: the virtual server that it is, or belongs to. */
export interface Line {
  readonly row: Row;
  readonly server: ServerRow;
  readonly member?: MemberRow;
  readonly open: boolean;
}

/** Everything that is listed, sorted, from the first line on. */
export function linesOf({ rows, filter, open, reversed, sort }: TopState): Line[] {
  const wanted = filter.toLowerCase();
  const fits = ({ name }: Row) => name.toLowerCase().includes(wanted);
  return sorted(rows, sort, reversed).flatMap((server): Line[] => {
    const found = wanted === '' || fits(server) ? server.members : server.members.filter(fits);
    // What only some of its real servers fit to is shown with them.
    const narrowed = found.length < server.members.length;
    if (narrowed && found.length === 0) return [];
    const isOpen = narrowed || open.has(server.id);
    const members = isOpen ? sorted(found, sort, reversed) : [];
    return [
      { row: server, server, open: isOpen },
      ...members.map((member) => ({ row: member, server, member, open: false })),
    ];
  });
}

function withSample(state: TopState, sample: Sample): TopState {
  // A daemon that was started again may count anew: what it counted before says nothing.
  const same = state.now?.status.since === sample.status.since && state.now.status.dataplane;
  const before = same && sample.status.dataplane ? state.now : undefined;
  const next = { ...state, before, now: sample, rows: rowsOf(sample, before), silence: undefined };
  return { ...next, selected: stillThere(state, linesOf(next)) };
}

/** The row that was selected; where it is gone, the one that has its place. */
function stillThere(state: TopState, lines: readonly Line[]): string | undefined {
  const { selected } = state;
  if (selected === undefined || lines.some(({ row }) => row.id === selected)) return selected;
  return lines[Math.min(selectedAt(state, linesOf(state)), lines.length - 1)]?.row.id;
}

function pressed(state: TopState, key: Key): TopStep {
  if (key.ctrl === true && (key.name === 'c' || key.name === 'd')) return { state, action: { do: 'quit' } };
  switch (state.mode.kind) {
    case 'list':
      return pressedInList(state, key);
    case 'filter':
      return { state: typed(state, state.mode.before, key) };
    case 'confirm':
      return confirmed(state, state.mode.member, key);
  }
}

function pressedInList(state: TopState, { name, text }: Key): TopStep {
  switch (text === 'S' || text === '/' || text === '?' ? text : name) {
    case 'q':
      return { state, action: { do: 'quit' } };
    case 's':
      return {
        state: {
          ...state,
          sort: columnNames[(columnNames.indexOf(state.sort) + 1) % columnNames.length] ?? 'file',
        },
      };
    case 'S':
      return { state: { ...state, reversed: !state.reversed } };
    case '/':
      return { state: { ...state, mode: { kind: 'filter', before: state.filter } } };
    case 'space':
      return { state: { ...state, paused: !state.paused } };
    case 'up':
    case 'k':
      return { state: moved(state, -1) };
    case 'down':
    case 'j':
      return { state: moved(state, 1) };
    case 'pageup':
      return { state: moved(state, -10) };
    case 'pagedown':
      return { state: moved(state, 10) };
    case 'home':
    case 'g':
      return { state: moved(state, Number.NEGATIVE_INFINITY) };
    case 'end':
      return { state: moved(state, Number.POSITIVE_INFINITY) };
    case 'return':
    case 'enter':
      return { state: unfolded(state) };
    case 'd':
      return { state: asked(state) };
    case 'u':
      return undrained(state);
    default: // tidy: any other key of a keyboard does nothing
      return { state };
  }
}

/** Where the selected row is among `lines`; 0 where there are none. */
export function selectedAt({ selected }: TopState, lines: readonly Line[]): number {
  return Math.max(
    0,
    lines.findIndex(({ row }) => row.id === selected),
  );
}

function selectedLine(state: TopState): Line | undefined {
  const lines = linesOf(state);
  return lines[selectedAt(state, lines)];
}

function moved(state: TopState, by: number): TopState {
  const lines = linesOf(state);
  const next = Math.min(Math.max(selectedAt(state, lines) + by, 0), lines.length - 1);
  return { ...state, selected: lines[next]?.row.id };
}

/** Of a real server: its virtual server folds. */
function unfolded(state: TopState): TopState {
  const line = selectedLine(state);
  if (line === undefined) return state;
  const { id } = line.server;
  const open = new Set(state.open);
  if (!open.delete(id)) open.add(id);
  return { ...state, open, selected: id };
}

const SELECT_FIRST = 'Select a real server first: Enter unfolds a virtual server';

function asked(state: TopState): TopState {
  const member = selectedLine(state)?.member;
  if (member === undefined) return { ...state, message: SELECT_FIRST };
  if (!member.canDrain)
    return { ...state, message: `${member.name} is not a real server of the configuration` };
  if (member.drained) return { ...state, message: `${member.name} is drained already: u undoes it` };
  return { ...state, mode: { kind: 'confirm', member } };
}

function confirmed(state: TopState, { realServer, virtualServer }: MemberRow, { name }: Key): TopStep {
  const listed: TopState = { ...state, mode: { kind: 'list' } };
  if (name !== 'y') return { state: { ...listed, message: 'Not drained' } };
  return { state: listed, action: { do: 'weigh', order: { virtualServer, realServer, weight: 0 } } };
}

function undrained(state: TopState): TopStep {
  const member = selectedLine(state)?.member;
  if (member === undefined) return { state: { ...state, message: SELECT_FIRST } };
  const { realServer, virtualServer } = member;
  return { state, action: { do: 'weigh', order: { virtualServer, realServer, weight: null } } };
}

/** Into the filter: Enter keeps it, Escape has the one before again. */
function typed(state: TopState, before: string, { ctrl, name, text = '' }: Key): TopState {
  const list: TopState = { ...state, mode: { kind: 'list' } };
  if (name === 'return' || name === 'enter') return refiltered(list, state.filter);
  if (name === 'escape') return refiltered(list, before);
  if (name === 'backspace') return refiltered(state, state.filter.slice(0, -1));
  if (ctrl === true && name === 'u') return refiltered(state, '');
  if (ctrl === true || text.length !== 1 || /\p{C}/u.test(text)) return state;
  return refiltered(state, state.filter + text);
}

function refiltered(state: TopState, filter: string): TopState {
  const next = { ...state, filter };
  return { ...next, selected: stillThere(state, linesOf(next)) };
}

/** Numbers: the highest first; names and states as a dictionary has them. Equals stay in the configuration's order. */
function sorted<One extends Row>(rows: readonly One[], sort: Column, reversed: boolean): One[] {
  if (sort === 'file') return reversed ? rows.toReversed() : [...rows];
  const way = reversed ? -1 : 1;
  if (sort === 'name' || sort === 'state')
    return rows.toSorted((left, right) => way * compareText(left[sort], right[sort]));
  return rows.toSorted((left, right) => way * ((right[sort] ?? 0) - (left[sort] ?? 0)));
}

/** 10.0.0.9 before 10.0.0.10. */
function compareText(left: string, right: string): number {
  return collator.compare(left, right);
}

const collator = new Intl.Collator('en', { numeric: true });
