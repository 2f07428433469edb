import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Command } from 'commander';
import {
  type KeepalivedOptions,
  logChoiceOf,
  pidFilesOf,
  withKeepalivedOptions,
} from '../../src/cli/keepalived_options.ts';

function read(...words: readonly string[]): KeepalivedOptions {
  const command = withKeepalivedOptions(new Command('run'), '/etc/test.conf');
  command.exitOverride().configureOutput({ writeErr: () => undefined });
  return command.parse(words, { from: 'user' }).opts();
}

describe('keepalived’s options', () => {
  it('send the log where keepalived would, and to standard error otherwise', () => {
    const lines = [
      [],
      ['-S', '1'],
      ['-S', 'daemon', '-l'],
      ['-g', '/x'],
      ['-G', '-g', '/x'],
      ['-G', '-S', 'user'],
    ];
    assert.deepEqual(
      lines.map((words) => logChoiceOf(read(...words))),
      [
        { detail: false, console: true },
        { detail: false, console: false, facility: 'local1' },
        { detail: false, console: true, facility: 'daemon' },
        { detail: false, console: true, file: '/x' },
        { detail: false, console: false, file: '/x' },
        { detail: false, console: true },
      ],
    );
  });

  it('name pid files, each once', () => {
    assert.deepEqual(pidFilesOf(read('-p', '/a', '-r', '/b', '-c', '/b', '--bfd_pid', '/c')), [
      '/a',
      '/b',
      '/c',
    ]);
  });

  it('are taken as a unit of keepalived has them', () => {
    const { configTest, logDetail, umask, useFile } = read(
      '--dont-fork',
      '-D',
      '-u',
      '027',
      '-n',
      '-P',
      '-t/tmp/out',
    );
    assert.deepEqual([configTest, logDetail, umask, useFile], ['/tmp/out', true, 0o027, '/etc/test.conf']);
  });

  it('are refused where keepalived knows no such value', () => {
    for (const words of [
      ['-S', '8'],
      ['-S', 'mail'],
      ['-u', '99999'],
      ['--signum', 'TDUMP'],
    ])
      assert.throws(() => read(...words), { code: 'commander.invalidArgument' }, words.join(' '));
  });
});
