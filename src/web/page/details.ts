/** What stands in the drawer: one virtual server with its hour, or one real server with its checks. */

import { realServerCondition, virtualServerCondition } from '../../control/condition.ts';
import { endpoint, keyOf, orderName, titleOf } from '../../control/names.ts';
import type { CheckStatus, DestinationStatus, Status, VirtualServerStatus } from '../../control/status.ts';
import type { HistoryAnswer } from '../history.ts';
import type { RealServerRow, Row } from '../view/rows.ts';
import { bits, duration, short, timeOfDay, took, whole, withUnit } from '../view/words.ts';
import { askToDrain, tell, weigh } from './actions.ts';
import { api } from './api.ts';
import { Chart, type Quantity } from './chart.ts';
import { browserClock } from './clock.ts';
import { button, byId, factList, make } from './dom.ts';
import { canBeWeighed } from './row_element.ts';

const AGAIN_MS = 2_000;
const SHOWN_RESULTS = 8;

const charts: readonly { title: string; quantity: Quantity; words: (value: number) => string }[] = [
  { title: 'New connections a second', quantity: 'connections', words: short },
  { title: 'Packets a second', quantity: 'packets', words: short },
  { title: 'Traffic from clients', quantity: 'bytes', words: bits },
  { title: 'Active connections', quantity: 'active', words: short },
];

export class Details {
  readonly #dialog = byId<HTMLDialogElement>('details');
  #row: Row | undefined;
  #charts: readonly { readonly quantity: Quantity; readonly chart: Chart }[] = [];
  #body = make('div');
  /** So that an answer to an earlier question changes nothing. */
  #looks = 0;
  actions = false;

  constructor() {
    this.#dialog.addEventListener('close', () => {
      this.#row = undefined;
      this.#looks++;
    });
    this.#dialog.addEventListener('click', (event) => {
      if (event.target === this.#dialog) this.#dialog.close();
    });
  }

  look(row: Row): void {
    this.#row = row;
    this.#body = make('div');
    const title = row.kind === 'virtual_server' ? titleOf(row.server) : endpoint(row.server);
    const head = make('div', { class: 'title' }, [
      make('h2', { id: 'details-title' }, title),
      button('Close', () => this.#dialog.close()),
    ]);
    this.#dialog.replaceChildren(head, this.#body);
    if (!this.#dialog.open) this.#dialog.showModal();
    this.#charts = [];
    if (row.kind === 'virtual_server') {
      this.#show(virtualServerParts(row.server));
      this.#makeCharts();
      void this.#showHistory(row.key);
    } else {
      const of = row.of;
      this.#show([
        ...this.#realServerParts(row, row.server),
        make('p', { class: 'part' }, 'Asking for its checks …'),
      ]);
      void this.#follow(row, of, ++this.#looks);
    }
  }

  /** Of the virtual server that is looked at, if one is. */
  get key(): string | undefined {
    return this.#row?.kind === 'virtual_server' ? this.#row.key : undefined;
  }

  showCharts(history: HistoryAnswer): void {
    const series = history.virtual_servers[this.key ?? ''];
    if (series !== undefined)
      for (const { chart, quantity } of this.#charts) chart.show(history, series[quantity]);
  }

  #show(parts: readonly HTMLElement[]): void {
    this.#body.replaceChildren(...parts);
  }

  #makeCharts(): void {
    this.#charts = charts.map(({ quantity, title, words }) => {
      const place = make('div', { class: 'big', role: 'img', 'aria-label': `${title}, last hour` });
      const hint = make('span');
      this.#body.append(make('div', { class: 'part' }, [make('h3', {}, [title, ' ', hint]), place]));
      const onPoint = (point?: { readonly atMs: number; readonly value: number }) => {
        hint.textContent = point === undefined ? '' : `· ${timeOfDay(point.atMs)} · ${words(point.value)}`;
      };
      return { quantity, chart: new Chart(place, { axes: true, words, onPoint }) };
    });
  }

  async #showHistory(key: string): Promise<void> {
    const history = await api.history([key]).catch(() => undefined);
    if (history !== undefined && this.key === key) this.showCharts(history);
  }

  /** Its checks, as long as somebody looks. */
  async #follow(row: RealServerRow, of: VirtualServerStatus, look: number): Promise<void> {
    try {
      const status = await api.details(orderName(of));
      if (look !== this.#looks || !this.#dialog.open) return;
      const server = find(status, row);
      // What is being typed or selected is left alone.
      const busy = this.#body.contains(document.activeElement) || !getSelection()?.isCollapsed;
      if (!busy || this.#body.querySelector('.checks') === null)
        this.#show(
          server === undefined
            ? [make('p', {}, 'It is not there any more.')]
            : [...this.#realServerParts(row, server), ...historyParts(server)],
        );
    } catch (error) {
      if (look !== this.#looks) return;
      this.#body.append(make('p', {}, error instanceof Error ? error.message : String(error)));
    }
    browserClock.setTimer(AGAIN_MS, () => look === this.#looks && void this.#follow(row, of, look));
  }

  #realServerParts(row: RealServerRow, server: DestinationStatus): HTMLElement[] {
    const { level, why, word } = realServerCondition(server);
    return [
      make('p', {}, [`Real server of ${titleOf(row.of)}`]),
      make('div', { class: `why ${level}` }, [
        make('strong', {}, word),
        ...why.map((text) => make('p', {}, text)),
      ]),
      factList([
        ['Weight', `${server.weight}${server.weight_by_hand === undefined ? '' : ' (by hand)'}`],
        ['Connections', `${whole(server.active)} active, ${whole(server.inactive)} inactive`],
        ['Persistence', `${whole(server.persistent)} templates`],
        [
          'Since it began',
          `${whole(server.connections)} connections, ${whole(server.packets)} packets, ${bytes(server)}`,
        ],
        ['Next hop', nexthop(server)],
        ...(server.upper_threshold === undefined
          ? []
          : [['Threshold', `${server.upper_threshold} connections`] as const]),
      ]),
      ...(this.actions && canBeWeighed({ ...row, server }) ? [weightForm({ ...row, server })] : []),
    ];
  }
}

function find(status: Status, { of, server }: RealServerRow): DestinationStatus | undefined {
  const found = status.virtual_servers.find((one) => keyOf(one) === keyOf(of));
  return found?.destinations.find(({ address }) => address === server.address);
}

function bytes({ bytes: count }: DestinationStatus): string {
  return withUnit(count, 'B');
}

function nexthop({ nexthop: way }: DestinationStatus): string {
  return way.kind === 'link' ? `${way.mac}` : way.kind === 'local' ? 'this director' : 'not known';
}

function virtualServerParts(server: VirtualServerStatus): HTMLElement[] {
  const { level, why, word } = virtualServerCondition(server);
  const { persistence, quorum, scheduler, scheduler_flags: flags = [] } = server;
  const needed = quorum === undefined ? 1 : quorum.quorum;
  return [
    make('div', { class: `why ${level}` }, [
      make('strong', {}, word),
      ...why.map((text) => make('p', {}, text)),
    ]),
    factList([
      ['Scheduler', [scheduler, ...flags].join(', ')],
      [
        'Persistence',
        persistence === undefined ? 'none' : `${persistence.seconds} s, ${persistence.netmask}`,
      ],
      ['Quorum', quorum === undefined ? `${needed}` : `${needed} (live real servers weigh ${quorum.weight})`],
      ['Since it began', `${whole(server.connections)} connections, ${whole(server.packets)} packets`],
    ]),
  ];
}

function weightForm(row: RealServerRow): HTMLElement {
  const { weight, weight_by_hand: byHand } = row.server;
  const limits = { type: 'number', required: '', min: '0', max: '65535' };
  const input = make('input', { ...limits, class: 'weight', 'aria-label': 'Weight' });
  // A server that is down weighs 0: to set that would drain it.
  if (weight > 0 || byHand !== undefined) input.value = String(weight);
  const form = make('form', {}, [
    button(byHand === undefined ? 'Drain …' : 'Undrain …', () => askToDrain(row)),
    input,
    make('button', { type: 'submit' }, 'Set weight'),
  ]);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    input.blur();
    weigh(row, input.valueAsNumber).catch((error: unknown) =>
      tell(error instanceof Error ? error.message : String(error), 'bad'),
    );
  });
  return form;
}

function historyParts({ checks = [], transitions = [] }: DestinationStatus): HTMLElement[] {
  return [
    ...checks.map(checkPart),
    make('div', { class: 'part checks' }, [
      make('h3', {}, 'Went up and down'),
      transitions.length === 0
        ? make('p', {}, 'Not since it is in the configuration')
        : table(
            transitions.map(({ at, up, why = '' }) => ({
              level: up ? 'good' : 'bad',
              cells: [timeOf(at), up ? 'up' : 'down', '', why],
            })),
          ),
    ]),
  ];
}

function checkPart({ kind, latency_ms: latency, results, up }: CheckStatus): HTMLElement {
  const taken =
    latency === undefined
      ? ''
      : ` · ${took(latency.min)} to ${took(latency.max)}, ${took(latency.avg)} on average`;
  return make('div', { class: `part ${up ? 'good' : 'bad'}` }, [
    make('h3', {}, `${kind} ${up ? 'passes' : 'fails'}${taken}`),
    table(
      results.slice(0, SHOWN_RESULTS).map(({ at, code, detail = '', latency_ms: ms }) => ({
        level: /OK$/.test(code) ? 'good' : 'bad',
        cells: [timeOf(at), code, took(ms), detail],
      })),
    ),
  ]);
}

function timeOf(at: string): string {
  const ageMs = browserClock.wallMs() - Date.parse(at);
  return ageMs > 20 * 3_600_000 ? `${duration(ageMs)} ago` : timeOfDay(at);
}

function table(
  rows: readonly { readonly level: string; readonly cells: readonly string[] }[],
): HTMLTableElement {
  const classes = ['', 'code', 'number', ''];
  return make('table', { class: 'results' }, [
    make(
      'tbody',
      {},
      rows.map(({ level, cells }) =>
        make(
          'tr',
          { class: level },
          cells.map((text, at) => make('td', { class: classes[at] ?? '' }, text)),
        ),
      ),
    ),
  ]);
}
