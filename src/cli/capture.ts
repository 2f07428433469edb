/** `xlb capture`: packets into a pcapng file, each with its verdict as the comment. */
import type { FileHandle } from 'node:fs/promises';
import { Command } from 'commander';
import { createLogUpdate } from 'log-update';
import { addon, TRACE_SNAP } from '../addon/addon.ts';
import { wallOffsetNs } from '../base/clock.ts';
import { reasonOf, XlbError } from '../base/errors.ts';
import { at, frameOf, readDecision, recordsOf } from '../control/decision.ts';
import { version } from '../daemon/version.ts';
import { openCaptureFile } from './capture_file.ts';
import { packetText, sentence } from './decision_text.ts';
import { wholeNumber } from './numbers.ts';
import { type InstanceOptions, withInstance } from './options.ts';
import { interfaceBlock, packetBlock, sectionHeader } from './pcapng.ts';
import { checkedFilter, Ending, FILTER_HELP, messagesOf, Watched } from './watch.ts';

interface CaptureOptions extends InstanceOptions {
  readonly count?: number;
  readonly seconds?: number;
  readonly snap: number;
  readonly rate: number;
  readonly force?: boolean;
}

export function captureCommand(): Command {
  return withInstance(
    new Command('capture')
      .description(
        'write packets with their verdicts to a file that tcpdump and Wireshark read; until Ctrl-C',
      )
      .argument('<file>', 'a pcapng file, which only its owner may read; -: standard output')
      .argument('[filter...]', 'which packets; none: what virtual servers are concerned with')
      .option('-c, --count <n>', 'end after so many packets', wholeNumber)
      .option('--seconds <n>', 'end after so long', wholeNumber)
      .option('--snap <bytes>', `of a frame, at most ${TRACE_SNAP}`, wholeNumber, TRACE_SNAP)
      .option('--rate <n>', 'write so many a second at most; 0: all', wholeNumber, 20_000)
      .option('--force', 'replace a file that is there')
      .addHelpText(
        'after',
        `${FILTER_HELP}

A frame is written as its verdict left it: one that was sent on has the real server's MAC address and TTL - 1.`,
      ),
  ).action(capture);
}

async function capture(file: string, words: readonly string[], options: CaptureOptions): Promise<void> {
  const filter = checkedFilter(words, addon().verdicts);
  if (options.snap > TRACE_SNAP)
    throw new XlbError('USAGE', `Cannot write ${options.snap} bytes of a frame: ${TRACE_SNAP} at most`);
  const question = { filter, snap: options.snap, perSecond: options.rate };
  const ending = new Ending(options.seconds);
  let output: Output | undefined;
  try {
    const watched = new Watched();
    const most = options.count ?? Number.POSITIVE_INFINITY;
    for await (const message of messagesOf(options, question, ending.signal)) {
      // Not before the daemon answers: no empty file where none runs.
      output ??= await Output.open(file, options, watched);
      if (message.kind === 'state') watched.take(message.state, 'Capturing');
      if (message.kind === 'records') await output.packets(message.records, most);
      output.showProgress();
      if (output.count >= most) break;
    }
  } finally {
    ending.close();
    await output?.close();
  }
}

/** The file as it grows, and a line on stderr that says how far it is. */
class Output {
  readonly #name: string;
  readonly #write: (bytes: Uint8Array) => Promise<void>;
  readonly #file: FileHandle | undefined;
  readonly #options: CaptureOptions;
  readonly #watched: Watched;
  readonly #offset = wallOffsetNs();
  /** Index of an interface to its place in the file. */
  readonly #interfaces = new Map<number, number>();
  readonly #progress = process.stderr.isTTY ? createLogUpdate(process.stderr) : undefined;
  #bytes = 0;
  count = 0;

  private constructor(
    name: string,
    file: FileHandle | undefined,
    about: { options: CaptureOptions; watched: Watched },
  ) {
    this.#name = name;
    this.#file = file;
    this.#options = about.options;
    this.#watched = about.watched;
    this.#write = file === undefined ? writeOut : async (bytes) => void (await file.writeFile(bytes));
  }

  static async open(name: string, options: CaptureOptions, watched: Watched): Promise<Output> {
    if (name === '-' && process.stdout.isTTY)
      throw new XlbError('USAGE', 'Cannot write packets to a terminal', {
        help: 'xlb capture - | tcpdump -r -',
      });
    const file = name === '-' ? undefined : await openCaptureFile(name, options.force === true);
    const output = new Output(name, file, { options, watched });
    await output.#put([sectionHeader({ application: `xlb ${version()}`, system: 'Linux' })]);
    return output;
  }

  /** No more than `most` in all. */
  async packets(batch: Buffer, most: number): Promise<void> {
    const blocks: Buffer[] = [];
    for (const record of recordsOf(batch)) {
      if (this.count >= most) break;
      this.count++;
      blocks.push(...this.#blocksOf(record));
    }
    await this.#put(blocks);
  }

  #blocksOf(record: Buffer): Buffer[] {
    const { names } = this.#watched;
    const decision = readDecision(record, names);
    const index = record.readUInt32LE(at.ingress);
    const known = this.#interfaces.get(index);
    const interfaceId = known ?? this.#interfaces.size;
    this.#interfaces.set(index, interfaceId);
    const packet = packetBlock({
      interfaceId,
      timeNs: decision.timeNs + this.#offset,
      bytes: frameOf(record).subarray(0, this.#options.snap),
      frameLength: decision.frameLength,
      comment: `${decision.verdict}: ${sentence(decision)}; ${packetText(decision)}`,
    });
    return known === undefined
      ? [interfaceBlock(names.interfaceName(index), this.#options.snap), packet]
      : [packet];
  }

  async #put(blocks: readonly Buffer[]): Promise<void> {
    if (blocks.length === 0) return;
    const bytes = Buffer.concat(blocks);
    try {
      await this.#write(bytes);
    } catch (error) {
      throw new XlbError('HOST', `Cannot write ${this.#name}: ${reasonOf(error)}`);
    }
    this.#bytes += bytes.length;
  }

  showProgress(): void {
    this.#progress?.(this.#summary());
  }

  async close(): Promise<void> {
    this.#progress?.clear();
    process.stderr.write(`${this.#summary()}\n`);
    await this.#file?.close();
  }

  #summary(): string {
    const missed = this.#watched.missedText(this.#options.rate);
    return `${this.count} packets, ${this.#bytes} bytes${missed === '' ? '' : `; not written: ${missed}`}`;
  }
}

/** As fast as it is read. */
async function writeOut(bytes: Uint8Array): Promise<void> {
  if (!process.stdout.write(bytes)) await new Promise((resolve) => process.stdout.once('drain', resolve));
}
