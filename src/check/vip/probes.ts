/** Probes of virtual addresses at their real servers: one prober an interface, answers given to who waits for them. */
import type { Addon, AddonError, VipAnswer, VipProber } from '../../addon/addon.ts';
import type { VipIgnored } from '../../addon/vip_prober.ts';
import type { Clock, Timer } from '../../base/clock.ts';
import { formatEndpoint } from '../../base/endpoint.ts';
import type { CommonCheckConfig, VipProbeConfig } from '../../config/model.ts';
import type { CheckResult } from '../checker.ts';
import { VipHolders } from './holders.ts';
import { NONE_IGNORED, plus } from './ignored.ts';
import { type VipPath, VipPaths } from './paths.ts';

/** What a probe found. No failure: every address was accepted. */
export interface VipFinding {
  readonly failure?: CheckResult;
  readonly warning?: string;
}

export interface VipCheck extends Pick<CommonCheckConfig, 'bindto' | 'connectTimeoutMs'> {
  readonly vip: VipProbeConfig;
}

/** The kernel's own for a SYN; sooner where the time limit is short. Twice as long each time. */
const REPEAT_MS = 1_000;
/** The neighbour table is looked at so often where a MAC is not known yet. */
const RESOLVE_MS = 150;
/** An unused prober is closed. Longer than checks are apart as a rule. */
const IDLE_MS = 10 * 60_000;
/** The queue of the interface is full for now: EAGAIN, ENOBUFS. */
const BUSY: ReadonlySet<number> = new Set([11, 105]);

type LinkPath = Extract<VipPath, { readonly kind: 'link' }>;
type Target = VipProbeConfig['targets'][number];

interface Wire {
  readonly prober: VipProber;
  readonly waiting: Map<number, Probe>;
  readonly holders: VipHolders;
  usedMs: number;
  idle?: Timer;
}

/** One address at one real server, until it is settled. */
interface Probe {
  readonly target: Target;
  /** Where it was last sent to. */
  path?: LinkPath;
  id?: number;
  repeat?: Timer;
  /** The MAC that answered instead. */
  elsewhere?: string;
  why?: string;
  settle(failure: CheckResult | undefined): void;
}

export class VipProbes {
  readonly #addon: Pick<Addon, 'VipProber' | 'Netlink'>;
  readonly #clock: Clock;
  readonly #wires = new Map<number, Wire>();
  #paths: VipPaths | undefined;
  /** By probers that are closed. */
  #ignoredBefore = NONE_IGNORED;

  constructor(addon: Pick<Addon, 'VipProber' | 'Netlink'>, clock: Clock) {
    this.#addon = addon;
    this.#clock = clock;
  }

  /** Over when all addresses have answered, one has refused, or `signal` says that the time is up. Never rejects. */
  async probe(check: VipCheck, signal: AbortSignal): Promise<VipFinding> {
    const [first, ...others] = check.vip.targets;
    if (first === undefined) return {};
    const failure =
      others.length === 0
        ? await this.#probeOne(check, first, signal)
        : await this.#probeAll(check, [first, ...others], signal);
    const warning = this.#warningFor(check);
    return { ...(failure && { failure }), ...(warning === undefined ? {} : { warning }) };
  }

  /** The first failure ends the others. */
  async #probeAll(
    check: VipCheck,
    targets: readonly Target[],
    signal: AbortSignal,
  ): Promise<CheckResult | undefined> {
    const ended = new AbortController();
    const either = AbortSignal.any([signal, ended.signal]);
    let failure: CheckResult | undefined;
    const probeOne = async (target: Target) => {
      const failed = await this.#probeOne(check, target, either);
      failure ??= failed;
      if (failed !== undefined) ended.abort();
    };
    await Promise.all(targets.map(probeOne));
    return failure;
  }

  /** Since this was made. */
  ignored(): VipIgnored {
    return [...this.#wires.values()].reduce(
      (sum, { prober }) => plus(sum, prober.ignored()),
      this.#ignoredBefore,
    );
  }

  close(): void {
    for (const index of [...this.#wires.keys()]) this.#closeWire(index);
    this.#paths?.close();
    this.#paths = undefined;
  }

  #probeOne(check: VipCheck, target: Target, signal: AbortSignal): Promise<CheckResult | undefined> {
    return new Promise((resolve) => {
      const probe: Probe = {
        target,
        settle: (failure) => {
          signal.removeEventListener('abort', onAbort);
          probe.repeat?.cancel();
          this.#forget(probe);
          resolve(failure);
        },
      };
      const onAbort = () => probe.settle(silence(check, probe));
      if (signal.aborted) {
        onAbort();
        return;
      }
      signal.addEventListener('abort', onAbort);
      this.#send(check, probe, { waitMs: Math.min(REPEAT_MS, check.connectTimeoutMs / 3), again: false });
    });
  }

  /** Sends, and comes back to it after `waitMs`: the way may have been another then. */
  #send(check: VipCheck, probe: Probe, { waitMs, again }: { waitMs: number; again: boolean }): void {
    const tried = this.#try(check, probe, again);
    if (tried === 'settled') return;
    const [afterMs, nextMs] = tried === 'sent' ? [waitMs, waitMs * 2] : [RESOLVE_MS, waitMs];
    probe.repeat = this.#clock.setTimer(afterMs, () =>
      this.#send(check, probe, { waitMs: nextMs, again: true }),
    );
  }

  #try(check: VipCheck, probe: Probe, again: boolean): 'sent' | 'unresolved' | 'settled' {
    try {
      const path = this.#pathFor(check, again);
      switch (path.kind) {
        case 'link':
          this.#sendTo(path, probe);
          return 'sent';
        case 'unresolved':
          probe.why = path.reason;
          return 'unresolved';
        case 'local':
          probe.settle(undefined);
          return 'settled';
        case 'impossible':
          probe.settle({ code: 'SOCKERR', detail: path.reason });
          return 'settled';
      }
    } catch (error) {
      const { errno, message } = error as AddonError;
      if (BUSY.has(errno)) return 'sent';
      probe.settle({ code: 'SOCKERR', detail: message });
      return 'settled';
    }
  }

  #sendTo(path: LinkPath, probe: Probe): void {
    const wire = this.#wireOf(path.index);
    wire.usedMs = this.#clock.nowMs();
    if (probe.id !== undefined && probe.path !== undefined && samePath(path, probe.path)) {
      wire.prober.repeat(probe.id);
      return;
    }
    this.#forget(probe);
    probe.path = path;
    const { mac, ownMac, source, exact } = path;
    const { address: vip, port } = probe.target;
    probe.id = wire.prober.ask({ mac, ownMac, source, exact, vip, port });
    wire.waiting.set(probe.id, probe);
  }

  #pathFor({ vip, bindto }: VipCheck, doubted: boolean): VipPath {
    this.#paths ??= new VipPaths(new this.#addon.Netlink(), this.#clock);
    const vips = vip.targets.map(({ address }) => address);
    return this.#paths.find({ realServer: vip.realServer, vips, ...(bindto && { bindto }) }, doubted);
  }

  /** None where the kernel does not say: the probe has been settled without it. */
  #knownPath(check: VipCheck): VipPath | undefined {
    try {
      return this.#pathFor(check, false);
    } catch {
      return undefined;
    }
  }

  #forget(probe: Probe): void {
    const wire = probe.path && this.#wires.get(probe.path.index);
    if (probe.id === undefined || wire?.waiting.get(probe.id) !== probe) return;
    wire.waiting.delete(probe.id);
    wire.prober.forget(probe.id);
    delete probe.id;
  }

  #wireOf(index: number): Wire {
    const known = this.#wires.get(index);
    if (known !== undefined) return known;
    const prober = new this.#addon.VipProber(index, {
      onAnswers: (answers) => {
        for (const answer of answers) this.#take(wire, answer);
      },
      onError: (error) => this.#lost(index, error),
    });
    const wire: Wire = { prober, waiting: new Map(), holders: new VipHolders(this.#clock), usedMs: 0 };
    this.#wires.set(index, wire);
    this.#closeWhenIdle(index, wire);
    return wire;
  }

  #closeWhenIdle(index: number, wire: Wire): void {
    const look = () => {
      const unused = wire.waiting.size === 0 && this.#clock.nowMs() - wire.usedMs >= IDLE_MS;
      if (unused) this.#closeWire(index);
      else wire.idle = this.#clock.setTimer(IDLE_MS, look);
    };
    wire.usedMs = this.#clock.nowMs();
    look();
  }

  #closeWire(index: number): void {
    const wire = this.#wires.get(index);
    this.#wires.delete(index);
    if (wire === undefined) return;
    wire.idle?.cancel();
    this.#ignoredBefore = plus(this.#ignoredBefore, wire.prober.ignored());
    wire.prober.close();
  }

  /** The interface went down or away. */
  #lost(index: number, { message }: Error): void {
    const waiting = [...(this.#wires.get(index)?.waiting.values() ?? [])];
    this.#closeWire(index);
    for (const probe of waiting) probe.settle({ code: 'SOCKERR', detail: message });
  }

  #take(wire: Wire, answer: VipAnswer): void {
    const probe = answer.kind === 'holder' ? undefined : wire.waiting.get(answer.id);
    switch (answer.kind) {
      case 'holder':
        wire.holders.heard(answer.vip, answer.mac);
        break;
      case 'open':
        probe?.settle(undefined);
        break;
      case 'closed':
        probe?.settle(refusal(probe, 'refused; the service there must listen on it, or on all addresses'));
        break;
      case 'unreachable': {
        const said = `ICMP says unreachable (code ${answer.code}), from ${answer.mac}`;
        probe?.settle(refusal(probe, said));
        break;
      }
      case 'elsewhere':
        if (probe !== undefined) probe.elsewhere = answer.mac;
        break;
    }
  }

  /** Of ARP: IPv6 answers for an address of the loopback on no other interface. */
  #warningFor(check: VipCheck): string | undefined {
    const { realServer, targets } = check.vip;
    const path = this.#knownPath(check);
    if (path === undefined) return undefined;
    const wire = path.kind === 'link' ? this.#wires.get(path.index) : undefined;
    if (path.kind !== 'link' || wire === undefined || !path.exact) return undefined;
    const { mac, ownMac } = path;
    const wrong = new Set(targets.map(({ address }) => address).filter((address) => !address.includes(':')));
    for (const vip of wrong) {
      const holds = wire.holders.holds(vip, mac, () => askHolder(wire.prober, vip, ownMac));
      if (!holds) wrong.delete(vip);
    }
    if (wrong.size === 0) return undefined;
    const vips = [...wrong].join(' ');
    return (
      `Real server ${realServer} (${mac}) answers ARP for ${vips}: clients can reach it past the director. ` +
      `Run \`xlb realserver up ${vips}\` there, which sets arp_ignore 1 and arp_announce 2`
    );
  }
}

function askHolder(prober: VipProber, vip: string, ownMac: string): void {
  try {
    prober.askHolder({ vip, ownMac });
  } catch {
    // The queue is full, or the interface is gone: there will be another time.
  }
}

function samePath(a: LinkPath, b: LinkPath): boolean {
  return a.index === b.index && a.mac === b.mac && a.ownMac === b.ownMac && a.source === b.source;
}

/** `VIP 10.0.0.10:80 at 02:00:00:00:00:01`. */
function placeOf({ target, path }: Probe): string {
  const at = path === undefined ? '' : ` at ${path.mac}`;
  return `VIP ${formatEndpoint(target.address, target.port)}${at}`;
}

function refusal(probe: Probe, said: string): CheckResult {
  return { code: 'VIPCON', detail: `${placeOf(probe)}: ${said}` };
}

/** The time is up. */
function silence({ vip }: VipCheck, probe: Probe): CheckResult {
  const cure = `\`xlb realserver up ${probe.target.address}\` there`;
  if (probe.elsewhere !== undefined)
    return {
      code: 'VIPTOUT',
      detail: `${placeOf(probe)}: answered by ${probe.elsewhere} instead; it passes packets on. ${cure}`,
    };
  if (probe.path === undefined)
    return { code: 'VIPTOUT', detail: `${placeOf(probe)}: ${probe.why ?? `no way to ${vip.realServer}`}` };
  return {
    code: 'VIPTOUT',
    detail: `${placeOf(probe)}: no answer; is the address on its loopback? ${cure}`,
  };
}
