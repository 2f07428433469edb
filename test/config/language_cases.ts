// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how keepalived.conf writes it
/** The rules of the language by example: what xlb makes of them, and keepalived 2.2.7 as well. */

export interface LanguageCase {
  readonly title: string;
  readonly text: string;
  /** The lines that it means. */
  readonly lines: readonly string[];
  /** Why keepalived 2.2.7 makes something else of it; undefined: it does not. */
  readonly otherwise?: string;
}

type Short = readonly [title: string, text: string, lines: readonly string[], otherwise?: string];

const cases = (list: readonly Short[]): readonly LanguageCase[] =>
  list.map(([title, text, lines, otherwise]) => ({
    title,
    text,
    lines,
    ...(otherwise === undefined ? {} : { otherwise }),
  }));

export const languageCases: Readonly<Record<string, readonly LanguageCase[]>> = {
  'a definition': cases([
    [
      'is put in for $NAME before a blank, a comma, a closing parenthesis and the end',
      '$A=1\nx$A y\nx$A,y\nx$A)\n$A',
      ['x1 y', 'x1,y', 'x1)', '1'],
    ],
    ['is put in for ${NAME} anywhere', '$A=1\nx${A}y', ['x1y']],
    ['is not put in where the name goes on', '$A=1\nx$Ay', ['x$Ay']],
    [
      'counts from the next line on',
      'x${A}\n$A=1\nx${A}',
      ['x${A}', 'x1'],
      'braces of what is not defined begin a block',
    ],
    ['is put in when it is used, with what it holds then', '$B=2${A}\n$A=1\n${B}\n$A=9\n${B}', ['21', '29']],
    ['may be empty', '$A=\nx${A}y', ['xy']],
    ['loses the blanks and the comment around its value', '$A=   1 2  # three\nx $A', ['x 1 2']],
    ['must have no blank before its =', '$A=1\n$A =2', ['1 =2']],
    ['has a name of letters, digits and _ that begins with no digit', '$1A=2\n$A-B=3', ['$1A=2', '$A-B=3']],
    ['may be written behind blanks', '  $A=1\n$A', ['1']],
    ['is put in within double quotes, too', '$A=1\nx "a ${A} b"', ['x "a 1 b"']],
    ['may hold a condition', '$M=@main\n$O=@other\n$M a\n$O b', ['a'], 'its manual says so, it does not'],
    ['may hold a sequence', '$S=~SEQ(I,1,2)\n$S x$I', ['x1', 'x2']],
    ['may take the name of one that keepalived has', '$_PWD=x\n$_PWD', ['x']],
    [
      'holds an escaped comment sign as that sign',
      '$A=a\\#b # c\nx${A}',
      ['xa#b'],
      'it reads the file twice, and the sign begins a comment then',
    ],
  ]),
  'a definition of several lines': cases([
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
  ]),
  'a conditional line': cases([
    ['is kept where its id is this machine’s', '@main a\n@other b', ['a']],
    ['with ^ is kept where it is not', '@^main a\n@^other b', ['b']],
    ['without anything after the id is nothing', '@main\n@^other', []],
    ['without an id is for no machine', '@ main a\n@^ b', ['b']],
    ['has one condition', '@main @main a', ['@main a']],
    ['may define', '@main $P=1\n@^main $P=2\nx$P', ['x1']],
    ['may stand in a block', 'a {\n @main b\n @other c\n}', ['a {', 'b', '}'], 'it skips no unknown block'],
  ]),
  'a name that is defined already': cases([
    ['_INSTANCE is the id of this machine', 'x${_INSTANCE}', ['xmain']],
    ['_PWD is the folder of the file', 'x${_PWD}', ['x/etc/keepalived'], 'the file is elsewhere'],
    [
      '_HASH and _BANG are signs that begin no comment',
      'a${_HASH}b ${_BANG}c',
      ['a#b !c'],
      'it reads the file twice, and the sign begins a comment then',
    ],
    [
      '_ENV is a variable of the environment, or nothing',
      'a${_ENV HOME}b${_ENV NONE}c',
      ['a/rootbc'],
      'it is of 2.4',
    ],
    ['_RANDOM is from the range that it is given', 'x${_RANDOM 7 7}', ['x7']],
    [
      '_RANDOM takes numbers, the smaller one first',
      'x${_RANDOM a}\nx${_RANDOM 8 7}',
      ['x${_RANDOM a}', 'x${_RANDOM 8 7}'],
      'it takes 8 for the smaller one, and the braces for a block',
    ],
    [
      'takes parameters only where it has any',
      'x${_PWD 1}',
      ['x${_PWD 1}'],
      'braces of what is not defined begin a block',
    ],
  ]),
  '~SEQ': cases([
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
  ]),
  '~LST': cases([
    ['goes through its values', '~LST(I,a,b,c) x${I}', ['xa', 'xb', 'xc']],
    ['sets several variables at a time', '~LST({A,B},{1,2},{3,4}) x${A}${B}', ['x12', 'x34']],
    ['may be nested, also with ~SEQ', '~LST(A,1,2) ~SEQ(B,3,4) x${A}${B}', ['x13', 'x14', 'x23', 'x24']],
    ['may have empty values, and blanks around them', '~LST(A,, b ) x${A}', ['x', 'xb']],
    ['takes definitions for its values', '$N=3\n~LST(A,$N,4) x$A', ['x3', 'x4']],
    ['leaves a variable empty that a value lacks', '~LST({A,B},{1}) x${A}${B}y', ['x1y']],
  ]),
};
