/** `xlb bench`: argv -> scenarios, each in a process of its own -> a table, a JSON file, a page. See docs/bench.md. */
import { accessSync, constants, writeFileSync } from 'node:fs';
import { constants as system } from 'node:os';
import { dirname } from 'node:path';
import { errorCodes, reasonOf, XlbError } from '../src/base/errors.ts';
import { version } from '../src/daemon/version.ts';
import { type RunOrder, readCommandLine } from './command_line.ts';
import { compareTable } from './compare.ts';
import { conduct, Interrupted } from './conduct.ts';
import { machine } from './machine.ts';
import { progressOn } from './progress.ts';
import { registry } from './registry.ts';
import { page } from './report.ts';
import { format, isKept, type Run, readRun, type ScenarioResult } from './result.ts';
import { aboutMachine, list, scenarioTable } from './table.ts';

/** Before hours of measuring, not after them. */
function checkWritable(file: string): void {
  try {
    accessSync(dirname(file), constants.W_OK);
  } catch (error) {
    throw new XlbError('USAGE', `Cannot write ${file}: ${reasonOf(error)}`, { help: 'name another file' });
  }
}

function save({ json, report }: RunOrder, run: Run): void {
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(run, undefined, 2)}\n`);
  if (report !== undefined) writeFileSync(report, page(run));
}

async function runAll(order: RunOrder): Promise<number> {
  for (const file of [order.json, order.report]) if (file !== undefined) checkWritable(file);
  const progress = progressOn(process.stderr);
  const about = { format, xlb: version(), began: new Date().toISOString(), machine: machine() } as const;
  const results: ScenarioResult[] = [];
  let failed = false;
  process.stdout.write(`${aboutMachine(about.machine)}\n\n`);
  for (const [at, row] of order.rows.entries()) {
    const say = (text: string) => progress.say(`${row.name} (${at + 1} of ${order.rows.length}): ${text}`);
    try {
      say('begins');
      const { rounds, options } = order;
      const measured = await conduct({
        row,
        order: { options, ...(rounds === undefined ? {} : { rounds }) },
        progress: say,
      });
      results.push({ name: row.name, measures: row.measures, ...measured });
      progress.clear();
      process.stdout.write(`${results.slice(-1).map(scenarioTable).join('')}\n`);
      save(order, { ...about, scenarios: results }); // what comes next may be interrupted
    } catch (error) {
      if (error instanceof Interrupted) throw error;
      failed = true;
      progress.note(reasonOf(error));
      if (error instanceof XlbError && error.help !== undefined) progress.note(`help: ${error.help}`);
    }
  }
  for (const file of [order.json, order.report]) if (file !== undefined) progress.note(`wrote ${file}`);
  return failed || !isKept({ scenarios: results }) ? 1 : 0;
}

async function bench(argv: readonly string[]): Promise<number> {
  const order = readCommandLine(argv, registry);
  switch (order.kind) {
    case 'list':
      process.stdout.write(`${list(registry)}\n`);
      return 0;
    case 'compare': {
      const [before, after] = order.files;
      process.stdout.write(compareTable(readRun(before), readRun(after)));
      return 0;
    }
    case 'report':
      checkWritable(order.report);
      writeFileSync(order.report, page(readRun(order.from)));
      return 0;
    case 'run':
      return runAll(order);
  }
}

try {
  process.exitCode = await bench(process.argv.slice(2));
} catch (error) {
  if (error instanceof Interrupted) {
    process.stderr.write('xlb bench: stopped; nothing is left of its namespaces\n');
    process.exitCode = 128 + system.signals[error.signal];
  } else {
    process.stderr.write(`xlb: ${reasonOf(error)}\n`);
    if (error instanceof XlbError && error.help !== undefined) process.stderr.write(`help: ${error.help}\n`);
    process.exitCode = error instanceof XlbError ? errorCodes[error.code].exit : 1;
  }
}
