/** Weights by hand: which servers are meant, and a file that keeps them over the end of the process. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { canonicalAddress } from '../base/address.ts';
import { reasonOf } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import type { WeighedServer, WeightOrder } from '../control/weight.ts';
import type { HandWeight } from '../director/director.ts';
import type { VirtualServerSnapshot } from '../director/snapshot.ts';

/** The pairs that both names fit; none where one of them fits nothing. */
export function matchingServers(
  { virtualServer, realServer }: Pick<WeightOrder, 'virtualServer' | 'realServer'>,
  servers: readonly VirtualServerSnapshot[],
): WeighedServer[] {
  const wanted = readName(virtualServer);
  const real = readEndpoint(realServer);
  return servers
    .filter((server) => wanted(server))
    .flatMap(({ name, realServers }) =>
      realServers
        .filter((one) => fits(real, one))
        .map((one) => ({ virtualServer: name, realServer: one.name })),
    );
}

/** Those that an operator means by it; all where nothing is named. */
export function serversNamed(
  virtualServer: string | undefined,
  servers: readonly VirtualServerSnapshot[],
): readonly VirtualServerSnapshot[] {
  return virtualServer === undefined ? servers : servers.filter(readName(virtualServer));
}

type Place = { readonly address: string; readonly port: number };

type Means = (server: VirtualServerSnapshot) => boolean;

/** With `tcp:`, `udp:`, `sctp:`, `inet:` or `inet6:` before it only one of those that have the rest in common. */
function readName(text: string): Means {
  const [, kind, rest = ''] = /^(tcp|udp|sctp|inet6?):(.+)$/.exec(text) ?? [];
  if (kind === undefined) return readPlainName(text);
  const means = readPlainName(rest);
  if (kind.startsWith('inet'))
    return (server) => server.address.includes(':') === (kind === 'inet6') && means(server);
  return (server) => server.protocol.toLowerCase() === kind && means(server);
}

function readPlainName(text: string): Means {
  const [, kind, name] = /^(fwmark|group):(.+)$/.exec(text) ?? [];
  if (kind === 'fwmark') return ({ fwmark }) => fwmark === Number(name);
  if (kind === 'group') return ({ group }) => group === name;
  const endpoint = readEndpoint(text);
  return ({ fwmark, members = [], ...first }) =>
    fwmark === undefined && [first, ...members].some((one) => fits(endpoint, one));
}

interface Endpoint {
  /** Absent: not an address; it fits nothing. */
  readonly address?: string | undefined;
  readonly port?: number;
}

/** `10.0.0.1`, `10.0.0.1:80`, `fd00::1`, `[fd00::1]:80`. */
function readEndpoint(text: string): Endpoint {
  const whole = canonicalAddress(text);
  if (whole !== undefined) return { address: whole };
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const address = canonicalAddress(bracketed ?? plain ?? '');
  return { address, ...(port === undefined ? {} : { port: Number(port) }) };
}

function fits(wanted: Endpoint, { address, port }: Place): boolean {
  return wanted.address === address && (wanted.port === undefined || wanted.port === port);
}

/** Read after a crash; gone when xlb is stopped. */
export class RememberedWeights {
  readonly #file: string;
  readonly #log: Logger;
  #written = '';

  constructor(file: string, log: Logger) {
    this.#file = file;
    this.#log = log;
  }

  /** Nobody but xlb writes the file; one that cannot be read says nothing. */
  read(): readonly HandWeight[] {
    try {
      const text = readFileSync(this.#file, 'utf8');
      const content: unknown = JSON.parse(text);
      this.#written = text;
      return Array.isArray(content) ? (content as HandWeight[]) : [];
    } catch {
      return [];
    }
  }

  keep(weights: readonly HandWeight[]): void {
    const text = weights.length === 0 ? '' : `${JSON.stringify(weights)}\n`;
    if (text === this.#written) return;
    this.#written = text;
    try {
      if (text === '') rmSync(this.#file, { force: true });
      else writeFileSync(this.#file, text, { mode: 0o600 });
    } catch (error) {
      this.#log.warn(`Cannot write ${this.#file}: ${reasonOf(error)}; a crash would forget weights by hand`);
    }
  }
}
