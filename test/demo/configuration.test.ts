import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { render } from '../../src/config/diagnostic.ts';
import { parseConfig } from '../../src/daemon/grammar.ts';
import { demoConfiguration } from '../../src/demo/configuration.ts';
import { repository } from '../helpers/tree.ts';

/** Everything that loading it says. */
function diagnostics(text: string): string[] {
  return parseConfig(text, { file: 'keepalived.conf' }).diagnostics.map(render);
}

describe('a sample keepalived.conf', () => {
  it('of the demo loads without a remark', () => {
    const realServers = ['10.77.0.11', '10.77.0.12'];
    const text = demoConfiguration({ interface: 'eth0', vip: '10.77.0.100', port: 80, realServers });
    assert.deepEqual(diagnostics(text), []);
  });

  it('of the README loads without a remark', () => {
    const readme = readFileSync(join(repository, 'README.md'), 'utf8');
    const samples = [...readme.matchAll(/```conf\n([\s\S]*?)```/g)].map(([, text = '']) => text);
    assert.deepEqual([samples.length > 0, samples.flatMap(diagnostics)], [true, []]);
  });
});
