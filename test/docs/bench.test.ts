/** docs/bench.md and the table of scenarios say the same. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { registry } from '../../bench/registry.ts';
import { format } from '../../bench/result.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/bench.md'), 'utf8');

describe('the page of the bench', () => {
  it('has every scenario, and no other', () => {
    const written = [...page.matchAll(/^\| `([a-z_]+)` \|/gm)].map(([, name]) => name);
    assert.deepEqual(written.toSorted(), registry.map(({ name }) => name).toSorted());
  });

  it('has every option of the scenarios', () => {
    const options = registry.flatMap((row) => row.options.map(({ name }) => `--${name}`));
    assert.deepEqual(
      options.filter((option) => !page.includes(option)),
      [],
    );
  });

  it('names the format that is written', () => {
    assert.ok(page.includes(`"format": "${format}"`));
  });
});
