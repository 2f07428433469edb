/** `xlb trace`: the packet path's decisions, a line each, as they are made. */
import { Command } from 'commander';
import { addon } from '../addon/addon.ts';
import { wallOffsetNs } from '../base/clock.ts';
import { readDecision, recordsOf } from '../control/decision.ts';
import { decisionJson, decisionLine } from './decision_text.ts';
import { wholeNumber } from './numbers.ts';
import { type InstanceOptions, withInstance } from './options.ts';
import { checkedFilter, Ending, FILTER_HELP, messagesOf, Watched } from './watch.ts';

interface TraceOptions extends InstanceOptions {
  readonly json?: boolean;
  readonly count?: number;
  readonly rate: number;
}

/** Bytes of a frame: its line says what stands in its headers, and those the packet path has read. */
const SNAP = 0;

export function traceCommand(): Command {
  return withInstance(
    new Command('trace')
      .description(
        'show what becomes of packets as they come: verdict, why, and the real server; until Ctrl-C',
      )
      .argument('[filter...]', 'which packets; none: what virtual servers are concerned with')
      .option('-c, --count <n>', 'end after so many', wholeNumber)
      .option('--rate <n>', 'show so many a second at most; 0: all', wholeNumber, 1_000)
      .option('--json', 'one JSON object a line')
      .addHelpText('after', FILTER_HELP),
  ).action(trace);
}

async function trace(words: readonly string[], options: TraceOptions): Promise<void> {
  const filter = checkedFilter(words, addon().verdicts);
  const ending = new Ending();
  const watched = new Watched();
  const print = printer(options, watched);
  let left = options.count ?? Number.POSITIVE_INFINITY;
  let told = 0;
  try {
    const question = { filter, snap: SNAP, perSecond: options.rate };
    for await (const message of messagesOf(options, question, ending.signal)) {
      if (message.kind === 'state') {
        watched.take(message.state, 'Tracing');
        if (watched.missed > told)
          process.stderr.write(
            `${watched.missed - told} decisions not shown: ${watched.missedText(options.rate)}\n`,
          );
        told = watched.missed;
      }
      if (message.kind !== 'records') continue;
      for (const record of recordsOf(message.records)) {
        if (left <= 0) return;
        left--;
        await print(record);
      }
      if (left <= 0) return;
    }
  } finally {
    ending.close();
  }
}

/** Waits where its reader does not keep up. */
function printer({ json }: TraceOptions, watched: Watched): (record: Buffer) => Promise<void> {
  const { stdout } = process;
  const offset = wallOffsetNs();
  const wallNs = (timeNs: bigint) => timeNs + offset;
  const colours = stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '';
  return async (record) => {
    const decision = readDecision(record, watched.names);
    const line =
      json === true
        ? decisionJson(decision, wallNs)
        : decisionLine(decision, { colours, wallNs, ...(stdout.isTTY ? { columns: stdout.columns } : {}) });
    if (!stdout.write(`${line}\n`)) await new Promise((resolve) => stdout.once('drain', resolve));
  };
}
