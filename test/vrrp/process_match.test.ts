import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasQuorum, matchesProcess, type ProcessRules } from '../../src/vrrp/process_match.ts';

const rules = (some: Partial<ProcessRules>): ProcessRules => ({
  command: 'nginx',
  match: 'exact',
  fullCommand: false,
  quorum: 1,
  ...some,
});
const running = { comm: 'nginx', words: ['nginx', '-g', 'daemon off;'] };

describe('a tracked process', () => {
  const cases: readonly [title: string, some: Partial<ProcessRules>, matches: boolean][] = [
    ['is known by its name', {}, true],
    ['is known by the first 15 characters of a long name', { command: 'nginx-with-a-long-name' }, false],
    ['is not another', { command: 'ngin' }, false],
    ['with full_command is known by the first word of its command line', { fullCommand: true }, true],
    ['with full_command needs that word as it is', { fullCommand: true, command: '/usr/sbin/nginx' }, false],
    ['with parameters needs the same ones', { parameters: ['-g', 'daemon off;'] }, true],
    ['with parameters is not one that has more', { parameters: ['-g'] }, false],
    ['with partial parameters may have more', { parameters: ['-g'], match: 'partial' }, true],
    ['with partial parameters needs whole words', { parameters: ['-g', 'daemon'], match: 'partial' }, false],
    [
      'with initial parameters may have a last one that goes on',
      { parameters: ['-g', 'daemon'], match: 'initial' },
      true,
    ],
    [
      'without parameters, where that is asked for, is not one with some',
      { parameters: [], match: 'initial' },
      false,
    ],
  ];
  for (const [title, some, matches] of cases)
    it(title, () => assert.equal(matchesProcess(rules(some), running), matches));

  it('has its name cut by the kernel', () =>
    assert.equal(
      matchesProcess(rules({ command: 'systemd-network-generator' }), { comm: 'systemd-network', words: [] }),
      true,
    ));

  it('must be there as often as quorum says, and not more often than quorum_max', () => {
    const counts = [0, 1, 2, 3, 4];
    const of = (some: Partial<ProcessRules>) => counts.filter((count) => hasQuorum(rules(some), count));
    assert.deepEqual(
      [of({ quorum: 2 }), of({ quorum: 1, quorumMax: 2 })],
      [
        [2, 3, 4],
        [1, 2],
      ],
    );
  });
});
