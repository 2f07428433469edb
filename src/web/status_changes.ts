/**
 * What changed between two statuses, so that a second of a big director is small. The page puts it together again with
 * `applyChanges`. Pure; the browser's bundle takes this file, too.
 */
import type { DestinationStatus, Status, VirtualServerStatus } from '../control/status.ts';

/** Only what is different. Keys of the two records are places in the lists of the status. */
export type StatusChanges = Partial<Omit<Status, 'virtual_servers'>> & {
  readonly virtual_servers?: Readonly<Record<string, VirtualServerChanges>>;
  /** Fields of the status that are no longer there. */
  readonly absent?: readonly string[];
};

/** Without `own`, only destinations changed. What is there replaces what was there as a whole. */
export interface VirtualServerChanges {
  readonly own?: Omit<VirtualServerStatus, 'destinations'>;
  readonly destinations?: Readonly<Record<string, DestinationStatus>>;
}

/** The status after `changes`; what is not changed is shared with the one before. */
export function applyChanges(status: Status, changes: StatusChanges): Status {
  const { absent = [], virtual_servers: servers = {}, ...fields } = changes;
  const next = { ...status, ...fields, virtual_servers: [...status.virtual_servers] };
  for (const name of absent) Reflect.deleteProperty(next, name);
  for (const [at, { own, destinations = {} }] of Object.entries(servers)) {
    const before = status.virtual_servers[Number(at)];
    if (before === undefined) continue;
    const list = [...before.destinations];
    for (const [place, destination] of Object.entries(destinations)) list[Number(place)] = destination;
    next.virtual_servers[Number(at)] = { ...(own ?? before), destinations: list };
  }
  return next;
}

interface ServerTexts {
  /** Which virtual server it is, and which destinations it has in which order. */
  readonly shape: string;
  readonly own: string;
  readonly destinations: readonly string[];
}

/** A status as text, in the pieces that are compared. */
export class StatusTexts {
  readonly #fields: ReadonlyMap<string, string>;
  readonly #servers: readonly ServerTexts[];

  constructor({ virtual_servers: servers, ...fields }: Status) {
    this.#fields = new Map(Object.entries(fields).map(([name, value]) => [name, JSON.stringify(value)]));
    this.#servers = servers.map(textsOf);
  }

  /** JSON of the whole status. */
  whole(): string {
    const fields = [...this.#fields].map(([name, text]) => `${JSON.stringify(name)}:${text}`);
    const servers = this.#servers.map(
      ({ own, destinations }) => `${own.slice(0, -1)},"destinations":[${destinations.join()}]}`,
    );
    return `{${[...fields, `"virtual_servers":[${servers.join()}]`].join()}}`;
  }

  /** JSON of StatusChanges; undefined where other things are there than `before`. */
  since(before: StatusTexts): string | undefined {
    const has = this.#servers.length === before.#servers.length;
    if (!has || this.#servers.some(({ shape }, at) => shape !== before.#servers[at]?.shape)) return undefined;
    const parts = [...this.#fields]
      .filter(([name, text]) => before.#fields.get(name) !== text)
      .map(([name, text]) => `${JSON.stringify(name)}:${text}`);
    const absent = [...before.#fields.keys()].filter((name) => !this.#fields.has(name));
    if (absent.length > 0) parts.push(`"absent":${JSON.stringify(absent)}`);
    const servers = this.#servers.flatMap((server, at) => serverChanges(server, before.#servers[at], at));
    if (servers.length > 0) parts.push(`"virtual_servers":{${servers.join()}}`);
    return `{${parts.join()}}`;
  }
}

function textsOf({ destinations, ...own }: VirtualServerStatus): ServerTexts {
  const { protocol, address, port, fwmark } = own;
  return {
    shape: [
      protocol,
      address,
      port,
      fwmark,
      ...destinations.map((one) => `${one.address} ${one.port}`),
    ].join(),
    own: JSON.stringify(own),
    destinations: destinations.map((one) => JSON.stringify(one)),
  };
}

function serverChanges(now: ServerTexts, before: ServerTexts | undefined, at: number): string[] {
  const own = now.own === before?.own ? [] : [`"own":${now.own}`];
  const changed = now.destinations.flatMap((text, place) =>
    text === before?.destinations[place] ? [] : [`"${place}":${text}`],
  );
  const destinations = changed.length === 0 ? [] : [`"destinations":{${changed.join()}}`];
  const parts = [...own, ...destinations];
  return parts.length === 0 ? [] : [`"${at}":{${parts.join()}}`];
}
