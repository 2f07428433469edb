/**
 * A network of its own to try a director in: one L2 segment, every machine a network namespace.
 *
 *   client ──┐            ┌── rs1 (has the VIPs on lo)
 *            ├── bridge ──┼── rs2
 *   director ┘            └── ...
 *
 * IPv4 10.77.0.0/24 and IPv6 fd77::/64 with the same last number: client 1, director 2, real servers 11, 12, ...
 * Nothing of it is visible in the host's own namespace. `close()` removes all of it; so does the end of the
 * process, and a signal that ends it.
 */
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { fileURLToPath } from 'node:url';
import { XlbError } from '../base/errors.ts';
import { type Outcome, type RunOptions, runIn, type SpawnOptions, spawnIn } from './namespace.ts';
import { labNames, mountBpffs, removeLab, removeStaleLabs, unmountBpffs } from './remains.ts';

export interface LabOptions {
  /** How many; 3 by default. */
  readonly realServers?: number;
  /** Addresses that the real servers carry on lo. The director gets none: `xlb run` brings them up. */
  readonly vips?: readonly string[];
  /** First part of the instance's name; 'lab' by default. */
  readonly name?: string;
  /** False: the director will have another interface than the lab's own, and xdp (NodeOptions) is not seen to. */
  readonly directorXdp?: boolean;
}

/** A machine of the lab. Its interface into the segment is eth0. */
export interface LabNode {
  readonly name: string;
  /** The network namespace's name, as in /run/netns. */
  readonly namespace: string;
  readonly ipv4: string;
  readonly ipv6: string;
  readonly mac: string;
}

export interface NodeOptions {
  /** Last number of both addresses, 1..254. */
  readonly host: number;
  readonly vips?: readonly string[];
  /** True: frames that an XDP program sends back (XDP_TX) leave this machine. */
  readonly xdp?: boolean;
}

export interface Lab {
  readonly client: LabNode;
  readonly director: LabNode;
  readonly realServers: readonly LabNode[];
  /** The segment itself: a bridge "br0" with one port a machine, named after it. */
  readonly bridge: { readonly namespace: string };
  /** For `xlb run --instance`: its pins are removed with the lab. */
  readonly instance: string;
  /** A temporary directory, for example for `xlb run --run-dir`; removed with the lab. */
  readonly directory: string;
  /** One machine more on the segment. */
  add(name: string, options: NodeOptions): Promise<LabNode>;
  run(node: { readonly namespace: string }, argv: readonly string[], options?: RunOptions): Promise<Outcome>;
  /** Starts something that lives at most as long as the lab. */
  spawn(node: { readonly namespace: string }, argv: readonly string[], options?: SpawnOptions): ChildProcess;
  close(): Promise<void>;
}

let labsMade = 0;

/** Builds the lab; needs root. What goes wrong halfway is taken down again. */
export async function createLab(options: LabOptions = {}): Promise<Lab> {
  if (process.getuid?.() !== 0) {
    throw new XlbError('NOT_ROOT', 'Cannot build network namespaces: not root', { help: 'run it as root' });
  }
  removeStaleLabs();
  labsMade += 1;
  const lab = new NamespaceLab(options.name ?? 'lab', labsMade);
  try {
    await lab.build(options);
    return lab;
  } catch (error) {
    await lab.close();
    throw error;
  }
}

const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

class NamespaceLab implements Lab {
  readonly instance: string;
  readonly directory: string;
  readonly bridge: { readonly namespace: string };
  readonly realServers: LabNode[] = [];
  readonly #prefix: string;
  readonly #namespaces: string[] = [];
  readonly #children = new Set<ChildProcess>();
  readonly #onExit = () => this.#remove();
  readonly #onSignal = (signal: NodeJS.Signals) => {
    this.#remove();
    process.kill(process.pid, signal); // our handlers are gone: this time it does what it always does
  };
  #client: LabNode | undefined;
  #director: LabNode | undefined;
  #removed = false;

  constructor(name: string, serial: number) {
    const names = labNames(name, serial);
    this.#prefix = names.prefix;
    this.instance = names.instance;
    this.directory = mkdtempSync(names.directory);
    this.bridge = { namespace: `${names.prefix}bridge` };
    process.on('exit', this.#onExit);
    for (const signal of endingSignals) process.on(signal, this.#onSignal);
    mountBpffs();
  }

  get client(): LabNode {
    return present(this.#client);
  }

  get director(): LabNode {
    return present(this.#director);
  }

  async build({ realServers = 3, vips = [], directorXdp = true }: LabOptions): Promise<void> {
    await this.#namespace(this.bridge.namespace);
    await ip(this.bridge.namespace, ['link add br0 type bridge mcast_snooping 0', 'link set br0 up']);
    const numbers = Array.from({ length: realServers }, (_, index) => index + 1);
    // Before the others: the kernel loads the module of veths, and refuses whoever asks for one meanwhile.
    this.#client = await this.add('client', { host: 1 });
    const [director, ...servers] = await all([
      this.add('director', { host: 2, xdp: directorXdp }),
      ...numbers.map((number) => this.add(`rs${number}`, { host: 10 + number, vips })),
    ]);
    this.#director = director;
    this.realServers.push(...servers);
  }

  async add(name: string, { host, vips = [], xdp = false }: NodeOptions): Promise<LabNode> {
    const node = {
      name,
      namespace: `${this.#prefix}${name}`,
      ipv4: `10.77.0.${host}`,
      ipv6: `fd77::${host}`, // the same digits on purpose: fd77::11 is rs1 as 10.77.0.11 is
      mac: `02:77:00:00:00:${host.toString(16).padStart(2, '0')}`,
    };
    await this.#namespace(node.namespace);
    await runIn(node.namespace, ['sysctl', '-qw', ...sysctls(vips.length > 0)]);
    await ip(this.bridge.namespace, [
      `link add ${name} type veth peer name eth0 netns ${node.namespace}`,
      `link set ${name} master br0 up`,
    ]);
    await ip(node.namespace, [
      'link set lo up',
      ...vips.map((vip) => `address add ${vip}/${isIPv6(vip) ? '128 nodad' : '32'} dev lo`),
      `link set eth0 address ${node.mac} up`,
      `address add ${node.ipv4}/24 dev eth0`,
      `address add ${node.ipv6}/64 dev eth0 nodad`,
    ]);
    // A frame that goes through XDP keeps an unfinished checksum: let the sender finish it.
    await runIn(node.namespace, ['ethtool', '-K', 'eth0', 'tx', 'off']);
    if (xdp) {
      await runIn(this.bridge.namespace, [process.execPath, entry('pass_everything'), name]);
    }
    return node;
  }

  run(node: { readonly namespace: string }, argv: readonly string[], options?: RunOptions): Promise<Outcome> {
    return runIn(node.namespace, argv, options);
  }

  spawn(node: { readonly namespace: string }, argv: readonly string[], options?: SpawnOptions): ChildProcess {
    const child = spawnIn(node.namespace, argv, options);
    this.#children.add(child);
    child.once('close', () => this.#children.delete(child));
    child.on('error', () => this.#children.delete(child)); // could not be started; `close` may never come
    return child;
  }

  async close(): Promise<void> {
    const ends = [...this.#children].map((child) => new Promise((resolve) => child.once('close', resolve)));
    this.#remove();
    await Promise.all(ends);
  }

  async #namespace(name: string): Promise<void> {
    this.#namespaces.push(name);
    await ip(undefined, [`netns add ${name}`]);
  }

  #remove(): void {
    if (this.#removed) return;
    this.#removed = true;
    removeLab({ namespaces: this.#namespaces, instance: this.instance, directory: this.directory });
    unmountBpffs();
    // Last of all: a second signal must not end the process halfway through this.
    process.off('exit', this.#onExit);
    for (const signal of endingSignals) process.off(signal, this.#onSignal);
  }
}

/** When the last one has ended, also where one fails: what comes after must not meet what is still being made. */
async function all<T>(made: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(made);
  return Promise.all(made);
}

/** Several `ip` commands in one process, in a namespace; without its name where we are. */
async function ip(namespace: string | undefined, commands: readonly string[]): Promise<void> {
  await runIn(namespace, ['ip', '-batch', '-'], { input: `${commands.join('\n')}\n` });
}

/** Set before eth0 exists, which takes the defaults. A real server must not answer ARP for the VIPs on its lo. */
function sysctls(hasVips: boolean): string[] {
  return [
    'net.ipv4.conf.all.rp_filter=0',
    'net.ipv4.conf.default.rp_filter=0',
    'net.ipv6.conf.all.accept_dad=0',
    'net.ipv6.conf.default.accept_dad=0',
    ...(hasVips ? ['net.ipv4.conf.all.arp_ignore=1', 'net.ipv4.conf.all.arp_announce=2'] : []),
  ];
}

/** The compiled file of a child process of the lab. */
export function entry(name: string): string {
  return fileURLToPath(new URL(`./${name}.js`, import.meta.url));
}

function present(node: LabNode | undefined): LabNode {
  if (node === undefined) throw new XlbError('INTERNAL', 'Cannot use the lab: it is not built yet');
  return node;
}
