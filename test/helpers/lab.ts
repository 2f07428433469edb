/** The demo's lab, for system tests. Build it in `before`, close it in `after`; the end of the process does, too. */
export type { Lab, LabNode, LabOptions, NodeOptions } from '../../src/demo/lab.ts';
export { createLab, entry } from '../../src/demo/lab.ts';
