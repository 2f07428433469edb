// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how keepalived.conf writes it
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Diagnostic, Diagnostics, render } from '../../src/config/diagnostic.ts';
import { lex } from '../../src/config/lexer.ts';
import { makeSource } from '../../src/config/line.ts';
import { parseConfig } from '../../src/daemon/grammar.ts';
import { mutate, sampleConfigurations, seeded } from '../helpers/mutate.ts';
import { processorTime } from '../helpers/processor_time.ts';

const summary = ({ at, severity, code }: Diagnostic): string => `${at.line}:${at.column} ${severity} ${code}`;

describe('the lexer', () => {
  const words = (text: string): string[] =>
    lex(makeSource('x', text), new Diagnostics()).map(({ kind, text: word }) =>
      kind === 'eol' ? '|' : word,
    );

  const cases: [string, string, string[]][] = [
    ['takes # and ! for comments also inside a word', 'a#b\nc!d', ['a', '|', 'c', '|']],
    ['keeps an escaped comment sign', String.raw`a\#b \!c`, ['a#b', '!c', '|']],
    ['keeps blanks, braces and comment signs in double quotes', '"a {b} # c"', ['a {b} # c', '|']],
    ['keeps an escaped quote', String.raw`"say \"x\" \\" y`, [String.raw`say "x" \\`, 'y', '|']],
    ['keeps blanks in single quotes', "script 'a { b' c", ['script', 'a { b', 'c', '|']],
    ['leaves a lone apostrophe in a word', "don't", ["don't", '|']],
    ['separates braces from words', 'a{b}c', ['a', '{', 'b', '}', 'c', '|']],
    ['leaves the braces after a dollar in their word', `a$\{b}c {`, [`a$\{b}c`, '{', '|']],
    [
      'leaves the braces of an include in their word',
      'include /etc/{a,b}.conf # x',
      ['include', '/etc/{a,b}.conf', '|'],
    ],
    [
      'reads all three line ends, and a byte order mark',
      '\ufeffa\r\nb\rc\nd',
      ['a', '|', 'b', '|', 'c', '|', 'd', '|'],
    ],
    ['reads an empty string', 'a ""', ['a', '', '|']],
  ];
  for (const [title, text, expected] of cases) it(title, () => assert.deepEqual(words(text), expected));

  it('warns once in a file of blanks that are none to keepalived', () => {
    const found = parseConfig('a\u00a0b\n\u00a0c\nd # \u00a0\n', { file: 'x' }).diagnostics.filter(
      ({ code }) => code === 'NO_BREAK_SPACE',
    );
    assert.deepEqual(found.map(summary), ['1:2 warning NO_BREAK_SPACE']);
  });
});

describe('a diagnostic', () => {
  const at = { file: 'xlb.conf', line: 14, column: 13, length: 4, text: '    lb_algo wlcc' };

  it('shows the place, the line, a caret and a hint', () => {
    const text = render({
      code: 'UNKNOWN_VALUE',
      severity: 'error',
      at,
      message: 'Cannot use scheduler "wlcc"',
      help: 'did you mean "wlc"?',
    });
    assert.equal(
      text,
      [
        'xlb.conf:14:13: error: Cannot use scheduler "wlcc" [UNKNOWN_VALUE]',
        '14 |     lb_algo wlcc',
        '   |             ^^^^',
        'help: did you mean "wlc"?',
      ].join('\n'),
    );
  });

  it('lets no control character reach the terminal', () => {
    const text = render({
      code: 'BAD_VALUE',
      severity: 'note',
      at: { ...at, text: 'a\u001b[31m\u202e' },
      message: '\u0007',
    });
    assert.deepEqual(text.split('\n').slice(0, 2), ['xlb.conf:14:13: note: ? [BAD_VALUE]', '14 | a?[31m?']);
  });

  it('shows a stretch of a very long line', () => {
    const shown = render({
      code: 'BAD_VALUE',
      severity: 'error',
      at: { ...at, column: 5001, text: `${'x'.repeat(5000)}here${'y'.repeat(5000)}` },
      message: 'm',
    }).split('\n');
    assert.deepEqual(shown.slice(1), [
      `14 | ${'x'.repeat(40)}here${'y'.repeat(116)}`,
      `   | ${' '.repeat(40)}^^^^`,
    ]);
  });
});

describe('hostile input', () => {
  it('is cut at the thousandth diagnostic, and the severity of the rest is kept', () => {
    const { config, diagnostics } = parseConfig(`${'nonsense\n'.repeat(5000)}virtual_server x {\n}\n`, {
      file: 'x',
    });
    const last = diagnostics.at(-1);
    assert.equal(config, undefined);
    assert.deepEqual(
      [diagnostics.length, last?.severity, last?.message],
      [1001, 'error', '4001 more of the same kind and others are not shown'],
    );
  });

  it('does not nest without end', () => {
    const { diagnostics } = parseConfig('a {'.repeat(100_000), { file: 'x' });
    assert.ok(diagnostics.some(({ code }) => code === 'TOO_LARGE'));
  });

  it('may use the names of object prototypes', () => {
    const { diagnostics } = parseConfig('constructor x\n__proto__ {\n}\ntoString\n', { file: 'x' });
    assert.deepEqual(diagnostics.map(summary), [
      '1:1 warning UNKNOWN_KEYWORD',
      '1:1 error EMPTY',
      '2:1 warning UNKNOWN_KEYWORD',
      '4:1 warning UNKNOWN_KEYWORD',
    ]);
  });

  for (const [title, text] of [
    ['one line of braces', '${'.repeat(1_000_000)],
    ['one line of quotes', `"'`.repeat(1_000_000)],
    ['one long word', 'x'.repeat(4_000_000)],
    ['a million words', 'x '.repeat(2_000_000)],
    ['a million lines', 'virtual_server_\n'.repeat(250_000)],
    ['two blocks of 100,000 lines each', `global_defs {\n${'router_id x\n'.repeat(100_000)}}\n`.repeat(2)],
    ['a hundred thousand blocks', 'virtual_server 10.0.0.1 80 {\n}\n'.repeat(100_000)],
    [
      'a hundred thousand definitions',
      Array.from({ length: 100_000 }, (_, i) => `$A${i}=$A${i + 1}`).join('\n'),
    ],
    ['a hundred thousand conditions', '@one router_id x\n'.repeat(100_000)],
    ['a definition of 100,000 lines', `$M= \\\n${' a \\\n'.repeat(100_000)}\n$M\n$M\n`],
    ['10 MB of comments', '# a comment of some length ${A}\n'.repeat(320_000)],
    ['10 MB on one line', 'x y${A} '.repeat(1_300_000)],
    ['1 MiB of garbage', garbage(1024 * 1024)],
  ] as const)
    it(`of ${title} is read in linear time`, () => {
      assert.ok(processorTime(() => parseConfig(text, { file: 'x' }).diagnostics.map(render)) < 5000);
    });

  it('mutated at random never makes the parser throw', () => {
    const samples = sampleConfigurations();
    const random = seeded(20);
    for (let round = 0; round < 3000; round++) {
      const sample = samples[random(samples.length)] ?? '';
      const text = mutate(sample, samples[random(samples.length)] ?? '', random);
      try {
        const { config, diagnostics } = parseConfig(text, { file: 'x' });
        const failed = diagnostics.some(({ severity }) => severity === 'error');
        assert.equal(config === undefined, failed);
        for (const { at } of diagnostics) assert.ok(at.line >= 1 && at.column >= 1 && at.length >= 1);
      } catch (error) {
        assert.fail(`round ${round}: ${error}\n${text}`);
      }
    }
  });
});

/** Printable and not, the same in every run. */
function garbage(length: number): string {
  const random = seeded(3);
  return Buffer.from(Array.from({ length }, () => 1 + random(255))).toString('utf8');
}

describe('a large configuration', () => {
  it('of 10,000 real servers takes about ten times as long as one of 1,000, and no more', () => {
    const text = (virtualServers: number) =>
      Array.from({ length: virtualServers }, (_, v) => {
        const reals = Array.from(
          { length: 100 },
          (_, r) =>
            `real_server 10.${v}.${r}.1 {\n weight 1\n TCP_CHECK {\n connect_timeout 3\n retry 2\n }\n }\n`,
        );
        const own = 'lb_algo rr\n lb_kind DR\n protocol TCP\n';
        return `virtual_server 10.0.0.1 ${v + 1} {\n${own}${reals.join('')}}\n`;
      }).join('');
    /** Of the processor, which a busy machine does not change much; the best of several, once it is compiled. */
    const cost = (virtualServers: number, times: number) => {
      const file = text(virtualServers);
      const costs = Array.from({ length: times }, () => {
        const before = process.cpuUsage();
        const { config, diagnostics } = parseConfig(file, { file: 'x' });
        const { user, system } = process.cpuUsage(before);
        assert.deepEqual(
          [diagnostics.length, config?.virtualServers.flatMap((server) => server.realServers).length],
          [0, virtualServers * 100],
        );
        return user + system;
      });
      return Math.min(...costs);
    };
    cost(10, 3);
    const [small, large] = [cost(10, 5), cost(100, 3)];
    assert.ok(large < small * 25, `${large} µs against ${small} µs`);
  });
});

describe('the model', () => {
  it('is frozen through and through', () => {
    const { config } = parseConfig(
      'vrrp_instance V {\ninterface e\nvirtual_router_id 1\nvirtual_ipaddress {\n10.0.0.1\n}\n}\n',
      { file: 'x' },
    );
    const isDeepFrozen = (value: unknown): boolean =>
      typeof value !== 'object' ||
      value === null ||
      (Object.isFrozen(value) && Object.values(value).every(isDeepFrozen));
    assert.ok(config && isDeepFrozen(config));
  });
});
