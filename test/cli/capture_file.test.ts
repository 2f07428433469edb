import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { openCaptureFile } from '../../src/cli/capture_file.ts';

describe('the file of a capture', () => {
  let folder = '';
  let path = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'xlb-capture-'));
    path = join(folder, 'file');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const mode = (of: string) => statSync(of).mode & 0o777;
  const write = async (replaces: boolean) => {
    const file = await openCaptureFile(path, replaces);
    await file.writeFile('new');
    await file.close();
  };

  it('is for its owner alone, also one that is replaced', async () => {
    await write(false);
    const made = [readFileSync(path, 'utf8'), mode(path)];
    writeFileSync(path, 'older and longer');
    execFileSync('chmod', ['644', path]);
    await write(true);
    assert.deepEqual(
      [made, [readFileSync(path, 'utf8'), mode(path)]],
      [
        ['new', 0o600],
        ['new', 0o600],
      ],
    );
  });

  it('is not replaced unless told to', async () => {
    writeFileSync(path, 'old');
    await assert.rejects(write(false), { code: 'USAGE', message: `Cannot write ${path}: it is there` });
    assert.equal(readFileSync(path, 'utf8'), 'old');
  });

  it('is written to with the mode that it has where it is no file, as /dev/null', async () => {
    execFileSync('mkfifo', ['-m', '666', path]);
    const reader = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    await write(true);
    const bytes = Buffer.alloc(16);
    assert.deepEqual([bytes.toString('utf8', 0, readSync(reader, bytes)), mode(path)], ['new', 0o666]);
    closeSync(reader);
  });

  it('is not looked for behind a link, whose target stays as it is', async () => {
    const target = join(folder, 'target');
    writeFileSync(target, 'old');
    execFileSync('chmod', ['644', target]);
    symlinkSync(target, path);
    await assert.rejects(write(true), {
      code: 'HOST',
      message: `Cannot write ${path}: it is a symbolic link; name the file itself`,
    });
    assert.deepEqual([readFileSync(target, 'utf8'), mode(target)], ['old', 0o644]);
  });
});
