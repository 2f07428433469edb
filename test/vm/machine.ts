/** The stories, told in a VM. */
import { runInVm } from '../../bench/vm/machine.ts';
import type { Result } from './guest.ts';

export interface Run {
  readonly accelerator: string;
  readonly seconds: number;
  readonly result: Result;
}

export async function tellInVm(): Promise<Run> {
  const run = await runInVm({ file: 'test/vm/guest.js' });
  return { ...run, result: run.result as Result };
}
