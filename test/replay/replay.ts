/** Replays a case of a trace on a Director and finds the first thing that is not as in IPVS. */
import type { Engine, Outcome } from '../../src/addon/addon.ts';
import {
  type Difference,
  differentFrames,
  differentList,
  differentResult,
  differentRows,
  differentWord,
  differentWords,
} from './compare.ts';
import { Director, rowOf } from './director.ts';
import { endpointOf } from './endpoint.ts';
import { type Event, textOf } from './events.ts';
import { within } from './fields.ts';
import type { Topology, TraceCase } from './format.ts';
import { emptied, equip } from './lab.ts';
import { readShell } from './marks.ts';
import { answerWord, datagramOf, dropWord, frameOf, machineOf, withoutLots } from './packets.ts';
import { Stack } from './stack.ts';
import { settingOf } from './sysctls.ts';

/** Replays cases on one engine; between them it must be emptied. */
export class Replayer {
  readonly #engine: Engine;
  readonly #topology: Topology;
  #nowMs = 0;
  #director: Director | undefined;

  constructor(engine: Engine, topology: Topology) {
    this.#engine = engine;
    this.#topology = topology;
  }

  /** All differences, first one first. Throws a Refusal where the case asks for what cannot be replayed. */
  replay(trace: TraceCase): string[] {
    const { marks, mtus } = readShell(trace.shell);
    const settings = trace.sysctl.map(([name, value]) => settingOf(name, value));
    const director = new Director(this.#engine, this.#topology, this.#nowMs);
    equip(this.#engine, this.#topology, mtus);
    this.#director = director;
    for (const setting of settings) director.set(setting);
    director.mark(marks);
    const run = new Run(director, this.#topology);
    run.setup(trace);
    run.events(trace.events);
    run.after(trace);
    return run.differences;
  }

  /** Before another case. Throws where something remains that no time takes away. */
  empty(): void {
    if (this.#director !== undefined) this.#nowMs = emptied(this.#engine, this.#director.nowMs);
  }
}

class Run {
  readonly differences: string[] = [];
  readonly #director: Director;
  readonly #topology: Topology;
  readonly #stack: Stack;
  /** What became of the fragments of a datagram that has come in parts so far. */
  readonly #fragments = new Map<string, { readonly words: string[]; readonly out: string[] }>();

  constructor(director: Director, topology: Topology) {
    this.#director = director;
    this.#topology = topology;
    this.#stack = new Stack(topology.director.mac);
  }

  setup({ setup }: TraceCase): void {
    for (const line of setup)
      this.#note(`setup "${line}"`, differentResult('ok', this.#director.ipvsadm(line)));
  }

  events(events: readonly Event[]): void {
    for (const [index, event] of events.entries())
      this.#note(
        `event ${index + 1}, ${textOf(event)}`,
        within(`event ${index + 1}`, () => this.#event(event)),
      );
  }

  after({ after }: TraceCase): void {
    for (const [args, text] of after) {
      // Beside a real connection's listing: that of the same as hand-made packets.
      const plain = args.replace(/ \(packets\)$/, '');
      this.#note(`after, ipvsadm ${args}`, differentList(plain, text, this.#director.ipvsadm(plain)));
    }
  }

  #note(where: string, difference: Difference): void {
    if (difference !== undefined) this.differences.push(`${where}: ${difference}`);
  }

  #event(event: Event): Difference {
    switch (event.kind) {
      case 'packets':
        return this.#packets(event);
      case 'hex':
        return this.#hex(event);
      case 'ipvsadm':
        return differentResult(event.result, this.#director.ipvsadm(event.line));
      case 'show':
        return differentList(event.args, event.text, this.#director.ipvsadm(event.args));
      case 'conn':
        return this.#connections(event);
      case 'sysctl':
        this.#director.set(settingOf(event.name, event.value));
        return undefined;
      case 'sleep':
        this.#director.sleep(event.seconds);
        return undefined;
    }
  }

  #packets({ packets, client, to, result }: Event & { kind: 'packets' }): Difference {
    const words = packets.map((word) => {
      const frame = frameOf(word, { client, to, topology: this.#topology });
      return this.#word(frame, this.#director.receive(frame));
    });
    return differentWords(result, words);
  }

  #word(frame: Uint8Array, outcome: Outcome): string {
    switch (outcome.action) {
      case 'forward':
        return machineOf(outcome.frame, this.#topology);
      case 'answer':
        return answerWord(outcome.frame);
      case 'drop':
        return dropWord(outcome);
      case 'pass':
        return Buffer.compare(frame, outcome.frame) === 0 ? this.#stack.receive(outcome.frame) : 'changed';
    }
  }

  #hex({ frame, result, out }: Event & { kind: 'hex' }): Difference {
    const outcome = this.#director.receive(frame);
    const word = this.#word(frame, outcome);
    const datagram = datagramOf(frame);
    if (datagram !== undefined && outcome.action === 'forward')
      return this.#fragment(datagram, { word, left: hexOf(outcome.frame), result, out });
    // Whether a host answers a ping is its own matter.
    if (word === 'echo')
      return /^(none|icmp:(0|129)\/0)$/.test(result) ? undefined : differentWord(result, word);
    const different = differentWord(result, word);
    if (different !== undefined) return different;
    if (outcome.action === 'forward') return differentFrames(out, hexOf(outcome.frame));
    if (outcome.action !== 'answer') return undefined;
    return differentFrames(withoutLots(Buffer.from(out, 'hex')), withoutLots(outcome.frame));
  }

  /**
   * IPVS holds fragments back until the last has come, then sends them all, of which a trace has the first; the core
   * sends each as it comes.
   */
  #fragment(
    datagram: string,
    { word, left, result, out }: Readonly<Record<'word' | 'left' | 'result' | 'out', string>>,
  ): Difference {
    const before = this.#fragments.get(datagram) ?? { words: [], out: [] };
    this.#fragments.set(datagram, before);
    before.words.push(word);
    before.out.push(left);
    if (result === 'none') return undefined;
    const different = differentWords(result, before.words);
    const [first = ''] = before.out;
    this.#fragments.delete(datagram);
    return different ?? differentFrames(out, out === left ? left : first);
  }

  #connections({ client, rows }: Event & { kind: 'conn' }): Difference {
    const ours = this.#director
      .connections()
      .filter((entry) => entry.client === client.address && entry.clientPort === client.port);
    return differentRows(rows.map(canonicalRow), ours.map(rowOf));
  }
}

const hexOf = (frame: Uint8Array): string => Buffer.from(frame).toString('hex');

/** Addresses as xlb writes them. */
function canonicalRow(row: string): string {
  return row.replace(/\[[^\]]+\]:\d+/g, (text) => {
    const { address, port } = endpointOf(text, 'row');
    return `[${address}]:${port}`;
  });
}
