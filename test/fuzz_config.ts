/**
 * Looks for configurations on which the parser throws, hangs, or answers neither a model nor an error: the golden files
 * and the guides with random faults, for as long as it is told to. No root.
 *
 *     node dist/test/fuzz_config.js [--seconds N] [--seed N]
 *
 * What it finds is printed whole, with the seed and the round; the exit status is 1 then.
 */
import { parseArgs } from 'node:util';
import { systemClock } from '../src/base/clock.ts';
import { render } from '../src/config/diagnostic.ts';
import { parseConfig } from '../src/daemon/grammar.ts';
import { mutate, sampleConfigurations, seeded } from './helpers/mutate.ts';
import { processorTime } from './helpers/processor_time.ts';

/** Milliseconds of the processor for one small file. */
const SLOW = 2000;

/** What is wrong with the answer to `text`; undefined: nothing. */
function fault(text: string): string | undefined {
  try {
    let said = '';
    const took = processorTime(() => {
      const { config, diagnostics } = parseConfig(text, {
        file: 'fuzz.conf',
        surroundings: { configId: 'x', environment: () => 'y' },
      });
      const failed = diagnostics.some(({ severity }) => severity === 'error');
      if ((config === undefined) !== failed) said = 'a model and an error, or neither';
      if (diagnostics.some(({ at }) => at.line < 1 || at.column < 1 || at.length < 1))
        said = 'a place that is none';
      diagnostics.map(render);
    });
    return took > SLOW ? `${Math.round(took)} ms` : said || undefined;
  } catch (error) {
    return String(error);
  }
}

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string', default: '1' } },
});
const samples = sampleConfigurations();
const random = seeded(Number(values.seed));
const end = systemClock.nowMs() + Number(values.seconds) * 1000;
let rounds = 0;
for (; systemClock.nowMs() < end; rounds++) {
  const text = mutate(samples[random(samples.length)] ?? '', samples[random(samples.length)] ?? '', random);
  const found = fault(text);
  if (found === undefined) continue;
  process.stdout.write(`seed ${values.seed}, round ${rounds}: ${found}\n${text}\n`);
  process.exitCode = 1;
  break;
}
process.stdout.write(`${rounds} configurations\n`);
