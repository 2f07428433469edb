import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { readTls, readToken } from '../../src/web/credentials.ts';

const directory = mkdtempSync(join(tmpdir(), 'xlb-credentials-'));
after(() => rmSync(directory, { recursive: true }));

describe('a FIFO in place of a file', () => {
  const fifo = join(directory, 'fifo');
  execFileSync('mkfifo', [fifo]);
  chmodSync(fifo, 0o600);

  it('is refused, and nobody waits for its writer', () => {
    const expected = `${fifo}: expected a file of at most 262144 bytes`;
    assert.throws(() => readToken(fifo), { message: `Cannot use xlb_http_token ${expected}` });
    assert.throws(() => readTls({ certificate: fifo, key: fifo }), {
      message: `Cannot use xlb_http_tls ${expected}`,
    });
  });
});
