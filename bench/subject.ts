/**
 * Runs one scenario, in the process and the place that main.ts made for it. argv: its name, an `Order` as JSON.
 * Answers with lines of JSON on descriptor 3.
 */
import { writeSync } from 'node:fs';
import { reasonOf } from '../src/base/errors.ts';
import type { Answer, Order } from './messages.ts';
import { LeftOut } from './needs.ts';
import { registry } from './registry.ts';

const answers = 3;

function answer(message: Answer): void {
  writeSync(answers, `${JSON.stringify(message)}\n`);
}

/** What the package does not have: some labs are those of the tests. */
function explained(error: unknown): string {
  const isMissing = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
  return isMissing
    ? 'its laboratory is not in the package; run it in a clone of the sources'
    : reasonOf(error);
}

const [name, text = '{}'] = process.argv.slice(2);
const order = JSON.parse(text) as Order;
try {
  const scenario = await registry.find((row) => row.name === name)?.load();
  if (scenario === undefined) throw new Error(`there is no scenario ${name}`);
  const measured = await scenario.run({
    rounds: order.rounds ?? scenario.rounds,
    option: (wanted) => order.options[wanted],
    progress: (what) => answer({ kind: 'progress', text: what }),
  });
  answer({ kind: 'measured', measured });
} catch (error) {
  const kind = error instanceof LeftOut ? 'left_out' : 'failed';
  answer({ kind, reason: explained(error) });
  if (process.env['XLB_DEBUG'] === '1' && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
}
