/** Names of hosts and ports, as the C library has them: /etc/services and the resolver, within a time limit. */
import { lookup, lookupService } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { systemClock } from '../base/clock.ts';
import type { Lookups } from '../ipvsadm/command.ts';
import type { Names } from '../ipvsadm/model.ts';

const LOOKUP_MS = 1_000;
/** So many in a row without an answer, and the resolver is not asked any more. */
const PATIENCE = 3;
/** Names kept: a list of a million connections must not hold a million of them. */
const KEPT = 20_000;

export class HostNames {
  readonly #names = new Map<string, string>();
  readonly #services = readServices();
  #silent = 0;

  /** Asks for the names of addresses, so that names() knows them. */
  async learn(addresses: Iterable<string>): Promise<void> {
    if (this.#names.size > KEPT) this.#names.clear();
    const unknown = [...new Set(addresses)].filter((address) => !this.#names.has(address));
    await Promise.all(unknown.map((address) => this.#learn(address)));
  }

  /** What is not known is shown as it is. */
  get names(): Names {
    return {
      host: (address) => this.#names.get(address) ?? address,
      port: (port, protocol) =>
        this.#services.byPort.get(`${port}/${protocol.toLowerCase()}`) ?? String(port),
    };
  }

  /** For reading a command line in which these hosts are named. */
  async lookups(hosts: readonly string[]): Promise<Lookups> {
    const addresses = new Map<string, string>();
    for (const host of hosts) {
      const found = await inTime(lookup(host, { family: 4 }), LOOKUP_MS * 5);
      if (found !== undefined) addresses.set(host, found.address);
    }
    return {
      address: (host) => addresses.get(host),
      port: (name, protocol) => this.#services.byName.get(`${name}/${(protocol ?? '').toLowerCase()}`),
    };
  }

  async #learn(address: string): Promise<void> {
    if (this.#silent >= PATIENCE) return;
    let answered = false;
    const question = lookupService(address, 0).finally(() => {
      answered = true;
    });
    const found = await inTime(question, LOOKUP_MS);
    this.#silent = answered ? 0 : this.#silent + 1;
    this.#names.set(address, found?.hostname ?? address);
  }
}

/** Undefined where it failed or took longer. */
function inTime<Value>(promise: Promise<Value>, ms: number): Promise<Value | undefined> {
  return new Promise((resolve) => {
    const timer = systemClock.setTimer(ms, () => resolve(undefined));
    promise.then(resolve, () => resolve(undefined)).finally(() => timer.cancel());
  });
}

interface Services {
  /** 'http/tcp' -> 80; aliases too. */
  readonly byName: ReadonlyMap<string, number>;
  /** '80/tcp' -> 'http'. */
  readonly byPort: ReadonlyMap<string, string>;
}

function readServices(): Services {
  const byName = new Map<string, number>();
  const byPort = new Map<string, string>();
  for (const line of servicesText().split('\n')) {
    const [name, where, ...aliases] = line.replace(/#.*/, '').trim().split(/\s+/);
    const [port, protocol] = where?.split('/') ?? [];
    if (name === undefined || port === undefined || protocol === undefined) continue;
    if (!byPort.has(`${port}/${protocol}`)) byPort.set(`${port}/${protocol}`, name);
    for (const one of [name, ...aliases]) byName.set(`${one}/${protocol}`, Number(port));
  }
  return { byName, byPort };
}

function servicesText(): string {
  try {
    return readFileSync('/etc/services', 'utf8');
  } catch {
    return '';
  }
}
