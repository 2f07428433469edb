/** docs/reference.md is made from the keyword tables. UPDATE_GOLDEN=1 writes it anew; review the difference. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fatesOf, referencePage } from '../../src/config/reference.ts';
import { grammar } from '../../src/daemon/grammar.ts';
import { keepalivedKeywords } from '../helpers/keepalived_keywords.ts';

const file = join(import.meta.dirname, '../../../docs/reference.md');

describe('the configuration reference', () => {
  it('is what the keyword tables say', () => {
    const page = referencePage(grammar.root, keepalivedKeywords());
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, page);
    assert.equal(
      readFileSync(file, 'utf8'),
      page,
      'the tables have changed: UPDATE_GOLDEN=1 writes the page anew',
    );
  });

  it('says of each name of keepalived what becomes of it', () => {
    const fates = fatesOf(grammar.root);
    assert.deepEqual(
      keepalivedKeywords().filter((name) => !fates.has(name)),
      [],
    );
  });
});
