/**
 * Virtual and static routes and rules on the host. What xlb added is remembered, and exactly that is removed again,
 * also when it was added by a process that died since.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Netlink, RouteSpec } from '../addon/addon.ts';
import { reasonOf } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import type { RouteConfig, RuleConfig } from '../config/model.ts';
import { Remembered } from '../host/remembered.ts';

/** Interfaces by name: an index does not outlive a reboot. */
export type OwnedRouting =
  | {
      readonly kind: 'route';
      readonly route: Omit<RouteConfig, 'span' | 'interface'> & { interface?: string };
    }
  | { readonly kind: 'rule'; readonly rule: Omit<RuleConfig, 'span'> };

export type OwnedRoutes = Remembered<OwnedRouting>;

export function ownedRouting(file: string, log: Pick<Logger, 'warn'>): OwnedRoutes {
  return new Remembered(file, { parse, key: (item) => JSON.stringify(item) }, log);
}

/** In the order to be added: a rule may name a table that the routes fill. */
export function routingOf(routes: readonly RouteConfig[], rules: readonly RuleConfig[]): OwnedRouting[] {
  return [
    ...routes.map(({ span: _span, interface: named, ...route }) => ({
      kind: 'route' as const,
      route: named === undefined ? route : { ...route, interface: named.name },
    })),
    ...rules.map(({ span: _span, ...rule }) => ({ kind: 'rule' as const, rule })),
  ];
}

type RoutingNetlink = Pick<Netlink, 'links' | 'addRoute' | 'deleteRoute' | 'addRule' | 'deleteRule'>;

export interface RoutingKeeperShell {
  readonly netlink: RoutingNetlink;
  readonly owned: OwnedRoutes;
  readonly log: Logger;
}

export class RoutingKeeper {
  readonly #shell: RoutingKeeperShell;

  constructor(shell: RoutingKeeperShell) {
    this.#shell = shell;
  }

  /** For the instance of that name. What was there before is left, and is not xlb's to remove. */
  add(name: string, items: readonly OwnedRouting[]): void {
    if (items.length === 0) return;
    const { log, netlink, owned } = this.#shell;
    const ours = items.filter((item) => owned.has(item));
    owned.add(...items);
    const notOurs: OwnedRouting[] = [];
    for (const item of items) {
      try {
        if (carryOut(netlink, item, 'add') || ours.includes(item)) continue;
        notOurs.push(item);
        log.info(`(${name}) ${describeRouting(item)} is there already and is left as it is`);
      } catch (error) {
        if (!ours.includes(item)) notOurs.push(item);
        log.error(`(${name}) Cannot add ${describeRouting(item)}: ${reasonOf(error)}`);
      }
    }
    owned.delete(...notOurs);
  }

  /** Those that xlb added and `chosen` says, the last first. One that resists stays xlb's, to be tried again. */
  remove(chosen: (item: OwnedRouting) => boolean): void {
    const { log, netlink, owned } = this.#shell;
    const going = owned.all().filter(chosen).reverse();
    const gone: OwnedRouting[] = [];
    for (const item of going) {
      try {
        if (!hasLostInterface(netlink, item)) carryOut(netlink, item, 'delete');
        gone.push(item);
      } catch (error) {
        log.warn(`Cannot remove ${describeRouting(item)}: ${reasonOf(error)}`);
      }
    }
    owned.delete(...gone);
  }
}

export function includes(items: readonly OwnedRouting[], item: OwnedRouting): boolean {
  return items.some((one) => isDeepStrictEqual(one, item));
}

/** For people: 'route to 10.1.0.0/16', 'rule 1000'. */
export function describeRouting(item: OwnedRouting): string {
  if (item.kind === 'route') return `route to ${item.route.destination}`;
  const { action, priority, table } = item.rule;
  return `rule ${priority ?? ''} ${action} ${table ?? ''}`.replaceAll(/ +/g, ' ').trimEnd();
}

/** False: there was nothing to do. */
function carryOut(netlink: RoutingNetlink, item: OwnedRouting, what: 'add' | 'delete'): boolean {
  if (item.kind === 'rule') {
    const { noTrack: _noTrack, trackGroup: _trackGroup, ...rule } = item.rule;
    return what === 'add' ? netlink.addRule(rule) : netlink.deleteRule(rule);
  }
  const { noTrack: _noTrack, trackGroup: _trackGroup, interface: name, nextHops, ...rest } = item.route;
  const spec: RouteSpec = {
    ...rest,
    ...(name === undefined ? {} : { index: indexOf(netlink, name) }),
    ...(nextHops === undefined
      ? {}
      : {
          nextHops: nextHops.map(({ interface: on, ...hop }) => ({
            ...hop,
            ...(on === undefined ? {} : { index: indexOf(netlink, on) }),
          })),
        }),
  };
  return what === 'add' ? netlink.addRoute(spec) : netlink.deleteRoute(spec);
}

/** With one of its interfaces, a route is gone as well (fib_sync_down_dev). */
function hasLostInterface(netlink: Pick<Netlink, 'links'>, item: OwnedRouting): boolean {
  if (item.kind === 'rule') return false;
  const { interface: own, nextHops = [] } = item.route;
  const named = [own, ...nextHops.map((hop) => hop.interface)].filter((name) => name !== undefined);
  if (named.length === 0) return false;
  const present = new Set(netlink.links().map(({ name }) => name));
  return named.some((name) => !present.has(name));
}

function indexOf(netlink: Pick<Netlink, 'links'>, name: string): number {
  const link = netlink.links().find((one) => one.name === name);
  if (link === undefined) throw new Error(`interface ${name} does not exist`);
  return link.index;
}

function parse(value: unknown): OwnedRouting | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { kind, route, rule } = value as Record<'kind' | 'route' | 'rule', unknown>;
  if (kind === 'route' && typeof route === 'object' && route !== null) return value as OwnedRouting;
  return kind === 'rule' && typeof rule === 'object' && rule !== null ? (value as OwnedRouting) : undefined;
}
