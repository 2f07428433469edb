/** Files that are no configurations, or hostile ones: one diagnostic each, at the right place, and soon. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { loadConfig, parseConfig } from '../../src/daemon/grammar.ts';
import { processorTime } from '../helpers/processor_time.ts';

const folder = mkdtempSync(join(tmpdir(), 'xlb-bad-'));
after(() => rmSync(folder, { recursive: true }));

const server = 'virtual_server 10.0.0.1 80 {\n  lb_kind DR\n  lb_algo rr\n  protocol TCP\n';
const good = `${server}  real_server 10.0.0.2 80 {\n    weight 1\n  }\n}\n`;

function written(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

/** 'FILE:LINE:COLUMN SEVERITY: message', without the folder. */
const said = (file: string): string[] =>
  loadConfig(file, { configId: 'x' }).diagnostics.map(({ at, severity, message }) =>
    `${at.file}:${at.line}:${at.column} ${severity}: ${message}`.replaceAll(`${folder}/`, ''),
  );

const cannot = (name: string, why: string) => [
  `${name}:1:1 error: Cannot read the configuration "${name}": ${why}`,
];

describe('a file that is no configuration', () => {
  it('has 100 MB', () => {
    const file = written('huge', good);
    truncateSync(file, 100 * 1024 * 1024);
    assert.deepEqual(said(file), cannot('huge', 'it is larger than 16 MiB'));
  });

  it('holds NUL bytes', () => {
    assert.deepEqual(said(written('nul', `${good}\0`)), cannot('nul', 'it is not text: it holds zero bytes'));
  });

  it('is a directory, or a FIFO that nobody writes to', () => {
    mkdirSync(join(folder, 'd'));
    execFileSync('mkfifo', [join(folder, 'fifo')]);
    assert.deepEqual(said(join(folder, 'd')), cannot('d', 'it is a directory'));
    assert.deepEqual(said(join(folder, 'fifo')), cannot('fifo', 'it is not a regular file'));
  });

  it('is not there', () => {
    assert.deepEqual(said(join(folder, 'none')), cannot('none', 'there is no such file'));
  });

  it('may be executed', () => {
    const file = written('script', good);
    chmodSync(file, 0o755);
    const why = 'it is executable, which keepalived refuses as well; chmod a-x it';
    assert.deepEqual(said(file), cannot('script', why));
  });
});

describe('a configuration with one mistake', () => {
  it('includes itself by way of another', () => {
    written('b.conf', 'include a.conf\n');
    assert.deepEqual(said(written('a.conf', `${good}include b.conf\n`)), [
      'b.conf:1:9 error: Cannot include "a.conf": it includes itself',
    ]);
  });

  it('has a quote without an end', () => {
    const text = good.replace('weight 1', 'notify_up "/bin/true');
    assert.deepEqual(said(written('quote', text)), [
      'quote:6:15 error: Cannot find the end of this quoted string on its line',
    ]);
  });

  it('has a block without an end', () => {
    assert.deepEqual(said(written('open', good.replace(/}\n$/, ''))), [
      'open:1:28 error: Cannot find the end of the block that begins here',
    ]);
  });

  it('has a brace too many', () => {
    assert.deepEqual(said(written('close', `${good}}\n`)), [
      'close:9:1 error: Cannot tell what this } ends: every block before it is closed',
    ]);
  });
});

describe('a file of 10 MB', () => {
  const real = (n: number) =>
    `  real_server 10.${n >> 16}.${(n >> 8) & 255}.${n & 255} 80 { # ${'.'.repeat(150)}\n    weight 1\n  }\n`;
  const text = (megabytes: number) => {
    const each = real(0).length;
    const reals = Array.from({ length: Math.floor((megabytes * 1024 * 1024) / each) }, (_, n) => real(n));
    return `${server}${reals.join('')}}\n`;
  };
  const cost = (input: string) => processorTime(() => parseConfig(input, { file: 'x' }));

  it('takes about ten times as long as one of 1 MB', () => {
    const [small, large] = [text(1), text(10)];
    cost(small);
    const [one, ten] = [Math.min(cost(small), cost(small)), cost(large)];
    assert.ok(ten < one * 25 + 500, `${ten} ms against ${one} ms`);
  });

  it('of nothing but words is told to be too large, once', () => {
    const { diagnostics } = parseConfig(`${server}${'a '.repeat(5 * 1024 * 1024)}\n}\n`, { file: 'x' });
    assert.deepEqual(
      diagnostics.filter(({ severity }) => severity === 'error').map(({ code, message }) => [code, message]),
      [['TOO_LARGE', 'Cannot read more than 1000000 words from one file']],
    );
  });
});
