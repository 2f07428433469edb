import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Permissions, unsafePart } from '../../../src/base/script/security.ts';

const root = { uid: 0, gid: 0 };
const nobody = { uid: 65534, gid: 65534 };
const safe: Permissions = { uid: 0, gid: 0, mode: 0o755 };

/** Everything is safe but for what is given. */
const stat =
  (parts: Readonly<Record<string, Partial<Permissions>>>) =>
  (path: string): Permissions => ({ ...safe, ...parts[path] });

describe('a script that runs as root', () => {
  const cases: readonly [
    title: string,
    parts: Record<string, Partial<Permissions>>,
    why: string | undefined,
  ][] = [
    ['is safe where only root can change it', {}, undefined],
    [
      'is not safe when others can write it',
      { '/opt/x': { mode: 0o757 } },
      '/opt/x can be written by everybody',
    ],
    ['is not safe when it is not of root', { '/opt/x': { uid: 1000 } }, '/opt/x does not belong to root'],
    [
      'is not safe in a folder that a group can write',
      { '/opt': { gid: 5, mode: 0o775 } },
      '/opt can be written by its group',
    ],
    ['is safe where the group that can write is that of root', { '/opt': { mode: 0o775 } }, undefined],
    ['is safe in a sticky folder', { '/opt': { mode: 0o1777 } }, undefined],
    [
      'is not made safe by a sticky bit of its own',
      { '/opt/x': { mode: 0o1757 } },
      '/opt/x can be written by everybody',
    ],
  ];
  for (const [title, parts, why] of cases)
    it(title, () => assert.equal(unsafePart('/opt/x', root, stat(parts)), why));
});

describe('a script that does not run as root', () => {
  it('may belong to anybody', () =>
    assert.equal(unsafePart('/opt/x', nobody, stat({ '/opt/x': { uid: 1000, mode: 0o777 } })), undefined));
  it('is looked at when it becomes root by its set-uid bit', () =>
    assert.equal(
      unsafePart('/opt/x', nobody, stat({ '/opt/x': { mode: 0o4757 } })),
      '/opt/x can be written by everybody',
    ));
});
