/**
 * The owner of the packet path: makes the tables and the attachments what the main thread wants them to be, and
 * keeps next hops right by itself. Lives in the dataplane worker; everything it touches comes in as an argument.
 */
import type {
  Addon,
  Forwarder,
  HostEvent,
  Link,
  Netlink,
  NetlinkMonitor,
  Nexthop,
  VirtualServerKey,
  VirtualServerSpec,
} from '../addon/addon.ts';
import type { Clock, Timer } from '../base/clock.ts';
import { reasonOf } from '../base/errors.ts';
import { Addresses } from '../host/addresses.ts';
import { keptNeighbours } from '../host/kept_neighbours.ts';
import { Links } from '../host/links.ts';
import { Neighbours } from '../host/neighbours.ts';
import { answerQuestion } from './answers.ts';
import { attempt } from './attempt.ts';
import { DataPath } from './data_path.ts';
import { difference, nameOf, realServersOf, specOf } from './difference.ts';
import { ESTIMATION_MS } from './estimator.ts';
import { chooseInterfaces } from './interfaces.ts';
import { every, Later } from './later.ts';
import type { Applied, DataplaneState, Opened, OpenOptions, ThreadNews, Wanted } from './messages.ts';
import { PlacedProgram } from './program.ts';
import type { Question, Reply } from './questions.ts';
import { Rates } from './rates.ts';
import { type TraceNews, Tracing } from './tracing.ts';

/** Several route changes usually come together; wait for the last of them. */
const ROUTES_SETTLE_MS = 50;
const LOOK_AGAIN_MS = 1_000;
/** Kernels without managed neighbours let an unused entry go stale after 15 to 45 s. */
const PROBED_AGAIN_MS = 20_000;

export type DataplaneLog = (level: 'info' | 'warn', message: string) => void;

export interface DataplaneShell {
  readonly clock: Clock;
  readonly log: DataplaneLog;
  /** What is told of packets, while somebody watches, and of the threads that forward. */
  readonly tell: (news: TraceNews | ThreadNews) => void;
}

export class Dataplane {
  readonly #forwarder: Forwarder;
  readonly #netlink: Netlink;
  readonly #monitor: NetlinkMonitor;
  readonly #links: Links;
  readonly #addresses: Addresses;
  readonly #neighbours: Neighbours;
  readonly #removePins: () => void;
  readonly #log: DataplaneLog;
  readonly #routesChanged: Later;
  readonly #timers: readonly Timer[];
  readonly #rates: Rates;
  readonly #dataPath: DataPath;
  readonly #tracing: Tracing;
  readonly opened: Opened;
  #present: VirtualServerSpec[];
  readonly #program: PlacedProgram;
  #wanted: Wanted | undefined;
  /** Settings and mark rules as they were set last, as text; an earlier process's are not known. */
  readonly #general = new Map<'settings' | 'markRules', string>();
  /** Of the last wish; those that are not told yet when it is tried again are. */
  #problems: readonly string[] = [];
  #incomplete = false;
  #attachProblems: readonly string[] = [];
  #unreachable: ReadonlyMap<string, string> = new Map();
  #crowded = false;
  /** Next hops that the tables refused, tried again each second; and those of them that were told. */
  readonly #unset = new Set<string>();
  readonly #unsetTold = new Set<string>();

  /** Opens or makes the tables; throws an AddonError where that fails. */
  constructor(addon: Addon, options: OpenOptions, shell: DataplaneShell) {
    this.#log = shell.log;
    this.#removePins = () => void addon.removePins(options.pinDirectory);
    const { limits, neighboursFile, pinDirectory } = options;
    this.#forwarder = new addon.Forwarder({ pinDirectory, limits });
    this.#dataPath = new DataPath(this.#forwarder, shell);
    this.#program = new PlacedProgram(this.#forwarder, shell.log);
    const found = this.#forwarder.virtualServers();
    const { adopted, discarded } = this.#forwarder;
    this.opened = { adopted, ...(discarded === undefined ? {} : { discarded }), virtualServers: found };
    this.#present = found.map(specOf);
    this.#rates = new Rates(found);
    this.#netlink = new addon.Netlink();
    // Listens before it reads: what changes in between is told, and told twice does no harm.
    this.#monitor = new addon.NetlinkMonitor((events) => this.#take(events));
    this.#links = new Links(() => this.#netlink.links());
    this.#tracing = new Tracing(this.#forwarder, { ...shell, links: this.#links });
    this.#addresses = new Addresses(this.#netlink);
    this.#neighbours = new Neighbours(this.#netlink, this.#links, {
      known: new Map(found.flatMap((server) => server.destinations.map((one) => [one.address, one.nexthop]))),
      kept: keptNeighbours(neighboursFile, { warn: (text) => this.#log('warn', text) }),
      changed: (address, nexthop) => this.#setNexthop(address, nexthop),
    });
    this.#forwarder.startSweeper();
    const { clock } = shell;
    this.#routesChanged = new Later(clock, ROUTES_SETTLE_MS, () => this.#neighbours.routesChanged());
    this.#timers = [
      every(clock, LOOK_AGAIN_MS, () => {
        this.#neighbours.askUnresolved();
        this.#setNexthopsAgain();
        this.#tellUnreachable();
        this.#tellCrowded();
        this.#tryAgain();
        this.#lookAtDataPath();
      }),
      every(clock, ESTIMATION_MS, () => this.#rates.take(this.#forwarder.virtualServers())),
      every(clock, PROBED_AGAIN_MS, () => {
        this.#neighbours.askProbed();
        this.#moveProgram();
      }),
    ];
  }

  /** Carries out a wish as far as it can be: what is new first, then what goes. */
  want(wanted: Wanted): Applied {
    this.#wanted = wanted;
    const problems: string[] = [];
    const realServers = new Set([...realServersOf(wanted.virtualServers), ...wanted.realServers]);
    this.#neighbours.follow(realServers);
    const generalDone = this.#setGeneral('settings', wanted.settings, problems);
    const { release, set, remove, wanted: virtualServers } = difference(this.#present, wanted.virtualServers);
    const failed = new Set<string>();
    const tried = (key: VirtualServerKey, done: boolean): unknown =>
      done ? failed.delete(nameOf(key)) : failed.add(nameOf(key));
    const removeOne = (key: VirtualServerKey): unknown =>
      tried(
        key,
        attempt(problems, () => this.#forwarder.removeVirtualServer(key)),
      );
    for (const key of release.remove) removeOne(key);
    for (const spec of [...release.set, ...set])
      tried(
        spec,
        attempt(problems, () => this.#forwarder.setVirtualServer(spec)),
      );
    // A mark leads to a virtual server: that must be there first.
    const marksDone = this.#setGeneral('markRules', wanted.markRules, problems);
    const unwantedLinks = this.#attachWanted();
    for (const key of remove) removeOne(key);
    for (const index of unwantedLinks) attempt(problems, () => this.#program.detach(index));
    this.#dataPath.use(wanted.interfaces);
    this.#neighbours.keepOnly(realServers);
    // Where a change failed, what was there before still is; the change is tried again.
    this.#present = [
      ...virtualServers.filter((spec) => !failed.has(nameOf(spec))),
      ...this.#present.filter((spec) => failed.has(nameOf(spec))),
    ];
    this.#incomplete = failed.size > 0 || !generalDone || !marksDone;
    this.#problems = problems;
    const refused = problems.length === 0 ? {} : { refused: problems };
    const elsewhere = [...this.#attachProblems, ...this.#dataPath.problems];
    return {
      interfaces: this.#dataPath.interfaces(this.#links),
      problems: [...problems, ...elsewhere],
      ...refused,
    };
  }

  /** Sets what is not about one virtual server, where it differs from what was set last. False: it failed. */
  #setGeneral<Name extends 'settings' | 'markRules'>(
    name: Name,
    value: Wanted[Name],
    problems: string[],
  ): boolean {
    const text = JSON.stringify(value);
    if (this.#general.get(name) === text) return true;
    const done = attempt(problems, () =>
      name === 'settings'
        ? this.#forwarder.setSettings(value as Wanted['settings'])
        : this.#forwarder.setMarkRules(value as Wanted['markRules']),
    );
    if (done) this.#general.set(name, text);
    return done;
  }

  state(): DataplaneState {
    const { notHeld } = this.#dataPath;
    return {
      interfaces: this.#dataPath.interfaces(this.#links),
      virtualServers: this.#forwarder.virtualServers(),
      verdicts: this.#forwarder.verdicts(),
      flows: this.#forwarder.flows(),
      afXdp: this.#dataPath.state.counts,
      ...(notHeld === undefined ? {} : { notHeld }),
    };
  }

  /** Cannot fail: a question that cannot be answered is answered by that. */
  answer(question: Question): Reply {
    const wanted = this.#wanted?.virtualServers ?? [];
    const [forwarder, rates, tracing] = [this.#forwarder, this.#rates, this.#tracing];
    const interfaces = () => this.#dataPath.interfaces(this.#links);
    return answerQuestion(question, { forwarder, interfaces, rates, tracing, wanted });
  }

  /** Takes everything down: neighbours given back, programs detached, pins removed. What failed, one sentence each. */
  stop(): string[] {
    const problems: string[] = [];
    for (const timer of this.#timers) timer.cancel();
    this.#routesChanged.cancel();
    this.#monitor.close();
    this.#tracing.end();
    this.#neighbours.release();
    for (const { index } of this.#forwarder.attachments())
      attempt(problems, () => this.#forwarder.detach(index));
    this.#forwarder.stopSweeper();
    this.#forwarder.close();
    attempt(problems, this.#removePins);
    this.#netlink.close();
    return problems;
  }

  #setNexthop(address: string, nexthop: Nexthop): void {
    this.#unset.delete(address);
    try {
      this.#forwarder.setNexthop(address, nexthop);
    } catch (error) {
      this.#unset.add(address);
      if (!this.#unsetTold.has(address)) this.#log('warn', `Cannot reach ${address}: ${reasonOf(error)}`);
      this.#unsetTold.add(address);
      return;
    }
    this.#unsetTold.delete(address);
  }

  #setNexthopsAgain(): void {
    for (const address of [...this.#unset]) this.#setNexthop(address, this.#neighbours.nexthop(address));
  }

  /** For what the kernel's news cause: nobody waits for an answer, so a failure goes to the log. */
  #carryOut(action: () => unknown): void {
    try {
      action();
    } catch (error) {
      this.#log('warn', reasonOf(error));
    }
  }

  /** A table that was full may have room by now. */
  #tryAgain(): void {
    if (!this.#incomplete || this.#wanted === undefined) return;
    const known = new Set([...this.#problems, ...this.#attachProblems, ...this.#dataPath.problems]);
    for (const problem of this.want(this.#wanted).problems)
      if (!known.has(problem)) this.#log('warn', problem);
  }

  /** News from the kernel. A fault of ours over one of them must not cost the others. */
  #take(events: readonly HostEvent[]): void {
    for (const event of events) this.#carryOut(() => this.#takeOne(event));
  }

  #takeOne(event: HostEvent): void {
    switch (event.kind) {
      case 'neighbour':
        this.#neighbours.take(event);
        break;
      case 'link':
        this.#takeLink(event);
        break;
      case 'address':
        this.#takeAddress(event);
        break;
      case 'route':
        this.#routesChanged.soon();
        break;
      case 'overrun':
        this.#log('warn', 'The kernel had more news than could be read in time: reading everything again');
        this.#refresh();
        break;
    }
  }

  /** What was missed may have been anything. */
  #refresh(): void {
    this.#links.refresh();
    this.#addresses.refresh();
    this.#neighbours.refresh();
    this.#moveProgram();
  }

  #takeAddress(event: HostEvent & { kind: 'address' }): void {
    this.#addresses.take(event);
    this.#routesChanged.soon();
    if (this.#wanted?.interfaces.addresses.includes(event.address)) this.#moveProgram();
  }

  #takeLink(event: HostEvent & { kind: 'link' }): void {
    const before = this.#links.byIndex(event.index);
    this.#links.take(event);
    const cameUp = carries(event) && (before === undefined || !carries(before));
    if (cameUp || before?.mac !== event.mac || before.mtu !== event.mtu || event.removed)
      this.#neighbours.linkChanged(event.index, { cameUp });
    if (event.removed && this.#program.has(event.index))
      this.#carryOut(() => this.#program.detach(event.index));
    else if (this.#program.has(event.index) && (before?.mac !== event.mac || before.mtu !== event.mtu))
      this.#carryOut(() => this.#forwarder.setInterface(event));
    // The kernel drops routes with a link without saying so.
    this.#routesChanged.soon();
    // Attaching makes news of the link itself: only what is new, gone, renamed or switched on or off counts here.
    if (event.removed || before?.name !== event.name || before.up !== event.up) this.#moveProgram();
    this.#tellLink(event, { before, cameUp });
  }

  #tellLink(
    event: HostEvent & { kind: 'link' },
    { before, cameUp }: { readonly before: Link | undefined; readonly cameUp: boolean },
  ): void {
    if (this.#wanted?.interfaces.names.includes(event.name) !== true) return;
    if (cameUp) this.#log('info', `Interface ${event.name} is up`);
    else if (before !== undefined && carries(before) && !carries(event))
      this.#log(
        'warn',
        `Interface ${event.name} ${event.removed ? 'was removed' : 'is down'}: nothing is forwarded there`,
      );
  }

  /** Once, until it is better. */
  #tellCrowded(): void {
    const { crowded } = this.#neighbours.pressure();
    if (crowded && !this.#crowded)
      this.#log(
        'warn',
        "The kernel's neighbour table has no room for all real servers: " +
          'raise net.ipv4.neigh.default.gc_thresh3 and net.ipv6.neigh.default.gc_thresh3',
      );
    this.#crowded = crowded;
  }

  /** Not at once: a route often comes with an address that is only just being added. */
  #tellUnreachable(): void {
    const before = this.#unreachable;
    this.#unreachable = this.#neighbours.unreachable();
    for (const [address, reason] of this.#unreachable)
      if (before.get(address) !== reason) this.#log('warn', `Cannot reach real server ${address}: ${reason}`);
  }

  #lookAtDataPath(): void {
    const known = new Set(this.#dataPath.problems);
    this.#dataPath.lookAgain();
    for (const problem of this.#dataPath.problems) if (!known.has(problem)) this.#log('warn', problem);
  }

  /** After a change on the host: the program goes where it is wanted now. */
  #moveProgram(): void {
    if (this.#wanted === undefined) return;
    const known = new Set([...this.#attachProblems, ...this.#dataPath.problems]);
    const problems: string[] = [];
    for (const index of this.#attachWanted()) attempt(problems, () => this.#program.detach(index));
    this.#dataPath.use(this.#wanted.interfaces);
    for (const problem of [...problems, ...this.#attachProblems, ...this.#dataPath.problems])
      if (!known.has(problem)) this.#log('warn', problem);
  }

  /** Attaches where the program is missing; the interfaces that carry it and shall not any more. */
  #attachWanted(): number[] {
    const { interfaces } = this.#wanted ?? {
      interfaces: { names: [], addresses: [], datapath: 'auto' } as const,
    };
    const { links, problems } = chooseInterfaces(interfaces, {
      links: this.#links.all(),
      addresses: this.#addresses.all(),
    });
    this.#attachProblems = [...problems, ...this.#program.attach(links, interfaces.datapath)];
    const wantedIndexes = new Set(links.map(({ index }) => index));
    const present = this.#forwarder.attachments().map(({ index }) => index);
    return present.filter((index) => !wantedIndexes.has(index));
  }
}

/** A removal shows the link as it last was. */
function carries(link: Link & { readonly removed?: boolean }): boolean {
  return link.up && link.running && link.removed !== true;
}
