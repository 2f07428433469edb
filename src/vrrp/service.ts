/** What the VRRP worker does, whatever thread it runs in: opens the host's side, and answers messages. */
import type { Addon, HostEvent } from '../addon/addon.ts';
import type { Clock } from '../base/clock.ts';
import { reasonOf } from '../base/errors.ts';
import { forwardingLogger } from '../base/forward_log.ts';
import type { Sysctl } from '../host/sysctl.ts';
import { borrowedSettings } from './borrowed_sysctls.ts';
import { Instances, type TrackShell, type VrrpConfig } from './instances.ts';
import { LinkDelays } from './link_delays.ts';
import type { FromVrrpWorker, ToVrrpWorker, VrrpOptions } from './messages.ts';
import { filterTable } from './not_accepted.ts';
import { ownedAddresses } from './owned_addresses.ts';
import { ownedRouting } from './routing_keeper.ts';
import type { OpenSocket } from './sockets.ts';

export interface VrrpServiceShell {
  readonly addon: () => Pick<
    Addon,
    'AddressFilter' | 'Netlink' | 'NetlinkMonitor' | 'Announcer' | 'setThreadScheduling'
  >;
  readonly openSocket: OpenSocket;
  readonly clock: Clock;
  readonly uptimeMs: () => number;
  readonly sysctl: Sysctl;
  readonly track: TrackShell;
  readonly post: (message: FromVrrpWorker) => void;
}

interface Opened {
  readonly instances: Instances;
  readonly configure: (config: VrrpConfig) => void;
  readonly close: () => void;
}

export class VrrpService {
  readonly #shell: VrrpServiceShell;
  #opened: Opened | undefined;
  #autoPriority = 0;
  #stopping = false;

  constructor(shell: VrrpServiceShell) {
    this.#shell = shell;
  }

  answer(message: ToVrrpWorker): void {
    const { post } = this.#shell;
    switch (message.kind) {
      case 'open':
        this.#opened = this.#open(message);
        break;
      case 'configure':
        // It would start again what is being withdrawn.
        if (this.#stopping) break;
        this.#schedule(message.config.global);
        this.#parts().configure(message.config);
        post({ kind: 'configured', revision: message.revision });
        break;
      case 'read':
        post({ kind: 'status', request: message.request, instances: this.#instances().status() });
        if (message.clear === true) this.#instances().clearStatistics();
        break;
      case 'stop':
        void this.#stop();
        break;
    }
  }

  #open({ addressesFile, owner, routingFile, sysctlsFile }: VrrpOptions): Opened {
    const { clock, openSocket, post, sysctl, track, uptimeMs } = this.#shell;
    const { AddressFilter, Announcer, Netlink, NetlinkMonitor } = this.#shell.addon();
    const netlink = new Netlink();
    const filter = new AddressFilter({ table: filterTable(owner) });
    const announcer = new Announcer();
    const log = forwardingLogger((record) => post({ kind: 'log', record }));
    const held: { instances?: Instances } = {};
    // Listens before anything is read, so that no change falls between the two.
    const delays = new LinkDelays(clock, (events) => held.instances?.hostChanged(events));
    const monitor = new NetlinkMonitor((events: HostEvent[]) =>
      held.instances?.hostChanged(delays.take(events)),
    );
    const instances = new Instances({
      netlink,
      links: () => delays.counted(netlink.links()),
      filter,
      announce: (index, address, repeat) => {
        for (let sent = 0; sent < repeat; sent++) announcer.send({ index, address });
      },
      openSocket,
      owned: ownedAddresses(addressesFile, log),
      ownedRouting: ownedRouting(routingFile, log),
      borrowed: borrowedSettings(sysctlsFile, log),
      owner,
      clock,
      log,
      tell: (news) => post({ kind: 'news', news }),
      uptimeMs,
      late: () => this.#rise(),
      sysctl,
      track,
    });
    held.instances = instances;
    return {
      instances,
      configure: (config) => {
        delays.configure(config.global.linkDelays ?? [], () => netlink.links());
        instances.configure(config);
      },
      close: () => {
        monitor.close();
        delays.close();
        announcer.close();
        filter.close();
        netlink.close();
      },
    };
  }

  /** vrrp_max_auto_priority: a thread that was late asks for real-time priority, step by step. */
  #rise(): void {
    const { global } = this.#instances().configured ?? {};
    if (global === undefined || global.realTimePriority !== undefined) return;
    if (this.#autoPriority >= global.maxAutoPriority) return;
    this.#autoPriority++;
    this.#schedule(global);
    const message = `Timers are late: VRRP runs at real-time priority ${this.#autoPriority} now`;
    this.#shell.post({ kind: 'log', record: { level: 'warn', message } });
  }

  /** Of this thread; what the kernel refuses is said, and the election goes on without it. */
  #schedule({ nice, noSwap, processors, realTimeLimitUs, ...global }: VrrpConfig['global']): void {
    const realTimePriority = global.realTimePriority ?? (this.#autoPriority || undefined);
    try {
      this.#shell.addon().setThreadScheduling({
        ...(realTimePriority === undefined
          ? {}
          : {
              realTime: {
                priority: realTimePriority,
                ...(realTimeLimitUs === undefined ? {} : { limitUs: realTimeLimitUs }),
              },
            }),
        ...(nice === undefined ? {} : { nice }),
        ...(processors.length === 0 ? {} : { processors }),
        ...(noSwap ? { lockMemory: true } : {}),
      });
    } catch (error) {
      const message = `VRRP runs at ordinary priority: ${reasonOf(error)}`;
      this.#shell.post({ kind: 'log', record: { level: 'warn', message } });
    }
  }

  async #stop(): Promise<void> {
    this.#stopping = true;
    await this.#opened?.instances.stop();
    this.#opened?.close();
    this.#opened = undefined;
    this.#shell.post({ kind: 'stopped' });
  }

  #instances(): Instances {
    return this.#parts().instances;
  }

  #parts(): Opened {
    if (this.#opened === undefined) throw new Error('Cannot serve the virtual routers: nothing was opened');
    return this.#opened;
  }
}
