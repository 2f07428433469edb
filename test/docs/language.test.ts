/** docs/language.md: its examples are read, and its limits are those of the code. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { testExits } from '../../src/cli/options.ts';
import { MAX_ROUNDS } from '../../src/config/sequence.ts';
import { MAX_FILE_BYTES, MAX_INCLUDE_DEPTH } from '../../src/config/source.ts';
import { parseConfig } from '../../src/daemon/grammar.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/language.md'), 'utf8');

describe('the page of the language', () => {
  it('has an example that is read without a word', () => {
    const [, example = ''] = [...page.matchAll(/```conf\n(.*?)```/gs)].map(([, text]) => text ?? '');
    const { config, diagnostics } = parseConfig(example, { file: 'language.md' });
    assert.deepEqual(diagnostics, []);
    assert.deepEqual(
      config?.virtualServers[0]?.realServers.map(({ address }) => address),
      ['10.0.0.21', '10.0.0.22', '10.0.0.23', '10.0.0.24'],
    );
  });

  it('has the limits of the code', () => {
    assert.ok(page.includes(`at most ${MAX_FILE_BYTES / 1024 / 1024} MiB`));
    assert.ok(page.includes(`may be nested ${MAX_INCLUDE_DEPTH} deep`));
    assert.ok(page.includes(`may be ${MAX_ROUNDS.toLocaleString('en')}`));
  });

  it('has the exit codes of -t', () => {
    for (const code of Object.keys(testExits)) assert.match(page, new RegExp(`xlb run -t.* ${code} `));
  });
});
