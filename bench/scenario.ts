/**
 * What every scenario of `xlb bench` is, and what it hands back. A scenario is one file that exports one `Scenario`;
 * registry.ts lists it. It runs in a process of its own (subject.ts), so that what it leaves in memory or in its
 * namespaces is no part of the next one.
 */

export interface ScenarioOption {
  /** Of the command line, without its dashes. */
  readonly name: string;
  /** What stands for its value in the help; absent: it takes none. */
  readonly value?: string;
  readonly describe: string;
}

/** Where a figure stands in a chart of the report: the charts of a scenario are made of what names the same one. */
export interface ChartPlace {
  readonly chart: string;
  /** One line of the chart. */
  readonly series: string;
  /** A number, or a name where the axis has names. */
  readonly x: number | string;
  readonly axis: string;
}

/** One number that was measured `rounds` times. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  /** Which way is good. */
  readonly better: 'less' | 'more';
  readonly rounds: number;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** What the median must not pass, in the direction of `better`. */
  readonly bound?: number;
  /** Whether the bound holds. */
  readonly ok?: boolean;
  readonly place?: ChartPlace;
  readonly note?: string;
}

export interface Measured {
  readonly figures: readonly Figure[];
  /** What it was found with: driver, mode, processors it was pinned to, versions of peers. */
  readonly about?: Readonly<Record<string, string | number>>;
  /** What a reader has to know, and what could not be measured and why. */
  readonly notes?: readonly string[];
  /** Further findings, as they are; only the JSON file has them. */
  readonly detail?: unknown;
}

export interface Context {
  readonly rounds: number;
  /** As given on the command line; undefined where it was not. */
  option(name: string): string | undefined;
  /** What is being done now, for the line of progress. */
  progress(text: string): void;
}

export interface Scenario {
  /** How often each figure is measured unless --rounds says otherwise. */
  readonly rounds: number;
  run(context: Context): Promise<Measured>;
}
