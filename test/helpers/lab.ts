/** The demo's lab, for system tests: `using`-like, so that no test forgets to take it down. */
import { after } from 'node:test';
import { createLab, type Lab, type LabOptions } from '../../src/demo/lab.ts';

export type { Lab, LabNode, LabOptions, NodeOptions } from '../../src/demo/lab.ts';
export { createLab, entry } from '../../src/demo/lab.ts';

/** Builds a lab that is removed when the test file's (or the enclosing suite's) tests are over. */
export async function labForTests(options: LabOptions = {}): Promise<Lab> {
  const lab = await createLab(options);
  after(() => lab.close());
  return lab;
}
