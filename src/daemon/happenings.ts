/** What the parts of a director tell, in the words of the event log. */
import type { SessionStates } from '../base/sessions.ts';
import { type AttemptResult, checkResults } from '../check/checker.ts';
import { pathOf } from '../control/datapath.ts';
import type { ReloadOutcome } from '../control/reload.ts';
import type { InterfaceState } from '../dataplane/messages.ts';
import { type DirectorEvent, describeEvent } from '../director/event.ts';
import type { Role, VrrpNews } from '../vrrp/news.ts';
import type { EventLog, Happening } from './event_log.ts';
import { version } from './version.ts';

/** A sentence besides. */
export type Said = Parameters<EventLog['add']>;

export function ofDirector(event: DirectorEvent, why?: string): Said {
  const named = Object.entries(event).map(([name, value]) => [snakeCase(name), value]);
  const happening = { ...Object.fromEntries(named), ...(why === undefined ? {} : { why }) };
  return [happening as Happening, describeEvent(event)];
}

export interface CheckSaid {
  readonly virtualServer: string;
  readonly realServer: string;
  readonly check: { readonly kind: string };
  readonly healthy: boolean;
  readonly result?: AttemptResult | undefined;
}

export function ofCheck({ virtualServer, realServer, check, healthy, result }: CheckSaid): Said {
  const detail = result?.detail === undefined ? '' : `: ${result.detail}`;
  const why = result === undefined ? undefined : `${checkResults[result.code].meaning}${detail}`;
  const happening = {
    kind: healthy ? 'check_passed' : 'check_failed',
    virtual_server: virtualServer,
    real_server: realServer,
    check: check.kind,
    ...(result === undefined ? {} : { code: result.code }),
    ...(why === undefined ? {} : { why }),
  } as const;
  const verb = healthy ? 'passed' : 'failed';
  const reason = why === undefined ? '' : `: ${why}`;
  return [happening, `${check.kind} on service ${realServer} of VS ${virtualServer} ${verb}${reason}`];
}

/** `roles`: those before it, by instance, as far as they were told. Undefined where it is no event of its own. */
export function ofVrrp(news: VrrpNews, roles: ReadonlyMap<string, Role>): Said | undefined {
  if (news.news === 'role') {
    const { instance, role: to } = news;
    const from = roles.get(instance);
    if (from === to) return undefined;
    const before = from === undefined ? {} : { from };
    const was = from === undefined ? '' : `, was ${from}`;
    return [
      { kind: 'vrrp_role_changed', vrrp_instance: instance, ...before, to },
      `(${instance}) ${to}${was}`,
    ];
  }
  const { event } = news;
  switch (event.kind) {
    case 'instance':
      // Its states are roles, which were told.
      return event.state === 'DELETED'
        ? [{ kind: 'vrrp_instance_removed', vrrp_instance: event.name }, `(${event.name}) removed`]
        : undefined;
    case 'group':
      return [
        { kind: 'vrrp_group_changed', vrrp_sync_group: event.name, to: event.state },
        `VRRP_Group(${event.name}) ${event.state}`,
      ];
    case 'priority':
      return [
        { kind: 'vrrp_priority_changed', vrrp_instance: event.name, to: event.priority },
        `(${event.name}) has priority ${event.priority}`,
      ];
    case 'lower_priority':
      return [
        { kind: 'vrrp_lower_priority_heard', vrrp_instance: event.name, priority: event.priority },
        `(${event.name}) is master and heard an advert of lower priority ${event.priority}`,
      ];
  }
}

export function ofStart(adopted: boolean): Said {
  const { pid } = process;
  const flows = adopted ? ', with the flows of an earlier process' : '';
  const text = `xlb ${version()} forwards as process ${pid}${flows}`;
  return [{ kind: 'daemon_started', version: version(), pid, adopted }, text];
}

export const ofStop: Said = [{ kind: 'daemon_stopping' }, 'xlb stops'];

/** Undefined where the daemon stops. */
export function ofReload(outcome: ReloadOutcome): Said | undefined {
  switch (outcome.outcome) {
    case 'reloaded': {
      const { file, milliseconds, problems, steps } = outcome;
      const happening = { kind: 'reload_done', file, changes: steps.length, milliseconds, problems } as const;
      return [happening, `Reloaded ${file}: ${steps.length} steps in ${milliseconds} ms`];
    }
    case 'refused': {
      const why = outcome.diagnostics[0]?.split('\n')[0] ?? 'it cannot run';
      return [
        { kind: 'reload_refused', file: outcome.file, why },
        `Reload of ${outcome.file} refused: ${why}`,
      ];
    }
    case 'failed':
      return [
        { kind: 'reload_failed', file: outcome.file, why: outcome.reason },
        `Reload of ${outcome.file} failed: ${outcome.reason}`,
      ];
    case 'stopping':
      return undefined;
  }
}

export function ofDatapath(from: string, to: string): Said {
  return [{ kind: 'datapath_changed', from, to }, `Data path ${to} by hand, before ${from}`];
}

export function ofWorker(worker: string, death?: string): Said {
  return death === undefined
    ? [{ kind: 'worker_restarted', worker }, `The ${worker} worker runs again`]
    : [{ kind: 'worker_died', worker, why: death }, `The ${worker} worker died: ${death}`];
}

/** From the interfaces that took traffic to those that do. */
export function ofInterfaces(before: readonly InterfaceState[], now: readonly InterfaceState[]): Said[] {
  const was = new Map(before.map((one) => [one.name, pathOf(one.mode, one.afXdp)]));
  const is = new Set(now.map(({ name }) => name));
  const gone = [...was].flatMap(([name, from]): Said[] =>
    is.has(name)
      ? []
      : [[{ kind: 'interface_detached', interface: name, from }, `Traffic is no longer taken on ${name}`]],
  );
  const changed = now.flatMap((one): Said[] => {
    const { name, reason } = one;
    const [from, to] = [was.get(name), pathOf(one.mode, one.afXdp)];
    if (from === to) return [];
    const why = reason === undefined ? {} : { why: reason };
    return from === undefined
      ? [
          [
            { kind: 'interface_attached', interface: name, to, ...why },
            `Traffic is taken on ${name} by ${to}`,
          ],
        ]
      : [
          [
            { kind: 'interface_changed', interface: name, from, to, ...why },
            `${name} forwards by ${to}, before by ${from}`,
          ],
        ];
  });
  return [...gone, ...changed];
}

/** Of all BFD sessions. */
export function ofSessions(before: SessionStates, now: SessionStates): Said[] {
  return [...new Set([...before.keys(), ...now.keys()])].flatMap((name): Said[] => {
    const [from, to] = [before.get(name), now.get(name)];
    if (from === to) return [];
    const was = from === undefined ? '' : `, was ${from}`;
    const fromTo = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
    const text = `BFD session ${name} ${to ?? 'removed'}${was}`;
    return [[{ kind: 'bfd_session_changed', bfd_instance: name, ...fromTo }, text]];
  });
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
