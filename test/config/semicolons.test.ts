import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Diagnostics } from '../../src/config/diagnostic.ts';
import { splitAtSemicolons } from '../../src/config/semicolons.ts';
import { readTree } from '../../src/config/tree.ts';

/** Each statement's words as 'text@column'. */
function split(text: string): string[][] {
  const reader = { read: () => ({ reason: 'none' }), find: () => [] };
  const surroundings = { configId: '', environment: () => undefined };
  return readTree('test.conf', text, { reader, diagnostics: new Diagnostics(), surroundings })
    .flatMap(splitAtSemicolons)
    .map(({ head, words }) => [head, ...words].map((word) => `${word.text}@${word.column}`));
}

describe('a line with semicolons', () => {
  it('is several statements, each word in its place', () => {
    assert.deepEqual(split('a 1; b 2;c 3 ;; d;'), [
      ['a@1', '1@3'],
      ['b@6', '2@8'],
      ['c@10', '3@12'],
      ['d@17'],
    ]);
  });

  it('keeps a semicolon in quotes', () => {
    assert.deepEqual(split('a "1;2" ; b'), [['a@1', '1;2@3'], ['b@11']]);
  });

  it('of nothing but semicolons is no statement', () => {
    assert.deepEqual(split(';; ;'), []);
  });
});
