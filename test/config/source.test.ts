// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how keepalived.conf writes it
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { expandBraces, segmentPattern } from '../../src/config/glob.ts';
import { MAX_FILE_BYTES } from '../../src/config/source.ts';
import { loadConfig } from '../../src/daemon/grammar.ts';

const folder = mkdtempSync(join(tmpdir(), 'xlb-config-'));
after(() => rmSync(folder, { recursive: true }));

function write(files: Record<string, string | Buffer>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

/** Everything said about a file, paths relative to the folder. */
function said(name: string): string[] {
  return loadConfig(join(folder, name)).diagnostics.map(({ at, severity, message }) =>
    `${at.file}:${at.line}:${at.column} ${severity}: ${message}`.replaceAll(`${folder}/`, ''),
  );
}

const realServer = (last: number): string => `real_server 10.0.0.${last} 80 {\n}\n`;
const virtualServer = (body: string): string =>
  `virtual_server 10.0.0.1 80 {\n protocol TCP\n lb_algo rr\n lb_kind DR\n${body}\n}\n`;

describe('an include', () => {
  it('puts the files that its pattern matches in its place, sorted, relative to the including file', () => {
    write({
      'a/main.conf': virtualServer('include pool/*.conf'),
      'a/pool/2.conf': realServer(12),
      'a/pool/1.conf': `${realServer(11)}include ../more.conf\n`,
      'a/pool/.hidden.conf': realServer(99),
      'a/pool/3.txt': realServer(98),
      'a/more.conf': realServer(13),
    });
    const { config, diagnostics } = loadConfig(join(folder, 'a/main.conf'));
    assert.deepEqual(diagnostics, []);
    assert.deepEqual(
      config?.virtualServers[0]?.realServers.map(({ address, span }) => [
        address,
        span.file.slice(folder.length + 1),
      ]),
      [
        ['10.0.0.11', 'a/pool/1.conf'],
        ['10.0.0.13', 'a/more.conf'],
        ['10.0.0.12', 'a/pool/2.conf'],
      ],
    );
  });

  it('understands braces', () => {
    write({
      'b/main.conf': virtualServer('include {1,2}.conf'),
      'b/1.conf': realServer(11),
      'b/2.conf': realServer(12),
    });
    const { config } = loadConfig(join(folder, 'b/main.conf'));
    assert.deepEqual(
      config?.virtualServers[0]?.realServers.map(({ address }) => address),
      ['10.0.0.11', '10.0.0.12'],
    );
  });

  it('without a file name is an error', () => {
    write({ 'c/main.conf': `include\n${virtualServer(realServer(11))}` });
    assert.deepEqual(said('c/main.conf'), [
      'c/main.conf:1:1 error: Cannot read include: a file name must follow',
    ]);
  });

  const all = ['include', 'includer', 'includem', 'includew', 'includeb', 'includea'] as const;
  const kinds: [string, string, Readonly<Record<(typeof all)[number], string>>][] = [
    [
      'of a file that is not there',
      'none.conf',
      {
        include: 'warning',
        includer: 'warning',
        includem: 'error',
        includew: 'error',
        includeb: 'warning',
        includea: 'error',
      },
    ],
    [
      'of a pattern that nothing matches',
      '*.none',
      {
        include: 'note',
        includer: 'note',
        includem: 'note',
        includew: 'error',
        includeb: 'note',
        includea: 'error',
      },
    ],
    [
      'of braces, one of which is not there',
      '{none,empty}.conf',
      {
        include: 'warning',
        includer: 'warning',
        includem: 'warning',
        includew: 'warning',
        includeb: 'error',
        includea: 'error',
      },
    ],
    [
      'of an executable file',
      'script.conf',
      {
        include: 'warning',
        includer: 'error',
        includem: 'error',
        includew: 'error',
        includeb: 'error',
        includea: 'error',
      },
    ],
    [
      'of a folder',
      'sub',
      {
        include: 'warning',
        includer: 'error',
        includem: 'error',
        includew: 'error',
        includeb: 'error',
        includea: 'error',
      },
    ],
  ];
  for (const [title, pattern, expected] of kinds)
    it(`${title} is as bad as its keyword says`, () => {
      write({ 'd/empty.conf': '', 'd/script.conf': '', 'd/sub/x': '' });
      chmodSync(join(folder, 'd/script.conf'), 0o755);
      const found = all.map((keyword) => {
        write({ 'd/main.conf': `${keyword} ${pattern}\n${virtualServer(realServer(11))}` });
        const [first, ...others] = loadConfig(join(folder, 'd/main.conf')).diagnostics;
        assert.deepEqual(others, []);
        return [keyword, first?.severity];
      });
      assert.deepEqual(Object.fromEntries(found), expected);
    });

  it('says why it cannot be had', () => {
    write({
      'd/main.conf': [
        ...['none.conf', '*.none', 'sub', 'script.conf'].map((name) => `include ${name}`),
        virtualServer(realServer(11)),
      ].join('\n'),
    });
    assert.deepEqual(said('d/main.conf'), [
      'd/main.conf:1:9 warning: Cannot include "none.conf": there is no such file',
      'd/main.conf:2:9 note: Cannot include "*.none": no file matches',
      'd/main.conf:3:9 warning: Cannot include "d/sub": it is a directory',
      'd/main.conf:4:9 warning: Cannot include "d/script.conf": it is executable, ' +
        'which keepalived refuses as well; chmod a-x it',
    ]);
  });

  it('is checked as include_check says, from there on and in the files that it includes, not in others', () => {
    const check = (words: string): string => `global_defs {\n include_check ${words}\n}\n`;
    write({
      'h/main.conf': [
        `include none\n${check('match')}include none\ninclude *.none\ninclude inner\n`,
        `${check('+wildcard_match -match')}include none*\ninclude none\n`,
        virtualServer(realServer(11)),
      ].join(''),
      'h/inner': `include none\n${check('-match')}include none\n`,
    });
    assert.deepEqual(
      said('h/main.conf').map((line) => line.split(': Cannot')[0]),
      [
        'h/main.conf:1:9 warning',
        'h/main.conf:5:9 error',
        'h/main.conf:6:9 note',
        'h/main.conf:11:9 error',
        'h/main.conf:12:9 error',
        'h/inner:1:9 error',
        'h/inner:5:9 warning',
      ],
    );
  });

  it('may stand behind a condition, and in a definition', () => {
    write({
      'k/main.conf': [
        '$F=1.conf\n@one include $F\n@two include none\n',
        `$M= \\\n include 2.conf \\\n include 3.conf\n${virtualServer('$M')}`,
      ].join(''),
      'k/1.conf': 'global_defs {\n router_id one\n}\n$LAST=14\n',
      'k/2.conf': realServer(12),
      'k/3.conf': 'real_server 10.0.0.$LAST 80 {\n}\n'.replace('$LAST', '${LAST}'),
    });
    const { config, diagnostics } = loadConfig(join(folder, 'k/main.conf'), { configId: 'one' });
    assert.deepEqual(diagnostics, []);
    assert.deepEqual(
      [config?.global.routerId, config?.virtualServers[0]?.realServers.map(({ address }) => address)],
      ['one', ['10.0.0.12', '10.0.0.14']],
    );
  });

  it('of itself ends', () => {
    write({
      'e/main.conf': `include other.conf\n${virtualServer(realServer(11))}`,
      'e/other.conf': 'include main.conf\n',
    });
    assert.deepEqual(said('e/main.conf'), [
      'e/other.conf:1:9 error: Cannot include "e/main.conf": it includes itself',
    ]);
  });

  it('many times over ends', () => {
    const files = Array.from({ length: 12 }, (_, i) => [`f/${i}.conf`, `include ${i + 1}.conf\n`.repeat(4)]);
    write({ ...Object.fromEntries(files), 'f/12.conf': '' });
    assert.ok(said('f/0.conf').some((line) => line.includes('more than 1024 files are included')));
  });
});

describe('a file that is no configuration', () => {
  before(() => {
    mkdirSync(join(folder, 'g/dir'), { recursive: true });
    execFileSync('mkfifo', [join(folder, 'g/fifo')]);
    write({
      'g/file': '',
      'g/big': ' '.repeat(MAX_FILE_BYTES + 1),
      'g/script': '#!/bin/sh',
      'g/binary': 'a\0b',
      'g/utf16': Buffer.from('\ufeffa b', 'utf16le'),
    });
    chmodSync(join(folder, 'g/script'), 0o755);
  });

  const cases: [string, string, string][] = [
    ['missing', 'g/none.conf', 'there is no such file'],
    ['a directory', 'g/dir', 'it is a directory'],
    ['below a file', 'g/file/x.conf', 'a part of its path is not a directory'],
    ['executable', 'g/script', 'it is executable, which keepalived refuses as well; chmod a-x it'],
    ['a FIFO', 'g/fifo', 'it is not a regular file'],
    ['too large', 'g/big', 'it is larger than 16 MiB'],
    ['binary', 'g/binary', 'it is not text: it holds zero bytes'],
    ['UTF-16', 'g/utf16', 'it is UTF-16 text; save it as UTF-8'],
  ];
  for (const [title, name, reason] of cases)
    it(`because it is ${title} is refused by name`, () => {
      assert.deepEqual(said(name), [`${name}:1:1 error: Cannot read the configuration "${name}": ${reason}`]);
    });

  it('because it may not be read is refused by name', {
    skip: process.getuid?.() === 0 && 'root may read all',
  }, () => {
    write({ 'g/secret': '' });
    chmodSync(join(folder, 'g/secret'), 0);
    assert.deepEqual(said('g/secret'), [
      'g/secret:1:1 error: Cannot read the configuration "g/secret": permission denied',
    ]);
  });
});

describe('a pattern', () => {
  it('expands braces, also nested', () => {
    assert.deepEqual(expandBraces('a{b,c{d,e}}f'), ['abf', 'acdf', 'acef']);
  });
  it('keeps braces that are no alternatives', () => {
    assert.deepEqual([expandBraces('a{b}c'), expandBraces('a{b,c')], [['a{b}c'], ['a{b,c']]);
  });
  const cases: [string, string, boolean][] = [
    ['*.conf', 'a.conf', true],
    ['*.conf', '.a.conf', false],
    ['.*', '.a', true],
    ['?.conf', 'ab.conf', false],
    ['[a-c]x', 'bx', true],
    ['[!a-c]x', 'bx', false],
    ['[z-a]', 'z', false],
    ['a+b', 'aab', false],
    ['[', '[', true],
  ];
  for (const [pattern, name, expected] of cases)
    it(`${pattern} ${expected ? 'matches' : 'does not match'} ${name}`, () => {
      assert.equal(segmentPattern(pattern).test(name), expected);
    });
});
