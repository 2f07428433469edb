/** docs/checks.md and the code say the same. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { checkResults } from '../../src/check/checker.ts';
import { REGEX_LIMIT_MS } from '../../src/check/regex_match.ts';
import { MAX_SMTP_BYTES } from '../../src/check/smtp_check.ts';
import { MAX_BODY_BYTES, MAX_HEADER_BYTES } from '../../src/check/web/answer.ts';
import { checkerKeywords, parseConfig } from '../../src/daemon/grammar.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/checks.md'), 'utf8');

describe('the page of health checks', () => {
  it('has an example that is read without a word', () => {
    const example = /```conf\n(.*?)```/s.exec(page)?.[1] ?? '';
    const { config, diagnostics } = parseConfig(example, { file: 'x' });
    assert.deepEqual(diagnostics, []);
    assert.equal(config?.virtualServers[0]?.realServers[0]?.checks.length, 1);
  });

  it('has an example of BFD_CHECK that is read without a word', () => {
    const example = /```conf\n(bfd_instance .*?)```/s.exec(page)?.[1] ?? '';
    const { config, diagnostics } = parseConfig(example, { file: 'x' });
    assert.deepEqual(diagnostics, []);
    assert.equal(config?.virtualServers[0]?.realServers[0]?.checks[0]?.kind, 'BFD_CHECK');
  });

  it('has an example of xlb_check_vip that is read without a word', () => {
    const example = /```conf\n([^`]*xlb_check_vip.*?)```/s.exec(page)?.[1] ?? '';
    const { config, diagnostics } = parseConfig(example, { file: 'x' });
    assert.deepEqual(diagnostics, []);
    const [check] = config?.virtualServers[0]?.realServers[0]?.checks ?? [];
    assert.deepEqual(check && 'vip' in check && check.vip?.targets, [{ address: '10.0.0.1', port: 80 }]);
  });

  it('has every result with its meaning, and no other', () => {
    const written = [...page.matchAll(/^\| ([A-Z0-9]+) \| (yes|no|-) \| (.*) \|$/gm)].map((row) =>
      row.slice(1, 4),
    );
    const passed = { true: 'yes', false: 'no', undefined: '-' };
    const known = Object.entries(checkResults).map(([code, { healthy, meaning }]) => [
      code,
      passed[`${healthy}`],
      meaning,
    ]);
    assert.deepEqual(written, known);
  });

  for (const { name, block } of checkerKeywords)
    it(`has ${name} and all that can be written in it`, () => {
      const inside = [...block.table].flatMap(([keyword, row]) =>
        row.status === 'supported' ? [keyword] : [],
      );
      const missing = [name, ...inside].filter((word) => !page.includes(word));
      assert.deepEqual(missing, []);
    });

  it('has every part that it points to', () => {
    const titles = [...page.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replace(/[^a-z0-9_ ]/g, '')
        .replaceAll(' ', '-'),
    );
    const links = [...page.matchAll(/\]\(#(.*?)\)/g)].map(([, link = '']) => link);
    assert.deepEqual(
      links.filter((link) => !titles.includes(link)),
      [],
    );
  });

  it('has the limits of the code', () => {
    assert.match(page, new RegExp(`SMTP dialogue \\| ${MAX_SMTP_BYTES / 1024} KiB`));
    assert.match(page, new RegExp(`header \\| ${MAX_HEADER_BYTES / 1024} KiB`));
    assert.match(page, new RegExp(`body \\| ${MAX_BODY_BYTES / 1024 / 1024} MiB`));
    assert.match(page, new RegExp(`regex \\| ${REGEX_LIMIT_MS} ms`));
  });
});
