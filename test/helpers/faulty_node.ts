/** The faulty services (faulty_services.ts) of a machine in a lab, as a test handles them. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { within } from '../../src/demo/pause.ts';
import type { Service, ServiceOrder } from './faulty_orders.ts';
import type { Lab, LabNode } from './lab.ts';
import { kill } from './peers.ts';

const soonMs = 30_000;

export class FaultyNode {
  readonly node: LabNode;
  readonly #lab: Lab;
  readonly #services: readonly Service[];
  #child: ChildProcess | undefined;

  constructor(lab: Lab, node: LabNode, services: readonly Service[]) {
    this.#lab = lab;
    this.node = node;
    this.#services = services;
  }

  /** Resolves when all listen. */
  async start(): Promise<void> {
    // The kernel's limit on ICMP messages would make a closed port look like a silent one.
    await this.#lab.run(this.node, ['sysctl', '-qw', 'net.ipv4.icmp_ratelimit=0']);
    const file = fileURLToPath(new URL('./faulty_services.js', import.meta.url));
    const argv = [process.execPath, file, this.node.name, JSON.stringify(this.#services)];
    const child = this.#lab.spawn(this.node, argv, { ipc: true, stdout: 'ignore', stderr: 'inherit' });
    child.setMaxListeners(0);
    this.#child = child;
    await within(`the services of ${this.node.name}`, soonMs, once(child, 'message'));
  }

  async kill(): Promise<void> {
    if (this.#child !== undefined) await kill(this.#child);
  }

  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child?.kill(name);
  }

  /** Resolves when it is so. */
  order(order: ServiceOrder): Promise<void> {
    const child = this.#child;
    const { port, fault } = order;
    const obeyed = new Promise<void>((resolve) => {
      const onMessage = (message: { readonly port?: number }) => {
        if (message.port !== port) return;
        child?.off('message', onMessage);
        resolve();
      };
      child?.on('message', onMessage);
      child?.send(order);
    });
    return within(`port ${port} to be ${fault}`, soonMs, obeyed);
  }

  /** What it sends to this address is lost. ARP goes on, so that nobody is told. */
  async lose(address: string, lost: boolean): Promise<void> {
    await this.#lab.run(this.node, ['ip', 'route', lost ? 'add' : 'del', 'blackhole', address]);
  }

  async ignoreEcho(ignored: boolean): Promise<void> {
    await this.#lab.run(this.node, ['sysctl', '-qw', `net.ipv4.icmp_echo_ignore_all=${ignored ? 1 : 0}`]);
  }
}
