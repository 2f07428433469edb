/** ipvsadm's argument lines as changes of the tables: a new real server goes to the head of its list, as in IPVS. */
import type { SchedulerName, VirtualServerKey, VirtualServerSpec } from '../../src/addon/addon.ts';
import { endpoint } from './packets.ts';

export interface Change {
  readonly verb: 'A' | 'E' | 'D' | 'a' | 'e' | 'd';
  readonly key: VirtualServerKey;
  readonly scheduler: string;
  readonly realServer: string;
  readonly weight: number;
}

/** Thrown where a line asks for what there is not; the message names it. */
export class Unsupported extends Error {}

const schedulers: readonly string[] = ['rr', 'wrr', 'lc', 'wlc'];

export function parseChange(line: string): Change {
  const words = line.split(' ');
  const [verb = ''] = words;
  if (!/^-[AEDaed]$/.test(verb)) throw new Unsupported(`ipvsadm ${line}`);
  const options = new Map<string, string>();
  for (let i = 1; i < words.length; i++) {
    const option = words[i] ?? '';
    if (option === '-g') continue;
    if (!/^-[tusrw]$/.test(option)) throw new Unsupported(`ipvsadm ${option} (${line})`);
    options.set(option, words[++i] ?? '');
  }
  const scheduler = options.get('-s') ?? 'wlc';
  if (!schedulers.includes(scheduler)) throw new Unsupported(`scheduler ${scheduler}`);
  const protocol = options.has('-t') ? 'TCP' : 'UDP';
  return {
    verb: verb.slice(1) as Change['verb'],
    key: { protocol, ...endpoint(options.get('-t') ?? options.get('-u') ?? '') },
    scheduler,
    realServer: endpoint(options.get('-r') ?? ':0').address,
    weight: Number(options.get('-w') ?? 1),
  };
}

/** The lists as IPVS would hold them. */
export class Pools {
  readonly #specs = new Map<string, VirtualServerSpec>();

  /** The virtual server as it is after the change; undefined where it is no more. */
  apply(change: Change): VirtualServerSpec | undefined {
    const name = `${change.key.protocol} ${change.key.address} ${change.key.port}`;
    const before = this.#specs.get(name);
    if (change.verb === 'D') {
      this.#specs.delete(name);
      return undefined;
    }
    const after = changed(change, before ?? { ...change.key, scheduler: 'wlc', destinations: [] });
    this.#specs.set(name, after);
    return after;
  }
}

function changed(
  { verb, scheduler, realServer, weight }: Change,
  before: VirtualServerSpec,
): VirtualServerSpec {
  const others = before.destinations.filter(({ address }) => address !== realServer);
  const named = { address: realServer, weight };
  if (verb === 'a') return { ...before, destinations: [named, ...others] };
  if (verb === 'd') return { ...before, destinations: others };
  if (verb === 'A' || verb === 'E') return { ...before, scheduler: scheduler as SchedulerName };
  return { ...before, destinations: before.destinations.map((d) => (d.address === realServer ? named : d)) };
}
