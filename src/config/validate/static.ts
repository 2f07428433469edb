/** static_ipaddress, static_routes, static_rules, and what all routes and rules have in common. */
import { type Diagnostics, quote } from '../diagnostic.ts';
import type { GlobalDefs } from '../keywords/global_defs.ts';
import type { RootFields } from '../keywords/root.ts';
import type { RouteConfig, RuleConfig, StaticConfig, VrrpInstanceConfig } from '../model.ts';
import { didYouMean } from '../suggest.ts';
import { buildTrackGroups } from './sync_group.ts';
import { buildAddress } from './vrrp_address.ts';

/** Where keepalived begins to count down for rules without a priority. */
const FIRST_PRIORITY = 16_384;

/** Gives rules that have none a priority, the next lower one each. */
export class RulePriorities {
  readonly #diagnostics: Diagnostics;
  #next = FIRST_PRIORITY;

  constructor(diagnostics: Diagnostics) {
    this.#diagnostics = diagnostics;
  }

  complete(rules: readonly RuleConfig[]): RuleConfig[] {
    return rules.map((rule) => {
      if (rule.priority !== undefined) return rule;
      const priority = this.#next--;
      this.#diagnostics.warning('DEFAULTED', rule.span, {
        message: `This rule has no priority: as in keepalived, ${priority} is used`,
        help: 'write `priority N`, so that its place among the others is what you want',
      });
      return { ...rule, priority };
    });
  }
}

export interface StaticContext {
  readonly diagnostics: Diagnostics;
  readonly globals: GlobalDefs;
  readonly instances: readonly VrrpInstanceConfig[];
  /** Who has which address. */
  readonly taken: Map<string, string>;
  /** static_rules with their priorities. */
  readonly rules: readonly RuleConfig[];
}

export function buildStatic(fields: RootFields, context: StaticContext): StaticConfig {
  const { diagnostics, globals, taken, rules } = context;
  const fallback = globals.default_interface?.value.name ?? 'eth0';
  const holder = { name: 'static_ipaddress', fallback, taken, diagnostics };
  const trackGroups = buildTrackGroups(fields.track_group, context);
  const known = new Set(trackGroups.map(({ name }) => name));
  const tracked = <T extends { readonly trackGroup?: string; readonly span: RouteConfig['span'] }>(
    item: T,
  ): T => {
    if (item.trackGroup === undefined) return item;
    if (known.has(item.trackGroup)) {
      diagnostics.warning('NOT_YET', item.span, {
        message: 'track_group is not supported yet: when somebody removes this, no instance leaves master',
      });
      return item;
    }
    diagnostics.warning('UNKNOWN_VALUE', item.span, {
      message: `Cannot find track_group ${quote(item.trackGroup)}: no instance follows this line`,
      help: didYouMean(item.trackGroup, known, `write track_group ${item.trackGroup} { group { ... } }`),
    });
    return item;
  };
  return {
    addresses: fields.static_ipaddress.flatMap((line) => {
      const address = buildAddress(line, holder);
      return address ? [tracked(address)] : [];
    }),
    routes: fields.static_routes.map(tracked),
    rules: rules.map(tracked),
    trackGroups,
  };
}
