// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how keepalived.conf writes it
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseConfig } from '../../src/daemon/grammar.ts';
import { processorTime } from '../helpers/processor_time.ts';
import { expanded } from './expanded.ts';

/** Title, configuration, the lines that it means. What keepalived 2.2.7 makes of each was looked up with -t. */
type Case = readonly [title: string, text: string, expected: readonly string[]];

function check(cases: readonly Case[]): void {
  for (const [title, text, expected] of cases)
    it(title, () => assert.deepEqual(expanded(text, { configId: 'main' }), expected));
}

describe('a definition', () => {
  check([
    [
      'is put in for $NAME before a blank, a comma, a closing parenthesis and the end',
      '$A=1\nx$A y\nx$A,y\nx$A)\n$A',
      ['x1 y', 'x1,y', 'x1)', '1'],
    ],
    ['is put in for ${NAME} anywhere', '$A=1\nx${A}y', ['x1y']],
    ['is not put in where the name goes on', '$A=1\nx$Ay', ['x$Ay']],
    ['counts from the next line on', 'x${A}\n$A=1\nx${A}', ['x${A}', 'x1']],
    ['is put in when it is used, with what it holds then', '$B=2${A}\n$A=1\n${B}\n$A=9\n${B}', ['21', '29']],
    ['may be empty', '$A=\nx${A}y', ['xy']],
    ['loses the blanks and the comment around its value', '$A=   1 2  # three\nx $A', ['x 1 2']],
    ['must have no blank before its =', '$A=1\n$A =2', ['1 =2']],
    ['has a name of letters, digits and _ that begins with no digit', '$1A=2\n$A-B=3', ['$1A=2', '$A-B=3']],
    ['may be written behind blanks', '  $A=1\n$A', ['1']],
    ['is put in within double quotes, too', '$A=1\nx "a ${A} b"', ['x "a 1 b"']],
    ['may hold a condition', '$M=@main\n$O=@other\n$M a\n$O b', ['a']],
    ['may hold a sequence', '$S=~SEQ(I,1,2)\n$S x$I', ['x1', 'x2']],
    ['may take the name of one that keepalived has', '$_PWD=x\n$_PWD', ['x']],
    ['holds an escaped comment sign as that sign', '$A=a\\#b # c\nx${A}', ['xa#b']],
  ]);
});

describe('a definition of several lines', () => {
  check([
    ['goes on while lines end with a backslash', '$M= \\\n a \\\n b\nx\n$M', ['x', 'a', 'b']],
    ['may begin on the line of its name', '$M=a \\\n b\n$M', ['a', 'b']],
    ['is put in at the end of a line only', '$M=a \\\n b\nx $M\n$M y', ['x a', 'b', '$M y']],
    ['ends with an empty line', '$M= \\\n a \\\n\nb\n$M', ['b', 'a']],
    ['leaves out lines that hold only a comment', '$M= \\\n a \\\n # no \\\n b\n$M', ['a', 'b']],
    ['ends with the file', '$M= \\\n a \\', []],
    [
      'may define, and hold others',
      '$I= \\\n i${X} \\\n j\n$O= \\\n $X=5 \\\n $I \\\n $X=6 \\\n $I \\\n k\n$O',
      ['i5', 'j', 'i6', 'j', 'k'],
    ],
    ['may hold conditions', '$M= \\\n @main a \\\n @^main b \\\n c\n$M', ['a', 'c']],
    [
      'is repeated whole by a sequence',
      '$M= \\\n a${X} \\\n b${X}\n~SEQ(X,1,2) $M',
      ['a1', 'b1', 'a2', 'b2'],
    ],
  ]);
});

describe('a conditional line', () => {
  check([
    ['is kept where its id is this machine’s', '@main a\n@other b', ['a']],
    ['with ^ is kept where it is not', '@^main a\n@^other b', ['b']],
    ['without anything after the id is nothing', '@main\n@^other', []],
    ['without an id is for no machine', '@ main a\n@^ b', ['b']],
    ['has one condition', '@main @main a', ['@main a']],
    ['may define', '@main $P=1\n@^main $P=2\nx$P', ['x1']],
    ['may stand in a block', 'a {\n @main b\n @other c\n}', ['a {', 'b', '}']],
  ]);
});

describe('a name that is defined already', () => {
  check([
    ['_INSTANCE is the id of this machine', 'x${_INSTANCE}', ['xmain']],
    ['_PWD is the folder of the file', 'x${_PWD}', ['x/etc/keepalived']],
    ['_HASH and _BANG are signs that begin no comment', 'a${_HASH}b ${_BANG}c', ['a#b !c']],
    ['_ENV is a variable of the environment, or nothing', 'a${_ENV HOME}b${_ENV NONE}c', ['a/rootbc']],
    ['_RANDOM is from the range that it is given', 'x${_RANDOM 7 7}', ['x7']],
    [
      '_RANDOM takes numbers, the smaller one first',
      'x${_RANDOM a}\nx${_RANDOM 8 7}',
      ['x${_RANDOM a}', 'x${_RANDOM 8 7}'],
    ],
    ['takes parameters only where it has any', 'x${_PWD 1}', ['x${_PWD 1}']],
  ]);

  it('_RANDOM is the same at every reading, and within 0 to 32767', () => {
    const [first, again] = [
      expanded('${_RANDOM}', { configId: 'a' }),
      expanded('${_RANDOM}', { configId: 'a' }),
    ];
    assert.deepEqual(first, again);
    assert.ok(Number(first[0]) <= 32_767);
  });
});

describe('~SEQ', () => {
  check([
    ['counts from the start to the end', '~SEQ(I,0,3) a${I}', ['a0', 'a1', 'a2', 'a3']],
    ['counts from 1 where no start is given', '~SEQ(I,3) a${I}', ['a1', 'a2', 'a3']],
    [
      'counts down from -1 to a negative end, from 1 to 0',
      '~SEQ(I,-2) a${I}\n~SEQ(J,0) b${J}',
      ['a-1', 'a-2', 'b1', 'b0'],
    ],
    ['counts down where the end is below the start', '~SEQ(I,3,1) a$I', ['a3', 'a2', 'a1']],
    ['stops before it would pass the end', '~SEQ(I,0,2,3) a$I', ['a0', 'a2']],
    ['counts in hexadecimal as ~SEQx', '~SEQx(I,8,0x2,12) a${I}', ['a8', 'aa', 'ac']],
    ['reads octal numbers as C does', '~SEQ(I,010,9) a$I', ['a8', 'a9']],
    ['may have blanks', ' ~SEQ (I, 1, 2) a$I', ['a1', 'a2']],
    ['may be nested', '~SEQ(I,1,2) ~SEQ(J,1,2) a${I}${J}', ['a11', 'a12', 'a21', 'a22']],
    [
      'takes definitions for its numbers',
      '$N=2\n~SEQ(I,1,$N) a$I\n~SEQ(J,1,${N}) b$J',
      ['a1', 'a2', 'b1', 'b2'],
    ],
    ['means nothing within a line', 'a ~SEQ(I,1,2)', ['a ~SEQ(I,1,2)']],
    ['keeps its last value', '~SEQ(I,1,2) a$I\nb$I', ['a1', 'a2', 'b2']],
  ]);
});

describe('~LST', () => {
  check([
    ['goes through its values', '~LST(I,a,b,c) x${I}', ['xa', 'xb', 'xc']],
    ['sets several variables at a time', '~LST({A,B},{1,2},{3,4}) x${A}${B}', ['x12', 'x34']],
    ['may be nested, also with ~SEQ', '~LST(A,1,2) ~SEQ(B,3,4) x${A}${B}', ['x13', 'x14', 'x23', 'x24']],
    ['may have empty values, and blanks around them', '~LST(A,, b ) x${A}', ['x', 'xb']],
    ['takes definitions for its values', '$N=3\n~LST(A,$N,4) x$A', ['x3', 'x4']],
    ['leaves a variable empty that a value lacks', '~LST({A,B},{1}) x${A}${B}y', ['x1y']],
  ]);
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
