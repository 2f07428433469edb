/** Which options each command needs, takes or refuses: ipvsadm 1.31's table and its words. Pure. */
import { UsageError } from './command.ts';
import type { CommandName } from './options.ts';

/** What an option is called in ipvsadm's messages, in the order in which it checks them. */
export const optionWords = [
  'numeric',
  'connection',
  'service-address',
  'scheduler',
  'persistent',
  'netmask',
  'real-server',
  'forwarding-method',
  'weight',
  'u-threshold',
  'l-threshold',
  'mcast-interface',
  'timeout',
  'daemon',
  'stats',
  'rate',
  'thresholds',
  'persistent-conn',
  'nosort',
  'syncid',
  'exact',
  'ops',
  'pe',
  'sched-flags',
  'mcast-group',
  'mcast-port',
  'mcast-ttl',
  'sync-maxlen',
  'tun-info',
  'tun-type',
  'tun-port',
  'tun-nocsum',
  'tun-csum',
  'tun-remcsum',
] as const;

export type OptionWord = (typeof optionWords)[number];

interface Rule {
  readonly needs?: readonly OptionWord[];
  readonly takes?: readonly OptionWord[];
  /** At most one of these. */
  readonly oneOf?: readonly OptionWord[];
}

const service: Rule = {
  needs: ['service-address'],
  takes: ['scheduler', 'persistent', 'netmask', 'ops', 'pe', 'sched-flags'],
};

const tunnelWords = ['tun-type', 'tun-port', 'tun-nocsum', 'tun-csum', 'tun-remcsum'] as const;

const server: Rule = {
  needs: ['service-address', 'real-server'],
  takes: ['forwarding-method', 'weight', 'u-threshold', 'l-threshold', ...tunnelWords],
};

const rules: { readonly [Name in Exclude<CommandName, 'help' | 'version'>]: Rule } = {
  'add-service': service,
  'edit-service': service,
  'delete-service': { needs: ['service-address'] },
  flush: {},
  list: {
    takes: [
      'numeric',
      'stats',
      'rate',
      'thresholds',
      'persistent-conn',
      'nosort',
      'syncid',
      'exact',
      'tun-info',
    ],
    oneOf: ['connection', 'service-address', 'timeout', 'daemon'],
  },
  'add-server': server,
  'edit-server': server,
  'delete-server': { needs: ['service-address', 'real-server'] },
  set: {},
  'start-daemon': {
    takes: ['mcast-interface', 'syncid', 'mcast-group', 'mcast-port', 'mcast-ttl', 'sync-maxlen'],
  },
  'stop-daemon': { takes: ['syncid'] },
  restore: {},
  save: { takes: ['numeric'] },
  zero: { takes: ['service-address'] },
};

/** Throws what ipvsadm says of the first of `words` that is missing or misplaced; `where` is "the 'list' command". */
function check(
  { needs = [], takes = [], oneOf = [] }: Rule,
  given: ReadonlySet<OptionWord>,
  { words, where }: { readonly words: readonly OptionWord[]; readonly where: string },
): void {
  let only: OptionWord | undefined;
  for (const word of words) {
    if (!given.has(word)) {
      if (needs.includes(word)) throw new UsageError(`You need to supply the '${word}' option for ${where}`);
      continue;
    }
    if (needs.includes(word) || takes.includes(word)) continue;
    if (!oneOf.includes(word)) throw new UsageError(`Illegal '${word}' option with ${where}`);
    if (only !== undefined)
      throw new UsageError(`The option '${word}' conflicts with the '${only}' option in ${where}`);
    only = word;
  }
}

/** Throws what ipvsadm says of the first option that is missing or out of place. */
export function checkOptions(
  command: Exclude<CommandName, 'help' | 'version'>,
  given: ReadonlySet<OptionWord>,
): void {
  check(rules[command], given, { words: optionWords, where: `the '${command}' command` });
}

const tunnelRules = {
  ipip: {},
  gue: { needs: ['tun-port'], oneOf: ['tun-nocsum', 'tun-csum', 'tun-remcsum'] },
  gre: { oneOf: ['tun-nocsum', 'tun-csum'] },
} as const satisfies Record<string, Rule>;

/** The same for the options of a tunnel. */
export function checkTunnelOptions(type: keyof typeof tunnelRules, given: ReadonlySet<OptionWord>): void {
  const words = ['tun-port', 'tun-nocsum', 'tun-csum', 'tun-remcsum'] as const;
  check(tunnelRules[type], given, { words, where: `the '${type}' tunnel type` });
}
