/** docs/metrics.md and the metrics are the same. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { metricRows } from '../../src/metrics/exposition.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/metrics.md'), 'utf8');

describe('the page of metrics', () => {
  it('has every metric with its type and meaning, and no other', () => {
    assert.deepEqual(
      page.split('\n').filter((line) => line.startsWith('| `')),
      metricRows.map(({ name, type, help }) => `| \`${name}\` | ${type} | ${help} |`),
    );
  });
});
