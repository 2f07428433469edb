/** `xlb check --against-running`: what a reload from a file would do to the director that runs. */
import { resolve } from 'node:path';
import { errorCodes } from '../base/errors.ts';
import type { PlanAnswer } from '../control/reload.ts';
import { type InstanceOptions, pathsOf } from './options.ts';
import { changes } from './reload.ts';
import { orNotRunning } from './status.ts';

/** The director reads the file itself, with its own environment, so that it is what a reload reads. */
export async function checkAgainstRunning(
  file: string,
  options: InstanceOptions & { readonly json?: boolean },
): Promise<void> {
  const paths = pathsOf(options);
  const { fetchPlan } = await import('../control/client.ts');
  const answer = await fetchPlan(paths.socket, resolve(file)).catch(orNotRunning(paths));
  process.stdout.write(
    options.json === true ? `${JSON.stringify(answer, undefined, 2)}\n` : planText(answer),
  );
  process.exitCode = answer.steps === undefined ? errorCodes.CONFIG.exit : 0;
}

/** Every diagnostic, every step, and the verdict in one line. */
export function planText({ diagnostics, file, steps }: PlanAnswer): string {
  const verdict =
    steps === undefined
      ? 'a reload would be refused, and change nothing'
      : `a reload would make ${changes(steps.length)}`;
  return [
    ...diagnostics.map((one) => `${one}\n\n`),
    ...(steps ?? []).map((step) => `${step}\n`),
    `${file}: ${verdict}\n`,
  ].join('');
}
