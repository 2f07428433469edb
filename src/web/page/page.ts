/** The status page: what the director says, on the screen. Connects the parts, which do not know one another. */
import type { Status } from '../../control/status.ts';
import { Rates } from '../view/rates.ts';
import { rowsOf } from '../view/rows.ts';
import { Seldom } from '../view/seldom.ts';
import { summarize } from '../view/summary.ts';
import { duration } from '../view/words.ts';
import { askForToken, askToDrain } from './actions.ts';
import { api, type Session, token } from './api.ts';
import { Events, showAside } from './aside.ts';
import { browserClock as clock } from './clock.ts';
import { Details } from './details.ts';
import { byId, setAttribute, setText } from './dom.ts';
import { List } from './list.ts';
import { type Feed, Live } from './live.ts';
import { startTheme } from './theme.ts';
import { Tiles } from './tiles.ts';

const HISTORY_MS = 10_000;
const ASK_AGAIN_MS = 1_000;
/** Older than that, what is shown is called old. */
const STALE_MS = 8_000;
/** At a time: so many names fit into one question. */
const MOST_SPARKS = 24;

let status: Status | undefined;
let statusAtMs = 0;
let session: Session = { actions: false, token: false };
let feed: Feed = 'connecting';
let reason = '';
let onlyProblems = false;
const rates = new Rates();
const open = new Map<string, boolean>();
const sparks = new Map<string, readonly (number | null)[]>();
/** When the hour of a virtual server was asked for last. */
const asked = new Map<string, number>();

const search = byId<HTMLInputElement>('search');
const tiles = new Tiles();
const events = new Events();
/** A storm leaves some out ten times a second. */
const eventsLeftOut = new Seldom(clock, ASK_AGAIN_MS, () => void showEvents());
const details = new Details();
const list = new List({
  onFold: (key, wanted) => {
    open.set(key, wanted);
    showList();
  },
  onLook: (row) => details.look(row),
  onAct: askToDrain,
});
const live = new Live({
  clock,
  onStatus: (next) => {
    status = next;
    statusAtMs = clock.nowMs();
    rates.take(next, statusAtMs);
    showAll(next);
  },
  onEvent: (event) => events.add(event),
  onEventsLeftOut: () => eventsLeftOut.wish(),
  onFeed: (next, why) => {
    const wasRefused = feed === 'refused';
    // What happened meanwhile was told to nobody here.
    if (next === 'live' && (feed === 'polling' || feed === 'silent')) void showEvents();
    feed = next;
    reason = why;
    showFeed();
    if (feed !== 'refused' || wasRefused) return;
    askForToken(
      token.get() === '' ? 'This director answers only with one' : 'That was not the right one',
      begin,
    );
  },
});

function showAll(now: Status): void {
  const { level, text } = summarize(now);
  setText(byId('summary-text'), text);
  setAttribute(byId('top'), 'class', `top ${level}`);
  document.title = `${level === 'good' ? '' : '⚠ '}${text} – xlb ${now.instance}`;
  setText(
    byId('instance'),
    now.instance === 'default' ? location.hostname : `${now.instance} on ${location.hostname}`,
  );
  tiles.showNow(now, rates);
  showAside(now, clock.wallMs());
  showFeed();
  showList();
}

function showList(): void {
  if (status === undefined) return;
  const rows = rowsOf(status, { search: search.value, onlyProblems, open });
  list.show(rows, {
    rates,
    wallMs: clock.wallMs(),
    actions: session.actions,
    sparkOf: (key) => sparks.get(key),
  });
  for (const id of ['list', 'head']) byId(id).classList.toggle('acts', session.actions);
  const servers = rows.filter(({ kind }) => kind === 'virtual_server').length;
  const all = status.virtual_servers.length;
  setText(byId('shown'), servers === all ? '' : `${servers} of ${all} virtual servers`);
  byId('nothing').hidden = rows.length > 0;
  if (list.visibleServers().some((key) => !asked.has(key))) void showHistory();
  setText(byId('nothing'), onlyProblems && search.value === '' ? 'Nothing is wrong.' : 'Nothing fits.');
  setText(
    byId('fold'),
    rows.some((row) => row.kind === 'virtual_server' && row.open) ? 'Close all' : 'Open all',
  );
}

const feedWords: Readonly<Record<Feed, string>> = {
  connecting: 'connecting',
  live: 'live',
  polling: 'every 2 s',
  silent: 'no answer',
  refused: 'token needed',
};
const feedLevels: Readonly<Record<Feed, string>> = {
  connecting: 'idle',
  live: 'live good',
  polling: 'warning',
  silent: 'bad',
  refused: 'bad',
};

/** What is old must not look like what is now. */
function showFeed(): void {
  const ageMs = clock.nowMs() - statusAtMs;
  // Whoever looks again after a while asks first.
  const stale = status !== undefined && ageMs > STALE_MS && feed !== 'connecting';
  setAttribute(byId('feed'), 'class', `feed ${feedLevels[feed]}`);
  setText(byId('feed-text'), feedWords[feed]);
  byId('unlock').hidden = !session.token && token.get() === '' && feed !== 'refused';
  document.body.classList.toggle('stale', stale);
  const why = reason === '' ? 'The director does not answer' : reason;
  const banner = byId('banner');
  banner.hidden = !stale && feed !== 'silent' && feed !== 'refused';
  const old = status === undefined ? '' : `: what you see is ${duration(ageMs)} old`;
  // What it said last is no answer to how it is now.
  if (!banner.hidden) setText(banner, `${why}${stale ? old : ''}`);
  if (stale) setAttribute(byId('top'), 'class', 'top bad');
  if (status === undefined && !banner.hidden) setText(byId('summary-text'), why);
}

async function showHistory(): Promise<void> {
  const looked = details.key === undefined ? [] : [details.key];
  const oldestFirst = list.visibleServers().sort((a, b) => (asked.get(a) ?? 0) - (asked.get(b) ?? 0));
  const names = [...new Set([...looked, ...oldestFirst])].slice(0, MOST_SPARKS);
  for (const name of names) asked.set(name, clock.nowMs());
  const history = await api.history(names).catch(() => undefined);
  if (history === undefined) return;
  tiles.showHistory(history);
  details.showCharts(history);
  for (const [name, { connections }] of Object.entries(history.virtual_servers))
    sparks.set(name, connections);
  showList();
}

async function showSession(): Promise<void> {
  session = await api.session().catch(() => ({ actions: false, token: false }));
  details.actions = session.actions;
  showList();
}

async function showEvents(): Promise<void> {
  const question = events.ask();
  events.answer(question, await api.events().catch(() => undefined));
}

/** Anew: at the start, with another token, and when somebody looks again. */
function begin(): void {
  live.pause();
  live.start();
  void showSession();
  void showEvents();
  void showHistory();
}

function every(ms: number, run: () => void): void {
  clock.setTimer(ms, () => {
    if (!document.hidden) run();
    every(ms, run);
  });
}

search.addEventListener('input', showList);
search.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && search.value !== '') {
    search.value = '';
    showList();
  } else if (event.key === 'Enter' || event.key === 'ArrowDown') byId('list').focus();
  else return;
  event.preventDefault();
});
addEventListener('keydown', (event) => {
  if (event.key !== '/' || event.target instanceof HTMLInputElement || document.querySelector('dialog[open]'))
    return;
  event.preventDefault();
  search.focus();
  search.select();
});
byId('problems').addEventListener('click', () => {
  onlyProblems = !onlyProblems;
  byId('problems').setAttribute('aria-pressed', String(onlyProblems));
  showList();
});
byId('fold').addEventListener('click', () => {
  if (status === undefined) return;
  const rows = rowsOf(status, { search: search.value, onlyProblems, open });
  const wanted = !rows.some((row) => row.kind === 'virtual_server' && row.open);
  for (const row of rows) if (row.kind === 'virtual_server') open.set(row.key, wanted);
  showList();
});
byId('unlock').addEventListener('click', () => askForToken('', begin));
document.addEventListener('visibilitychange', () => {
  if (document.hidden) live.pause();
  else begin();
});
new ResizeObserver(([top]) =>
  document.documentElement.style.setProperty('--top', `${top?.target.clientHeight ?? 0}px`),
).observe(byId('top'));
startTheme(() => {
  tiles.redraw();
  void showHistory();
});
every(1_000, showFeed);
every(HISTORY_MS, () => void showHistory());
begin();
