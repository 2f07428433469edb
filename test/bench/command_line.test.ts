import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readCommandLine } from '../../bench/command_line.ts';
import { registry } from '../../bench/registry.ts';

const read = (...argv: string[]) => readCommandLine(argv, registry);

describe('the command line of the bench', () => {
  it('without a name runs the standard scenarios', () => {
    assert.deepEqual(read(), { kind: 'run', rows: registry.filter(({ standard }) => standard), options: {} });
  });

  it('names scenarios, files, rounds and options of scenarios', () => {
    assert.deepEqual(
      read('core', '--rounds', '3', '--json', 'a', '--report', 'b', '--only', 'rr', '--instructions'),
      {
        kind: 'run',
        rows: registry.filter(({ name }) => name === 'core'),
        rounds: 3,
        json: 'a',
        report: 'b',
        options: { only: 'rr', instructions: 'true' },
      },
    );
  });

  it('compares two files', () => {
    assert.deepEqual(read('compare', 'a.json', 'b.json'), { kind: 'compare', files: ['a.json', 'b.json'] });
  });

  it('makes the report of an earlier run', () => {
    assert.deepEqual(read('report', 'a.json', 'a.html'), {
      kind: 'report',
      from: 'a.json',
      report: 'a.html',
    });
  });

  for (const [argv, expected] of [
    [['nix'], /Cannot run the scenario nix: there is none of this name/],
    [['compare', 'a.json'], /Cannot compare 1 runs/],
    [['core', '--rounds', '0'], /Cannot measure 0 rounds: it is not a whole number/],
    [['--nix'], /Cannot read the command line: .*--nix/],
  ] as const)
    it(`refuses ${argv.join(' ')}`, () => {
      assert.throws(() => read(...argv), expected);
    });
});
