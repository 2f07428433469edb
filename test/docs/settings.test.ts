/** docs/settings.md and the keyword table say the same. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { MAX_MARK_RULES } from '../../src/config/validate/mark.ts';
import { MAX_VIRTUAL_SERVERS } from '../../src/config/validate/place.ts';
import { grammar, parseConfig } from '../../src/daemon/grammar.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/settings.md'), 'utf8');

/** The cells of each row of the page's table but the last, which is about IPVS. */
function pageRows(): string[][] {
  const lines = page.split('\n').filter((line) => line.startsWith('| `'));
  return lines.map((line) =>
    line
      .split(' | ')
      .slice(0, -1)
      .map((cell) => cell.replace(/^\|/, '').trim()),
  );
}

function keywordRows(): string[][] {
  const { rows } = grammar.root.rows.global_defs.block;
  return Object.entries(rows).flatMap(([name, row]) => {
    if (!name.startsWith('xlb_')) return [];
    const value = row.expects.startsWith('nothing, or on/off') ? 'on or off' : row.expects;
    const byDefault = 'defaultText' in row ? (row.defaultText ?? '') : '';
    return [[`\`${name}\``, value, byDefault, row.doc]];
  });
}

describe('the page of settings', () => {
  it("has every keyword of xlb's own with its value, default and purpose, and no other", () => {
    assert.deepEqual(pageRows(), keywordRows());
  });

  it('has an example that runs', () => {
    const example = /```conf\n(.*?)```/s.exec(page)?.[1] ?? '';
    const { config, diagnostics } = parseConfig(`global_defs { xlb_interfaces eth0\n}\n${example}`, {
      file: 'settings.md',
    });
    assert.deepEqual(diagnostics, []);
    assert.deepEqual(
      config?.markRules.map(({ span: _span, ...rule }) => rule),
      [
        { fwmark: 7, prefix: '10.9.0.0/16', protocol: 'TCP', ports: [80, 90] },
        { fwmark: 7, prefix: '10.9.0.0/16', protocol: 'TCP', ports: [443, 443] },
        { fwmark: 7, prefix: '10.10.0.1/32', host: '10.10.0.1', protocol: 'TCP', ports: [80, 80] },
      ],
    );
  });

  it('names the limits that hold', () => {
    assert.ok(page.includes(`There can be ${MAX_MARK_RULES} rules`));
    assert.ok(page.includes(`hold ${MAX_VIRTUAL_SERVERS} virtual servers`));
  });
});
