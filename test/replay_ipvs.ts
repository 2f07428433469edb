/**
 * Replays captured traces of the kernel's IPVS through the packet core: `npm run -s replay-ipvs -- FILE...`. Without
 * root, network or waiting. Ends with 1 where anything differs, 2 where a file cannot be read or replayed.
 */
import { readFileSync } from 'node:fs';
import { addon } from '../src/addon/addon.ts';
import { Refusal, within } from './replay/fields.ts';
import { readTraceFile, type TraceFile } from './replay/format.ts';
import { Replayer } from './replay/replay.ts';

const FLOW_SLOTS = 16_384;

function main(paths: readonly string[]): number {
  if (paths.length === 0) {
    process.stderr.write(
      'usage: npm run -s replay-ipvs -- FILE...   (captured traces, format ipvs-trace/1)\n',
    );
    return 2;
  }
  let [matched, differing, unusable] = [0, 0, 0];
  for (const path of paths) {
    try {
      const file = readTraceFile(textOf(path), path);
      for (const [name, difference] of replayFile(path, file)) {
        process.stdout.write(difference === undefined ? `ok ${name}\n` : `${name}: ${difference}\n`);
        if (difference === undefined) matched++;
        else differing++;
      }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      process.stderr.write(`${error.message}\n`);
      unusable++;
    }
  }
  process.stdout.write(`${matched} matched, ${differing} differ\n`);
  return unusable > 0 ? 2 : differing > 0 ? 1 : 0;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Refusal(
      `${path}: cannot be read (${(error as NodeJS.ErrnoException).code}); expected a file of traces`,
    );
  }
}

/** Name and first difference of each case. */
function* replayFile(
  path: string,
  { topology, cases }: TraceFile,
): Generator<readonly [string, string | undefined]> {
  for (const trace of cases) {
    const engine = new (addon().Engine)({ kind: 'core', flowSlots: FLOW_SLOTS });
    const replayer = new Replayer(engine, topology);
    const [difference] = within(`${path}: case "${trace.name}"`, () => replayer.replay(trace));
    yield [trace.name, difference];
  }
}

process.exitCode = main(process.argv.slice(2));
