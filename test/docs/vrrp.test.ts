/** docs/vrrp.md and the code say the same. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { HOLD_MS } from '../../src/bfd/running_session.ts';
import { parseConfig } from '../../src/daemon/grammar.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/vrrp.md'), 'utf8');

describe('the page of VRRP', () => {
  it('has an example of BFD that is read without a word', () => {
    const example = /```conf\n(bfd_instance .*?)```/s.exec(page)?.[1] ?? '';
    const { config, diagnostics } = parseConfig(example, { file: 'x' });
    assert.deepEqual(diagnostics, []);
    assert.equal(config?.vrrpInstances[0]?.tracking.bfds.length, 1);
  });

  it('says how long a session of a worker that died counts as up', () =>
    assert.ok(page.includes(`what was up counts as up for ${HOLD_MS / 1000} s at most`)));
});
