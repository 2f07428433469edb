/** `xlb bench`: bench/ in a process of its own. What it measures shall not carry the rest of this one. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { reasonOf, XlbError } from '../base/errors.ts';

const benchMain = fileURLToPath(new URL('../../bench/main.js', import.meta.url));
const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export function benchCommand(): Command {
  return (
    new Command('bench')
      .description('measure it on this machine, in network namespaces of its own')
      .argument('[scenario...]', 'what to measure; or: compare A.json B.json; or: report RUN.json FILE.html')
      .option('--list', 'print the scenarios, what each measures, and options of one scenario alone')
      .option('--rounds <n>', 'how often each figure is measured')
      .option('--json <file>', 'write what was found, for xlb bench compare')
      .option('--report <file>', 'write one page with charts, which needs nothing else')
      .option('--only <text>', 'only figures with this in their name (core, datapath, forwarding)')
      .option('--seconds <n>', 'how long a round takes, where that can be chosen')
      .option('--load <n>', 'so many endless loops beside it (vrrp)')
      .option('--instructions', 'count instructions too, with valgrind (core)')
      // What only one scenario understands is its own: bench/registry.ts.
      .allowUnknownOption()
      .action(bench)
  );
}

async function bench(names: readonly string[], options: Readonly<Record<string, string | boolean>>) {
  const given = Object.entries(options).flatMap(([name, value]) =>
    value === true ? [`--${name}`] : value === false ? [] : [`--${name}`, value],
  );
  const argv = ['--enable-source-maps', benchMain, ...given, ...names];
  const child = spawn(process.execPath, argv, { stdio: 'inherit' });
  // It ends by itself then, and takes its namespaces away first.
  for (const signal of endingSignals) process.on(signal, () => child.kill(signal));
  try {
    const [code, signal] = await once(child, 'exit');
    process.exitCode = typeof code === 'number' ? code : 128 + constants.signals[signal as NodeJS.Signals];
  } catch (error) {
    throw new XlbError('HOST', `Cannot start the bench: ${reasonOf(error)}`);
  }
}
