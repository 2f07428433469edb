/** What is there as long as the daemon runs: static_ipaddress, static_routes, static_rules. */
import { routeLines } from './route.ts';
import { ruleLines } from './rule.ts';
import { addressLines } from './virtual_address.ts';

export const staticKeywords = {
  static_ipaddress: addressLines('addresses that this director has, whoever is master'),
  static_routes: routeLines('routes that this director has, whoever is master'),
  static_rules: ruleLines('rules of routing that this director has, whoever is master'),
} as const;
