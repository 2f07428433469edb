import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { programOf, scriptPreparer } from '../../../src/base/script/script.ts';
import { needs, root } from '../../helpers/needs.ts';

const prepare = scriptPreparer({ security: true });
const user = { uid: 0, gid: 0 };

describe('a script directive', { skip: needs(root) }, () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'xlb-script-'));
    chmodSync(folder, 0o755);
    writeFileSync(join(folder, 'open.sh'), '#!/bin/sh\n', { mode: 0o755 });
    chmodSync(join(folder, 'open.sh'), 0o757);
    writeFileSync(join(folder, 'plain'), '', { mode: 0o644 });
  });
  after(() => rmSync(folder, { recursive: true }));

  it('is resolved on the PATH', () => {
    const prepared = prepare({ command: 'sh -c true', user: 'root' });
    assert.equal(
      prepared.kind === 'ready' && /^\/.*\/sh$/.test(programOf(prepared.script).words[0] ?? ''),
      true,
    );
  });

  const refused: readonly [title: string, command: () => string, why: () => string][] = [
    ['that does not exist', () => '/no/such x', () => '/no/such does not exist'],
    [
      'that cannot be executed',
      () => join(folder, 'plain'),
      () => `${join(folder, 'plain')} is not executable for uid:gid 0:0`,
    ],
    [
      'that others can write, with enable_script_security',
      () => join(folder, 'open.sh'),
      () =>
        `Unsafe permissions: ${join(folder, 'open.sh')} can be written by everybody; ` +
        'give it to root alone (chown root, chmod go-w)',
    ],
    [
      'that others can write, behind a shell',
      () => `cd / && ${join(folder, 'open.sh')}`,
      () =>
        `Unsafe permissions: ${join(folder, 'open.sh')} can be written by everybody; ` +
        'give it to root alone (chown root, chmod go-w)',
    ],
    ['with a path from nowhere', () => 'a/b.sh', () => 'a/b.sh is not an absolute path'],
  ];
  for (const [title, command, why] of refused)
    it(`${title} is refused with the reason`, () =>
      assert.deepEqual(prepare({ command: command(), user: 'root' }), {
        kind: 'refused',
        text: `Cannot run script \`${command()}\`: ${why()}`,
      }));

  it('of a user that does not exist is refused', () =>
    assert.deepEqual(prepare({ command: '/bin/true', user: 'no-such-user' }), {
      kind: 'refused',
      text: "Cannot run script `/bin/true`: Script user 'no-such-user' does not exist",
    }));

  it('that others can write runs with a warning without enable_script_security', () => {
    const command = join(folder, 'open.sh');
    assert.deepEqual(scriptPreparer({ security: false })({ command, user: 'root' }), {
      kind: 'ready',
      script: { line: { words: [command] }, user },
      warning:
        `SECURITY VIOLATION - script \`${command}\` runs as root, but ${command} can be written by everybody: ` +
        'whoever that is can become root; give it to root alone and write enable_script_security',
    });
  });
});
