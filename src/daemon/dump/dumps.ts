/** keepalived's dumps: a signal, a file. */
import { reasonOf } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import { dataText } from './data.ts';
import { type DumpKind, type DumpPlace, dumpMode, dumpPath, writeDump } from './files.ts';
import { jsonText } from './json.ts';
import type { Report } from './report.ts';
import { statisticsText } from './statistics.ts';

/** What a signal asks for. */
export type DumpOrder = 'DATA' | 'STATS' | 'STATS_CLEAR' | 'JSON';

const orders: Readonly<Record<DumpOrder, { kind: DumpKind; text: (report: Report) => string }>> = {
  DATA: { kind: 'data', text: dataText },
  STATS: { kind: 'stats', text: statisticsText },
  STATS_CLEAR: { kind: 'stats', text: statisticsText },
  JSON: { kind: 'json', text: jsonText },
};

export interface DumpShell extends Omit<DumpPlace, 'config'> {
  readonly log: Logger;
  readonly report: (options: { readonly clear: boolean }) => Promise<Report>;
}

/** One at a time: two of the same file would be one too many. */
export class Dumps {
  readonly #shell: DumpShell;
  #last: Promise<void> = Promise.resolve();

  constructor(shell: DumpShell) {
    this.#shell = shell;
  }

  /** Resolves when it is done, well or not; what went wrong is logged. */
  make(order: DumpOrder): Promise<void> {
    this.#last = this.#last.then(() => this.#make(order));
    return this.#last;
  }

  /** -d: keepalived.data in the log. As notices, which are not folded: instances have the same lines. */
  async log(): Promise<void> {
    const { log, report } = this.#shell;
    for (const line of dataText(await report({ clear: false }))
      .trimEnd()
      .split('\n'))
      log.notice(line);
  }

  async #make(order: DumpOrder): Promise<void> {
    const { log, report: ask, ...place } = this.#shell;
    const { kind, text } = orders[order];
    try {
      const report = await ask({ clear: order === 'STATS_CLEAR' });
      const dump = { ...place, config: report.config.global.dump };
      const path = dumpPath(kind, dump);
      writeDump(path, text(report), dumpMode(dump));
      log.info(`Wrote ${path}${order === 'STATS_CLEAR' ? ': its counters begin anew' : ''}`);
    } catch (error) {
      log.warn(`Cannot dump ${kind}: ${reasonOf(error)}`);
    }
  }
}
