#!/usr/bin/env -S node --max-semi-space-size=2
/** argv -> command -> exit code. The only place that ends the process. */
import { CommanderError } from 'commander';
import { errorCodes, reasonOf, XlbError } from './base/errors.ts';
import { ipvsadmWords } from './cli/ipvsadm_words.ts';
import { createProgram } from './cli/program.ts';

/** Commander has said it already, or was asked for its help. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : errorCodes.USAGE.exit;
  return error instanceof XlbError ? errorCodes[error.code].exit : 1;
}

/** One line, and the cure where one is known. The stack only for those who ask for it. */
function report(error: unknown): void {
  if (error instanceof CommanderError) return;
  if (process.env['XLB_DEBUG'] === '1' && error instanceof Error) {
    process.stderr.write(`${error.stack ?? error.message}\n`);
    return;
  }
  const [sentence] = reasonOf(error).split('\n');
  process.stderr.write(`xlb: ${sentence}\n`);
  if (error instanceof XlbError && error.help !== undefined) process.stderr.write(`help: ${error.help}\n`);
}

function fail(error: unknown): never {
  report(error);
  process.exit(exitCodeOf(error));
}

// A fault of ours ends the control plane, not the forwarding: what is pinned goes on.
process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);
// Whoever read our output has gone (xlb status | head): nothing is left to say.
process.stdout.on('error', () => process.exit(0));
process.stderr.on('error', () => undefined);

try {
  const argv = process.argv.slice(2);
  const words = ipvsadmWords(process.argv[1] ?? '', argv);
  if (words === undefined) {
    const program = await createProgram(argv);
    await program.parseAsync(argv, { from: 'user' });
  } else process.exitCode = await (await import('./cli/ipvsadm.ts')).ipvsadm(words);
  process.exit();
} catch (error) {
  fail(error);
}
