import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, describe, it } from 'node:test';
import { dumpMode, dumpPath, writeDump } from '../../../src/daemon/dump/files.ts';

const directory = mkdtempSync(join(tmpdir(), 'xlb-dump-'));
after(() => rmSync(directory, { recursive: true }));

const config = { jsonVersion: 1, usesInstance: false } as const;

describe('the place of a dump', () => {
  it('is keepalived’s, unless the configuration says another', () => {
    const named = { ...config, statsFile: '/run/stats', usesInstance: true };
    assert.deepEqual(
      [
        dumpPath('data', { config, environment: {} }),
        dumpPath('json', { config, environment: { TMPDIR: '/var/tmp' } }),
        dumpPath('json', { config, environment: { TMPDIR: 'relative' }, instance: 'two' }),
        dumpPath('stats', { config: named, environment: {}, instance: 'two' }),
        dumpPath('data', { config: named, environment: {}, instance: 'two' }),
      ],
      [
        '/tmp/keepalived.data',
        '/var/tmp/keepalived.json',
        '/tmp/keepalived.json',
        '/run/stats',
        '/tmp/keepalived.two.data',
      ],
    );
  });

  it('is for root alone, unless -u or the configuration says otherwise', () => {
    const places = [{ config }, { config: { ...config, umask: 0o022 } }, { config, umask: 0o027 }];
    assert.deepEqual(places.map(dumpMode), [0o600, 0o644, 0o640]);
  });
});

describe('a dump', () => {
  const file = join(directory, 'keepalived.json');
  const other = join(directory, 'shadow');
  beforeEach(() => {
    for (const name of readdirSync(directory)) rmSync(join(directory, name), { recursive: true });
  });

  it('replaces a link that somebody has put there, and touches nothing behind it', () => {
    writeFileSync(other, 'secret');
    symlinkSync(other, file);
    writeDump(file, '[]', 0o600);
    assert.deepEqual(
      [readFileSync(other, 'utf8'), readFileSync(file, 'utf8'), statSync(file).mode & 0o777],
      ['secret', '[]', 0o600],
    );
    assert.deepEqual(readdirSync(directory).sort(), ['keepalived.json', 'shadow']);
  });

  it('that cannot be written leaves nothing behind', () => {
    mkdirSync(file);
    assert.throws(() => writeDump(file, '[]', 0o600), { code: 'EISDIR' });
    assert.deepEqual(readdirSync(directory), ['keepalived.json']);
  });
});
