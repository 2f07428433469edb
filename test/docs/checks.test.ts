/** docs/checks.md and the code say the same. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { REGEX_LIMIT_MS } from '../../src/check/regex_match.ts';
import { MAX_BODY_BYTES, MAX_HEADER_BYTES } from '../../src/check/web_answer.ts';
import { parseConfig } from '../../src/daemon/grammar.ts';

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

  it('has the limits of the code', () => {
    assert.match(page, new RegExp(`header \\| ${MAX_HEADER_BYTES / 1024} KiB`));
    assert.match(page, new RegExp(`body \\| ${MAX_BODY_BYTES / 1024 / 1024} MiB`));
    assert.match(page, new RegExp(`regex \\| ${REGEX_LIMIT_MS} ms`));
  });
});
