import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loggerTo } from '../../../src/base/forward_log.ts';
import { LogFold } from '../../../src/base/log_fold.ts';
import { dataText } from '../../../src/daemon/dump/data.ts';
import { Dumps } from '../../../src/daemon/dump/dumps.ts';
import { report } from '../../helpers/dump_report.ts';
import { FakeClock } from '../../helpers/fake_clock.ts';

describe('a dump in the log', () => {
  it('is whole and in order, however many instances have the same lines', async () => {
    const lines: string[] = [];
    const fold = new LogFold({ clock: new FakeClock(), write: ({ message }) => lines.push(message) });
    const all = report(
      {},
      Array.from({ length: 12 }, (_, at) => `VI_${at}`),
    );
    const dumps = new Dumps({
      log: loggerTo((record) => fold.take(record)),
      report: () => Promise.resolve(all),
    });
    await dumps.log();
    fold.flush();
    assert.deepEqual(lines, dataText(all).trimEnd().split('\n'));
  });
});
