import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { instancePaths } from '../../src/daemon/paths.ts';
import { lockInstance } from '../../src/daemon/run_directory.ts';
import { FakeHost } from '../helpers/fake_host.ts';

const directory = mkdtempSync(join(tmpdir(), 'xlb-run-directory-'));
after(() => rmSync(directory, { recursive: true }));

describe('a run directory', () => {
  it('is made with its parents', async () => {
    const path = join(directory, 'one', 'two');
    await lockInstance(new FakeHost().addon(), instancePaths('test', path));
    assert.equal(existsSync(path), true);
  });

  it('of its own is not enough for a second director of the same name', async () => {
    const host = new FakeHost();
    host.tablesLockedBy = 123;
    const path = join(directory, 'second');
    await assert.rejects(lockInstance(host.addon(), instancePaths('test', path)), {
      code: 'ALREADY_RUNNING',
      message: `Cannot run instance "test" in ${path}: process 123 runs it already, with another run directory`,
    });
    assert.deepEqual(host.done, ['release the lock']);
  });

  it('that cannot be made is an error at once', async () => {
    await assert.rejects(lockInstance(new FakeHost().addon(), instancePaths('test', '/proc/nothere')), {
      code: 'HOST',
      message: /^Cannot make \/proc\/nothere: ENOENT/,
    });
  });
});
