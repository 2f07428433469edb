/** The real `xlb run` in a lab, as a test looks at it: its configuration, status, and what it leaves. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fetchStatus } from '../../src/control/client.ts';
import type { DestinationStatus, Status, VirtualServerStatus } from '../../src/control/status.ts';
import { DirectorProcess, mainFile } from '../../src/demo/director.ts';
import { until } from '../../src/demo/pause.ts';
import { type ComparedDatapath, withDatapath } from './datapaths.ts';
import type { Lab } from './lab.ts';

export type { DestinationStatus, Status, VirtualServerStatus } from '../../src/control/status.ts';
export { mainFile };

const often = { everyMs: 25, atMostMs: 30_000 };

export class Director extends DirectorProcess {
  readonly #lab: Lab;

  /** Forwarding when it resolves. */
  static async start(lab: Lab, configuration: string, datapath?: ComparedDatapath): Promise<Director> {
    const text = datapath === undefined ? configuration : withDatapath(configuration, datapath);
    const director = new Director(lab, text);
    await director.start();
    await director.untilStatus('the control socket', () => true);
    return director;
  }

  constructor(lab: Lab, configuration: string) {
    super(lab, configuration);
    this.#lab = lab;
  }

  get configFile(): string {
    return join(this.#lab.directory, 'keepalived.conf');
  }

  /** Changes the file, tells the daemon, and waits until it has said what came of it. */
  async reloadWith(configuration: string): Promise<void> {
    writeFileSync(this.configFile, configuration);
    const before = this.#reloads();
    this.reload();
    await this.until('the reload', async () => this.#reloads() > before);
  }

  #reloads(): number {
    return this.log.match(/Reloaded |Reload of /g)?.length ?? 0;
  }

  status(): Promise<Status> {
    return fetchStatus(join(this.#lab.directory, 'xlb.sock'));
  }

  /** Asks until `ask` says yes; throws TIMEOUT after `atMostMs`. */
  async until(what: string, ask: () => Promise<boolean>, atMostMs = often.atMostMs): Promise<void> {
    await until(what, { ...often, atMostMs }, async () => (await ask()) || undefined);
  }

  /** Until the status is as wanted. One that cannot be had is not. */
  async untilStatus(what: string, wanted: (status: Status) => boolean, atMostMs?: number): Promise<void> {
    await this.until(what, async () => this.status().then(wanted, () => false), atMostMs);
  }

  /** Until every real server has a next hop, so that no first packet waits for one. */
  untilResolved(): Promise<void> {
    return this.untilStatus('next hops', ({ virtual_servers: servers }) =>
      servers.every(({ destinations }) => destinations.every(({ nexthop }) => nexthop.kind !== 'unresolved')),
    );
  }

  /** Until no connection is active. */
  untilClosed(): Promise<void> {
    return this.untilStatus('all connections to be closed', ({ virtual_servers: servers }) =>
      servers.every(({ destinations }) => destinations.every(({ active }) => active === 0)),
    );
  }

  /** Any command of xlb for this instance, in the director's namespace. */
  xlb(command: string, ...rest: readonly string[]) {
    const argv = [process.execPath, ...this.arguments(command), ...rest];
    return this.#lab.run(this.#lab.director, argv, { mayFail: true });
  }
}

/** 'TCP 10.77.0.100:80', or its beginning. */
export function serverOf(status: Status, name: string): VirtualServerStatus {
  const found = status.virtual_servers.find(({ protocol, address, port }) => {
    const host = address.includes(':') ? `[${address}]` : address;
    return `${protocol} ${host}:${port}` === name;
  });
  if (found === undefined) throw new Error(`the status has no ${name}`);
  return found;
}

export function destinationOf(server: VirtualServerStatus, address: string): DestinationStatus {
  const found = server.destinations.find((one) => one.address === address);
  if (found === undefined) throw new Error(`there is no destination ${address}`);
  return found;
}

export interface Traces {
  readonly addresses: readonly string[];
  /** Is there a program on eth0? */
  readonly xdp: boolean;
  readonly pins: readonly string[];
  readonly files: readonly string[];
}

/** What an instance has on its host: addresses of eth0 besides the machine's own, XDP programs, pins, files. */
export async function tracesOf(lab: Lab): Promise<Traces> {
  const ip = async (...words: string[]) => {
    const { stdout } = await lab.run(lab.director, ['ip', '-j', '-d', ...words, 'show', 'dev', 'eth0']);
    return JSON.parse(stdout)[0] as { xdp?: object; addr_info: { local: string; scope: string }[] };
  };
  const own = [lab.director.ipv4, lab.director.ipv6];
  const { addr_info: addresses } = await ip('address');
  const pins = join('/sys/fs/bpf/xlb', lab.instance);
  return {
    addresses: addresses
      .filter(({ scope, local }) => scope === 'global' && !own.includes(local))
      .map(({ local }) => local),
    xdp: (await ip('link')).xdp !== undefined,
    pins: existsSync(pins) ? readdirSync(pins) : [],
    files: readdirSync(lab.directory).filter((name) => /^xlb\.|\.json$/.test(name)),
  };
}

export const noTraces: Traces = { addresses: [], xdp: false, pins: [], files: [] };
