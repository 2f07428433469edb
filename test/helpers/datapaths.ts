/** The same tests by the program in the kernel and by AF_XDP threads. */
import { describe } from 'node:test';

const compared = ['xdp', 'af_xdp'] as const;
export type ComparedDatapath = (typeof compared)[number];

interface SuiteOptions {
  readonly skip: string | false;
  readonly timeout: number;
  /** Both at a time, each in its own lab: for suites that wait, most of their time, for checks. */
  readonly together?: boolean;
}

export function onEachDatapath(
  title: string,
  options: SuiteOptions,
  body: (datapath: ComparedDatapath) => void,
): void {
  const { together = false, ...rest } = options;
  const each = { ...rest, concurrency: 1 };
  const both = (): void => {
    for (const datapath of compared) describe(`${title}, over ${datapath},`, each, () => body(datapath));
  };
  if (together) describe('each at the same time', { ...each, concurrency: compared.length }, both);
  else both();
}

/** The configuration with xlb_datapath, first in global_defs. */
export function withDatapath(configuration: string, datapath: ComparedDatapath): string {
  return configuration.replace('global_defs {\n', `global_defs {\n    xlb_datapath ${datapath}\n`);
}
