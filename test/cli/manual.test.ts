import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { bashCompletion } from '../../src/cli/completion.ts';
import { manual, shown } from '../../src/cli/manual.ts';
import { createProgram } from '../../src/cli/program.ts';
import { command, needs } from '../helpers/needs.ts';

const program = await createProgram([]);

describe('the manual page', () => {
  const page = manual(program, { version: '1.2.3', date: '2025-01-31' });

  it('has every command with every option', () => {
    const plain = page.replaceAll('\\-', '-');
    const missing = shown(program).flatMap((one) =>
      [one, ...shown(one)].flatMap((each) =>
        each
          .createHelp()
          .visibleOptions(each)
          .map(({ flags }) => flags)
          .filter((flags) => !flags.includes('--help') && !plain.includes(`.B ${flags}\n`)),
      ),
    );
    assert.deepEqual(
      [missing, shown(program).filter((one) => !plain.includes(`.SS "xlb ${one.name()}`))],
      [[], []],
    );
  });

  it('is read by groff without a word', { skip: needs(command('groff')) }, () => {
    const argv = ['-man', '-Tutf8', '-ww', '-z'];
    const { stderr, status } = spawnSync('groff', argv, { input: page, encoding: 'utf8' });
    assert.deepEqual([status, stderr], [0, '']);
  });
});

describe('completion', { skip: needs(command('bash')) }, () => {
  /** What bash would offer for the last word. */
  function offered(...words: readonly string[]): string[] {
    const script = `${bashCompletion(program)}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _xlb; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', script, 'bash', ...words], { encoding: 'utf8' });
    assert.equal(stderr, '');
    return stdout.split('\n').filter((line) => line !== '');
  }

  it('offers commands, subcommands, options and their values', () => {
    assert.deepEqual(
      [
        offered('xlb', 'st'),
        offered('xlb', 'realserver', 'd'),
        offered('xlb', 'run', '--conf'),
        offered('xlb', 'run', '--signum', 'STATS'),
        offered('xlb', 'run', '-f', '/etc/host.c'),
      ],
      [['status'], ['down'], ['--config-test', '--config-id'], ['STATS', 'STATS_CLEAR'], ['/etc/host.conf']],
    );
  });
});
