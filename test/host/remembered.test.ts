import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { Remembered } from '../../src/host/remembered.ts';
import { memoryLog } from '../helpers/memory_log.ts';

const directory = mkdtempSync(join(tmpdir(), 'xlb-remembered-'));
after(() => rmSync(directory, { recursive: true }));

const kind = {
  parse: (value: unknown) => (typeof value === 'string' ? value : undefined),
  key: (item: string) => item,
};

describe('what xlb did to the host', () => {
  it('is remembered by the next process', () => {
    const file = join(directory, 'kept.json');
    new Remembered(file, kind, memoryLog().logger).add('one', 'two');
    assert.deepEqual(new Remembered(file, kind, memoryLog().logger).all(), ['one', 'two']);
  });

  it('is known to this process where nothing can be written, which is said once', () => {
    const file = join(directory, 'refused.json');
    const blockade = `${file}.tmp`; // also for root, whom modes do not stop
    mkdirSync(blockade);
    const { logger, lines } = memoryLog();
    const remembered = new Remembered(file, kind, logger);
    remembered.add('one');
    remembered.add('two');
    assert.deepEqual(
      { all: remembered.all(), lines },
      {
        all: ['one', 'two'],
        lines: [
          `warn Cannot write ${file}: EISDIR: illegal operation on a directory, open '${blockade}'. ` +
            'After a crash, xlb would not know what it did to the host',
        ],
      },
    );
    rmdirSync(blockade);
    remembered.delete('one');
    assert.deepEqual(new Remembered(file, kind, logger).all(), ['two']);
  });
});
