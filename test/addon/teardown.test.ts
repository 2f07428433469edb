import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { inOwnNamespace, vethToPeer } from '../helpers/netns.ts';
import { loads } from '../helpers/teardown_child.ts';

const child = fileURLToPath(new URL('../helpers/teardown_child.js', import.meta.url));

if (await inOwnNamespace(import.meta.url)) {
  describe('a thread that ends while the addon calls it', { timeout: 240_000 }, () => {
    before(() => vethToPeer());

    for (const kind of Object.keys(loads))
      it(`takes nothing with it: ${kind}`, () => {
        const { status, signal, stdout, stderr } = spawnSync(process.execPath, [child, kind], {
          encoding: 'utf8',
          timeout: 300_000,
        });
        assert.deepEqual(
          { status, signal, stdout, stderr },
          { status: 0, signal: null, stdout: '50 threads ended\n', stderr: '' },
        );
      });
  });
}
