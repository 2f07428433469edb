/** VRRP, BFD, the data path and events, beside the list. */

import type { Level } from '../../control/condition.ts';
import type { BfdSessionStatus, InterfaceStatus, Status, VrrpInstanceStatus } from '../../control/status.ts';
import { type EventLine, EventLog, type EventQuestion } from '../view/event_log.ts';
import { losingVerdicts } from '../view/verdicts.ts';
import { duration, timeOfDay, whole } from '../view/words.ts';
import { byId, factList, make } from './dom.ts';

interface Item {
  readonly level: Level;
  readonly what: string;
  readonly role: string;
  readonly more: readonly string[];
  readonly trouble?: readonly string[];
}

export function showAside(status: Status, wallMs: number): void {
  const routers = status.vrrp_instances.map(routerItem);
  replace(
    'vrrp',
    routers.length > 0
      ? routers.map(itemElement)
      : [nothing(status.vrrp ? 'No vrrp_instance' : 'Being restarted')],
  );
  const { bfd_sessions: sessions = [] } = status;
  byId('bfd-section').hidden = sessions.length === 0;
  replace(
    'bfd',
    sessions.map((one) => itemElement(sessionItem(one, wallMs))),
  );
  replace('path', dataPath(status, wallMs));
}

/** Only where something differs: a selection in it stays. */
function replace(id: string, children: readonly HTMLElement[]): void {
  const place = byId(id);
  const wanted = make('div', {}, children);
  if (place.isEqualNode(sameId(wanted, id))) return;
  place.replaceChildren(...wanted.childNodes);
}

function sameId(element: HTMLElement, id: string): HTMLElement {
  element.id = id;
  return element;
}

function nothing(text: string): HTMLElement {
  return make('p', { class: 'more' }, text);
}

function itemElement({ level, more, role, trouble = [], what }: Item): HTMLElement {
  return make('div', { class: `item ${level}` }, [
    make('span', { class: 'dot', 'aria-hidden': 'true' }),
    make('span', { class: 'what' }, what),
    make('span', { class: 'role' }, role),
    ...more.map((text) => make('p', { class: 'more' }, text)),
    ...trouble.map((text) => make('p', { class: 'more trouble' }, text)),
  ]);
}

const roleLevels: Readonly<Record<VrrpInstanceStatus['state'], Level>> = {
  MASTER: 'good',
  BACKUP: 'idle',
  INIT: 'warning',
  FAULT: 'bad',
};

function routerItem(router: VrrpInstanceStatus): Item {
  const { addresses, faults = [], leaving, master, name, priority, rival, state, untracked = [] } = router;
  const whom =
    state === 'MASTER' || master === undefined ? '' : ` · master ${master.address} (${master.priority})`;
  return {
    level: rival === undefined ? roleLevels[state] : 'bad',
    what: name,
    role: leaving === true ? `${state}, leaving` : state,
    more: [
      `${router.interface} · VRID ${router.virtual_router_id} · priority ${priority}${whom}`,
      ...(addresses.length === 0 ? [] : [few(addresses)]),
    ],
    trouble: [
      ...faults,
      ...untracked,
      ...(rival === undefined ? [] : [`Two masters: ${rival.address} (${rival.priority}) is one as well`]),
    ],
  };
}

function few(texts: readonly string[]): string {
  const more = texts.length - 4;
  return `${texts.slice(0, 4).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function sessionItem(session: BfdSessionStatus, wallMs: number): Item {
  const {
    detection_time_ms: ms,
    diagnostic,
    neighbor,
    remote_state: remote,
    since,
    state,
    trouble,
  } = session;
  const detects = ms === undefined ? [] : [`detects within ${ms} ms`];
  return {
    level: state === 'Up' ? 'good' : state === 'AdminDown' ? 'idle' : 'bad',
    what: session.name,
    role: state,
    more: [[neighbor, ...detects, `since ${duration(wallMs - Date.parse(since))}`].join(' · ')],
    trouble: [
      ...(state === 'Up'
        ? []
        : [`The neighbour says ${remote}${diagnostic === undefined ? '' : `: ${diagnostic}`}`]),
      ...(trouble === undefined ? [] : [trouble]),
    ],
  };
}

function interfaceItem({ name, mode, reason, af_xdp: sockets }: InterfaceStatus): Item {
  const copies = sockets?.zero_copy === true ? 'zero-copy' : 'copy';
  const af = sockets === undefined ? '' : ` · AF_XDP on ${sockets.queues} queues (${copies})`;
  return {
    level: mode === 'native' ? 'good' : 'idle',
    what: name,
    role: `${mode} XDP`,
    more: [...(reason === undefined ? [] : [reason]), ...(af === '' ? [] : [af.slice(3)])],
  };
}

function dataPath(status: Status, wallMs: number): HTMLElement[] {
  const {
    af_xdp: frames = {},
    config,
    datapath,
    dataplane,
    interfaces,
    since,
    templates,
    verdicts,
    version,
  } = status;
  const lost = Object.entries(verdicts).filter(([name]) => Object.hasOwn(losingVerdicts, name));
  const facts = [
    ['Version', version],
    ['Running for', duration(wallMs - Date.parse(since))],
    ['File', config],
    ...(datapath === undefined ? [] : [['Data path', datapath] as const]),
    ['Forwarded', whole(verdicts['FORWARDED'] ?? 0)],
    ...(templates.used === 0
      ? []
      : [['Templates', `${whole(templates.used)} of ${whole(templates.slots)}`] as const]),
    ...Object.entries(frames).map(
      ([name, count]) => [`AF_XDP ${name.replaceAll('_', ' ')}`, whole(count)] as const,
    ),
  ] as const;
  return [
    ...(dataplane
      ? []
      : [nothing('The worker is being restarted; forwarding goes on, counters are unknown')]),
    ...interfaces.map((one) => itemElement(interfaceItem(one))),
    ...lost.map(([name, packets]) =>
      itemElement({
        level: 'warning',
        what: name,
        role: `${whole(packets)} lost`,
        more: [losingVerdicts[name] ?? ''],
      }),
    ),
    factList(facts),
  ];
}

export class Events {
  readonly #list = byId('events');
  readonly #log = new EventLog();

  constructor() {
    this.#show();
  }

  ask(): EventQuestion {
    return this.#log.ask();
  }

  /** Undefined: there was no answer. What is shown stays then, and nothing but that is hidden. */
  answer(question: EventQuestion, lines: readonly EventLine[] | undefined): void {
    if (lines !== undefined && this.#log.answer(question, lines)) this.#show();
    byId('events-section').hidden = lines === undefined && this.#log.lines.length === 0;
  }

  add(event: EventLine): void {
    if (!this.#log.add(event)) return;
    byId('events-section').hidden = false;
    const kept = this.#log.lines.length;
    if (kept === 1) this.#list.replaceChildren();
    this.#list.prepend(eventElement(event));
    while (this.#list.childElementCount > kept) this.#list.lastElementChild?.remove();
  }

  #show(): void {
    const lines = this.#log.lines.map(eventElement).reverse();
    if (lines.length > 0) this.#list.replaceChildren(...lines);
    else this.#list.replaceChildren(make('li', { class: 'none' }, 'Nothing yet'));
  }
}

function eventElement({ at, kind, text = kind.replaceAll('_', ' '), why = '' }: EventLine): HTMLElement {
  const line = text.includes(why) ? text : `${text}: ${why}`;
  const time = make('time', { datetime: at, title: at }, timeOfDay(at));
  return make('li', { class: eventLevel(kind, text) }, [
    time,
    make('span', { class: 'dot', 'aria-hidden': 'true' }),
    make('span', {}, line),
  ]);
}

function eventLevel(kind: string, text: string): Level {
  if (/_(down|lost|failed|refused|died|detached)$/.test(kind) || /\bFAULT\b/.test(text)) return 'bad';
  if (/_(up|gained|passed|done|restarted|started|attached)$/.test(kind)) return 'good';
  return 'idle';
}
