import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Row } from '../../bench/registry.ts';
import { list } from '../../bench/table.ts';

it('the list has the scenarios, and each option once with those that it is of', () => {
  const row = { needs: '', place: 'host', load: () => assert.fail('not loaded') } as const;
  const seconds = { name: 'seconds', value: 'n', describe: 'how long a round takes' };
  const rows: readonly Row[] = [
    { ...row, name: 'start', measures: 'a start', standard: true, options: [seconds] },
    {
      ...row,
      name: 'core',
      measures: 'a packet',
      standard: false,
      options: [seconds, { name: 'instructions', describe: 'count them' }],
    },
  ];
  assert.deepEqual(
    list(rows)
      .split('\n')
      .map((line) => line.replaceAll(/ {2,}/g, ' | ').trim()),
    [
      'scenario | measures | needs',
      'start * | a start',
      'core | a packet',
      '',
      '* those that run where none is named',
      '',
      'option | does | of',
      '--seconds <n> | how long a round takes | start, core',
      '--instructions | count them | core',
    ],
  );
});
