/** The same tests by the program in the kernel and by AF_XDP threads. */
import { describe } from 'node:test';

const compared = ['xdp', 'af_xdp'] as const;
export type ComparedDatapath = (typeof compared)[number];

interface SuiteOptions {
  readonly skip: string | false;
  readonly timeout: number;
}

export function onEachDatapath(
  title: string,
  options: SuiteOptions,
  body: (datapath: ComparedDatapath) => void,
): void {
  for (const datapath of compared) describe(`${title}, over ${datapath},`, options, () => body(datapath));
}

/** The configuration with xlb_datapath, first in global_defs. */
export function withDatapath(configuration: string, datapath: ComparedDatapath): string {
  return configuration.replace('global_defs {\n', `global_defs {\n    xlb_datapath ${datapath}\n`);
}
