// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how keepalived.conf writes it
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseConfig } from '../../src/daemon/grammar.ts';
import { processorTime } from '../helpers/processor_time.ts';
import { expanded } from './expanded.ts';
import { languageCases } from './language_cases.ts';

for (const [group, cases] of Object.entries(languageCases))
  describe(group, () => {
    for (const { title, text, lines } of cases)
      it(title, () => assert.deepEqual(expanded(text, { configId: 'main' }), lines));
  });

describe('a name that is defined already', () => {
  it('_RANDOM is the same at every reading, and within 0 to 32767', () => {
    const [first, again] = [
      expanded('${_RANDOM}', { configId: 'a' }),
      expanded('${_RANDOM}', { configId: 'a' }),
    ];
    assert.deepEqual(first, again);
    assert.ok(Number(first[0]) <= 32_767);
  });
});

describe('a line that cannot be put together', () => {
  const found = (text: string): string[] =>
    parseConfig(text, { file: 'x' })
      .diagnostics.filter(({ code }) => !['UNKNOWN_KEYWORD', 'EMPTY', 'UNEXPECTED_BRACE'].includes(code))
      .map(({ at, severity, message }) => `${at.line}:${at.column}+${at.length} ${severity}: ${message}`);
  const cases: [string, string, string[]][] = [
    [
      'is said to use a name that is not defined, with the nearest one',
      '$PRIO=1\nx ${PRO} $PRIOR',
      [
        '2:3+6 warning: Cannot put in ${PRO}: it is not defined before this line',
        '2:10+6 warning: Cannot put in $PRIOR: it is not defined before this line',
      ],
    ],
    ['is let pass with the variables of scripts', 'x "${HOME}"\ny $1', []],
    [
      'is not put together from itself without end',
      '$A=${B}\n$B=${A}\nx${A}',
      [
        '3:1+5 error: Cannot put in all that this line stands for: a definition uses itself, or too many are nested',
      ],
    ],
    [
      'is not put together from lines that hold themselves',
      '$A= \\\n a \\\n $A\n$A',
      [
        '3:2+2 error: Cannot put in all that this line stands for: a definition uses itself, or too many are nested',
      ],
    ],
    [
      'must not end with a backslash outside of a definition',
      'x a \\\ny',
      [
        '1:5+1 warning: Cannot go on in the next line: a backslash at the end only joins the lines of a definition',
      ],
    ],
    [
      'must not have more behind a definition of several lines',
      '$M=a \\\n b\n$M y',
      ['3:1+2 warning: Cannot put M in here: it has several lines, and more follows it on this one'],
    ],
    [
      'has steps that lead to the end',
      '~SEQ(I,1,-1,5) x\n~SEQ(I,1,0,5) x',
      [
        '1:1+14 error: Cannot read ~SEQ: steps of -1 do not lead from 1 to 5',
        '2:1+13 error: Cannot read ~SEQ: steps of 0 do not lead from 1 to 5',
      ],
    ],
    ['has whole numbers', '~SEQ(I,1,x) y', ['1:1+11 error: Cannot read ~SEQ: "x" is not a whole number']],
    [
      'has a variable and an end',
      '~SEQ(I) y',
      ['1:1+7 error: Cannot read ~SEQ: expected one to three numbers: [start, [step,]] end'],
    ],
    ['has its parenthesis', '~SEQ(I,1', ['1:1+5 error: Cannot read ~SEQ: expected a closing )']],
    [
      'counts upwards in hexadecimal',
      '~SEQx(I,-1,5) y',
      ['1:1+13 error: Cannot read ~SEQx: ~SEQx counts from 0 upwards'],
    ],
    ['has values', '~LST(I) y', ['1:1+7 error: Cannot read ~LST: expected values after the variable']],
    [
      'has a variable for each value',
      '~LST(I,{1,2}) y',
      ['1:1+13 error: Cannot read ~LST: {1,2} has more values than there are variables'],
    ],
    [
      'has no more rounds than are of use',
      '~SEQ(I,1,900000000) y',
      ['1:1+19 error: Cannot read ~SEQ: it has 900000000 rounds, more than 200000'],
    ],
  ];
  for (const [title, text, expected] of cases) it(title, () => assert.deepEqual(found(text), expected));

  for (const [title, text] of [
    ['lists of lists', '~SEQ(A,1,199999) ~SEQ(B,1,199999) ~SEQ(C,1,199999) x'],
    [
      'doubling definitions',
      `${Array.from({ length: 60 }, (_, i) => `$A${i}=\${A${i + 1}}\${A${i + 1}}`).join('\n')}\n$A60=x\n$A0`,
    ],
    [
      'doubling definitions of several lines',
      `${Array.from({ length: 31 }, (_, i) => `$A${i}= \\\n $A${i + 1} \\\n $A${i + 1}`).join('\n')}\n$A31=\n$A0`,
    ],
    ['a long line of dollars', '$A=1\n'.concat('${A} ${B} $'.repeat(100_000))],
    ['a long line of backslashes', `$A=${'\\#\\'.repeat(300_000)}\n$A`],
  ] as const)
    it(`of ${title} ends in time`, () => {
      assert.ok(processorTime(() => parseConfig(text, { file: 'x' })) < 5000);
    });
});

describe('a mistake in what was put in', () => {
  const places = (text: string): string[] =>
    parseConfig(text, { file: 'x' })
      .diagnostics.map(({ at, message }) => `${at.line}:${at.column}+${at.length} ${message}`)
      .filter((text) => text.includes('Cannot use'));

  it('is shown where the definition is used', () => {
    assert.deepEqual(places('$F=fooo\n$F bar\nb${F}').slice(0, 1), [
      '2:1+2 Cannot use keyword "fooo" at the top of the file: the line is ignored',
    ]);
  });

  it('is shown in the definition where that has several lines', () => {
    assert.deepEqual(places('$M= \\\n foo \\\n   bar\n\n$M').slice(0, 1), [
      '2:2+3 Cannot use keyword "foo" at the top of the file: the line is ignored',
    ]);
  });
});
