/**
 * Traces of the kernel's own IPVS (format: test/core/ipvs/README.md), replayed through an Engine: the same frames, the
 * same changes, the same time, and what became of each compared.
 *
 * Where IPVS answers with an ICMP error (no real server, TTL over), so must the core, in the same bytes but for what
 * the kernel draws by lot. What went to the director's own stack and was answered there (`rst`) was passed here.
 */
import type { Engine, Outcome } from '../../src/addon/addon.ts';
import { canonicalAddress } from '../../src/base/address.ts';
import { type Frame, frameBytes } from './frames.ts';
import { Pools, parseChange, Unsupported } from './ipvsadm_commands.ts';
import { director, endpoint, tcp, udp } from './packets.ts';

export interface TraceCase {
  readonly name: string;
  readonly vip: string;
  readonly setup: readonly string[];
  readonly sysctl?: Readonly<Record<string, number>>;
  readonly shell?: readonly string[];
  readonly events: readonly (readonly unknown[])[];
  /** Listings at the end, by ipvsadm's arguments. */
  readonly after: Readonly<Record<string, string>>;
}

export interface Replay {
  /** What differs: where, expected, and what was seen instead. */
  readonly differences: readonly string[];
  /** Why the rest of the case could not be replayed, or some of it not compared. */
  readonly left_out: readonly string[];
  readonly compared: number;
}

/** Replays the case. Everything that is not replayed or compared is named in `left_out`. */
export function replay(trace: TraceCase, engine: Engine): Replay {
  const unsupported = whyNot(trace);
  if (unsupported !== undefined) return { differences: [], left_out: [unsupported], compared: 0 };
  const run = new Run(engine, trace.vip);
  for (const line of trace.setup) run.change(line);
  for (const [index, event] of trace.events.entries()) run.event(event, `event ${index + 1}`);
  for (const [args, text] of Object.entries(trace.after)) run.listing(args, text, 'after');
  return { differences: run.differences, left_out: run.leftOut, compared: run.compared };
}

/** What the case needs that there is not: its name. */
export function whyNot({ setup, sysctl = {}, shell, events }: TraceCase): string | undefined {
  const [setting] = Object.entries(sysctl);
  if (setting) return `sysctl ${setting.join('=')}`;
  if (shell) return `shell: ${shell[0]}`;
  const changes = events.filter(([kind]) => kind === 'ipvsadm').map(([, line]) => String(line));
  try {
    [...setup, ...changes].forEach(parseChange);
  } catch (error) {
    if (error instanceof Unsupported) return error.message;
    throw error;
  }
  const known = ['udp', 'hex', 'ipvsadm', 'conn', 'show', 'sleep'];
  const strange = events.find(
    ([kind]) => !known.includes(String(kind)) && !/^[FSRPAU -]+$/.test(String(kind)),
  );
  return strange && `event ${strange[0]}`;
}

class Run {
  readonly differences: string[] = [];
  readonly leftOut: string[] = [];
  compared = 0;
  readonly #engine: Engine;
  readonly #vip: string;
  readonly #pools = new Pools();
  #nowMs = 0;

  constructor(engine: Engine, vip: string) {
    this.#engine = engine;
    this.#vip = vip;
  }

  change(line: string): void {
    const change = parseChange(line);
    if (change.realServer.startsWith('127.')) this.#engine.setNexthop(change.realServer, { kind: 'local' });
    const spec = this.#pools.apply(change);
    if (spec) this.#engine.setVirtualServer(spec);
    else this.#engine.removeVirtualServer(change.key);
  }

  event(event: readonly unknown[], where: string): void {
    const [kind, ...rest] = event.map((word) => (Array.isArray(word) ? word : String(word)));
    const what = String(kind);
    const texts = rest.map(String);
    const [first = '', second = ''] = texts;
    const observed = texts.at(-1) ?? '';
    if (what === 'ipvsadm') this.change(first);
    else if (what === 'sleep') this.#sleep(Number(first));
    else if (what === 'show') this.listing(first, second, where);
    else if (what === 'conn') this.#compare(where, rest[1], this.#connections(first));
    else if (what === 'hex') this.#hex(texts, where);
    else
      this.#packets(what, { client: first, to: texts.length > 2 ? second : this.#vip }, { where, observed });
  }

  #packets(
    kind: string,
    between: { client: string; to: string },
    { where, observed }: { where: string; observed: string },
  ): void {
    const plain = { client: canonicalEnd(between.client), to: between.to };
    const frames =
      kind === 'udp' ? [udp(plain)] : kind.split(' ').map((flags) => tcp(flags.replace('-', ''), plain));
    const results = frames.map((frame) => observedResult(this.#run(frameBytes(frame)), frame));
    const together = new Set(results).size === 1 ? results[0] : results.join(' ');
    this.#compare(`${where}, ${kind} ${between.client}`, observed, together);
  }

  #hex([frame = '', , , observed = '', out = '']: readonly string[], where: string): void {
    const outcome = this.#run(Buffer.from(frame, 'hex'));
    if (outcome.action === 'forward') {
      const left = Buffer.from(outcome.frame).toString('hex');
      this.#compare(where, [observed, out], [realServerOf(outcome.frame), left]);
    } else if (outcome.action === 'pass') {
      this.#compare(where, observed === 'none' || observed === 'rst', true);
    } else if (outcome.action === 'answer') {
      const answers = [Buffer.from(out, 'hex'), outcome.frame].map(withoutLots);
      this.#compare(where, [observed, answers[0]], [errorIn(outcome.frame), answers[1]]);
    } else {
      this.#compare(where, observed, dropped(outcome));
    }
  }

  #run(frame: Uint8Array): Outcome {
    return this.#engine.run(frame, director.ingress);
  }

  #sleep(seconds: number): void {
    this.#nowMs += seconds * 1000;
    this.#engine.setClock(this.#nowMs);
    this.#engine.sweep();
  }

  /** Compared without the seconds that are left, which the core does not tell. */
  #connections(client: string): string[] {
    const { address, port } = endpoint(canonicalEnd(client));
    return this.#engine
      .connections()
      .filter((flow) => flow.client === address && flow.clientPort === port)
      .map(({ protocol, virtualAddress, virtualPort, realServer, state }) =>
        [protocol, client, ...[virtualAddress, realServer].map((ip) => end(ip, virtualPort)), state].join(
          ' ',
        ),
      );
  }

  listing(args: string, text: string, where: string): void {
    const sorted = args === '-Ln';
    if (!sorted && args !== '-Ln --nosort') {
      this.leftOut.push(`ipvsadm ${args}`);
      return;
    }
    this.#compare(`${where}, ipvsadm ${args}`, listed(text, sorted), this.#listed(sorted));
  }

  #listed(sorted: boolean): string[] {
    return this.#engine.virtualServers().flatMap(({ protocol, address, port, scheduler, destinations }) => {
      const rows = destinations
        .filter(({ gone }) => !gone)
        .map((d) => `-> ${end(d.address, port)} ${d.weight} ${d.active} ${d.inactive}`);
      return [`${protocol} ${end(address, port)} ${scheduler}`, ...(sorted ? rows.sort() : rows)];
    });
  }

  #compare(where: string, expected: unknown, actual: unknown): void {
    this.compared++;
    const wanted =
      Array.isArray(expected) && where.includes('event') ? expected.map(withoutSeconds) : expected;
    if (JSON.stringify(wanted) === JSON.stringify(actual)) return;
    this.differences.push(`${where}: IPVS ${JSON.stringify(wanted)}, we ${JSON.stringify(actual)}`);
  }
}

const withoutSeconds = (row: unknown) => String(row).replace(/ \d+$/, '');
const end = (address: string, port: number) =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

function canonicalEnd(text: string): string {
  const { address, port } = endpoint(text);
  return end(canonicalAddress(address) ?? address, port);
}

/** 'TCP 10.0.0.100:80 rr', then '-> 10.0.0.11:80 weight active inactive' of each real server. */
function listed(text: string, sorted: boolean): string[] {
  const servers: { head: string; rows: string[] }[] = [];
  for (const line of text.split('\n').slice(3)) {
    const words = line.trim().split(/ +/);
    if (line.startsWith('  ->')) servers.at(-1)?.rows.push([words[0], words[1], ...words.slice(3)].join(' '));
    else if (line !== '') servers.push({ head: words.join(' '), rows: [] });
  }
  return servers.flatMap(({ head, rows }) => [head, ...(sorted ? rows.sort() : rows)]);
}

function realServerOf(frame: Uint8Array): string {
  return `rs${(frame[5] ?? 0) - 0x10}`;
}

/** In a trace's words, what became of a packet. */
function observedResult(outcome: Outcome, frame: Frame): string {
  if (outcome.action === 'forward') return realServerOf(outcome.frame);
  const network = frame.network;
  if (network instanceof Uint8Array) throw new TypeError('not a packet of events');
  if (outcome.action === 'answer') return errorIn(outcome.frame);
  if (outcome.action === 'drop') return dropped(outcome);
  const { payload } = network;
  if (payload instanceof Uint8Array || payload.kind !== 'tcp')
    return network.version === 6 ? 'icmp:1/4' : 'icmp:3/3';
  return payload.flags.includes('R') ? 'none' : 'rst'; // a stack does not answer a reset
}

function dropped({ verdict }: Outcome): string {
  return verdict === 'REAL_SERVER_GONE' || verdict === 'NO_NEIGHBOUR' ? 'none' : verdict;
}

const isIpv6 = (frame: Uint8Array) => frame[12] === 0x86;

/** 'icmp:3/3': type and code of the ICMP error in the frame. */
function errorIn(frame: Uint8Array): string {
  const offset = 14 + (isIpv6(frame) ? 40 : 20);
  return `icmp:${frame[offset]}/${frame[offset + 1]}`;
}

/** The frame in hex, without identification and header checksum, which follows it, or the flow label. */
function withoutLots(frame: Uint8Array): string {
  const bytes = Buffer.from(frame);
  if (isIpv6(bytes)) return bytes.fill(0, 15, 18).toString('hex');
  return bytes.fill(0, 18, 20).fill(0, 24, 26).toString('hex');
}
