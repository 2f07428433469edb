import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findScriptUser, type Lookup, lookUpOnHost } from '../../../src/base/script/users.ts';

const lines: Readonly<Record<string, string>> = {
  'passwd web': 'web:x:33:34:www:/var/www:/bin/false',
  'group audio': 'audio:x:29:',
};
const lookup: Lookup = (database, name) => lines[`${database} ${name}`];

describe('the user of a script', () => {
  it('is the one named, with its own group', () =>
    assert.deepEqual(findScriptUser({ user: 'web' }, lookup), { uid: 33, gid: 34 }));
  it('is the one named, with the group named', () =>
    assert.deepEqual(findScriptUser({ user: 'web', group: 'audio' }, lookup), { uid: 33, gid: 29 }));
  it('is root where none is named and the host has no keepalived_script', () =>
    assert.deepEqual(findScriptUser({}, lookup), { uid: 0, gid: 0 }));
  it('is keepalived_script where none is named and the host has it', () => {
    const found = findScriptUser({}, () => 'keepalived_script:x:990:991::/:/bin/false');
    assert.deepEqual(found, { uid: 990, gid: 991 });
  });
  it('must exist', () => {
    assert.throws(() => findScriptUser({ user: 'nob' }, lookup), {
      message: "Script user 'nob' does not exist",
    });
    assert.throws(() => findScriptUser({ user: 'web', group: 'nog' }, lookup), {
      message: "Script group 'nog' does not exist",
    });
  });
  it('is looked up on the host', () => {
    assert.match(lookUpOnHost('passwd', 'root') ?? '', /^root:[^:]*:0:0:/);
    assert.equal(lookUpOnHost('passwd', 'no-such-user-here'), undefined);
  });
  it('is asked of getent once, and only where the files do not have it', () => {
    const asked: string[] = [];
    const ask: Lookup = (database, name) => {
      asked.push(`${database} ${name}`);
      return undefined;
    };
    for (const name of ['root', 'nobody-has-it', 'nobody-has-it']) lookUpOnHost('passwd', name, ask);
    assert.deepEqual(asked, ['passwd nobody-has-it']);
  });
});
