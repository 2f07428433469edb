import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Block, Row, Rows } from '../../src/config/keyword.ts';
import { grammar } from '../../src/daemon/grammar.ts';
import { keepalivedKeywords } from '../helpers/keepalived_keywords.ts';

function* rowsOf({ table }: Block<Rows>, home = 'root'): Generator<{ home: string; name: string; row: Row }> {
  for (const [name, row] of table) {
    yield { home, name, row };
    if (row.kind === 'block') yield* rowsOf(row.block, name);
  }
}

function textsOf(row: Row): string[] {
  switch (row.kind) {
    case 'not_yet':
      return [row.consequence];
    case 'ignored':
      return [row.reason];
    case 'alias':
      return [row.to];
    case 'value':
    case 'words':
    case 'lines':
    case 'list':
    case 'block':
      return [row.doc, row.expects];
  }
}

const rows = [...rowsOf(grammar.root)];

describe('the keyword table', () => {
  it('has every name that keepalived knows', () => {
    const known = new Set(
      rows.flatMap(({ name, row }) => [name, ...(row.kind === 'not_yet' ? row.members : [])]),
    );
    assert.deepEqual(
      keepalivedKeywords().filter((name) => !known.has(name)),
      [],
    );
  });

  it('has no name that keepalived does not know, but those that begin with xlb_ or stand in such a block', () => {
    const theirs = new Set(keepalivedKeywords());
    const own = rows.filter(({ name }) => !theirs.has(name));
    assert.deepEqual(
      own.filter(({ home, name }) => !name.startsWith('xlb_') && !home.startsWith('xlb_')),
      [],
    );
  });

  it('says of every row what it is for, or what will not happen, or why it is ignored', () => {
    const silent = rows.filter(({ row }) => textsOf(row).includes(''));
    assert.deepEqual(silent, []);
  });

  it('lets every alias lead to a row of the same block', () => {
    const lost = rows.filter(
      ({ home, row }) =>
        row.kind === 'alias' &&
        !rows.some(
          (other) => other.home === home && other.name === row.to && other.row.status === 'supported',
        ),
    );
    assert.deepEqual(lost, []);
  });
});
