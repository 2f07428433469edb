import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { meaningfulOptions, type PcreOption } from '../../../src/check/pcre/options.ts';
import { PatternError } from '../../../src/check/pcre/scanner.ts';
import { translatePcre } from '../../../src/check/pcre/translate.ts';

const optionsOf = (words: string): ReadonlySet<PcreOption> =>
  new Set(meaningfulOptions.filter((option) => words.split(' ').includes(option)));

/** What pcre2test says of the same: the text that matches, or undefined. */
function found(pattern: string, options: string, subject: string): string | undefined {
  const { source, flags } = translatePcre(pattern, optionsOf(options));
  return new RegExp(source, flags).exec(subject)?.[0];
}

describe('a pattern of PCRE2 finds in JavaScript what it finds there:', () => {
  const cases: [pattern: string, options: string, subject: string, expected: string | undefined][] = [
    ['a.c', '', 'a\nc', undefined],
    ['a.c', '', 'a\rc', 'a\rc'],
    ['a.c', 'dotall', 'a\nc', 'a\nc'],
    ['a$', '', 'a\n', 'a'],
    ['a$', '', 'a\n\n', undefined],
    ['a$', 'dollar_endonly', 'a\n', undefined],
    ['a$', '', 'a\nb', undefined],
    ['a$', 'multiline', 'a\nb', 'a'],
    ['^b', 'multiline', 'a\nb', 'b'],
    ['^b', '', 'a\nb', undefined],
    ['^b', 'multiline', 'a\rb', undefined],
    ['\\n^', 'multiline', 'a\n', undefined],
    ['\\n^', 'multiline alt_circumflex', 'a\n', '\n'],
    ['\\Ab', 'multiline', 'a\nb', undefined],
    ['a\\Z', '', 'a\n', 'a'],
    ['a\\z', '', 'a\n', undefined],
    ['hello', 'caseless', 'HeLLo', 'HeLLo'],
    ['[a-c]x', 'caseless', 'BX', 'BX'],
    ['[^a-c]', 'caseless', 'ABCd', 'd'],
    ['\u00e9', 'caseless', '\u00c9', undefined],
    ['é', 'caseless utf', 'É', 'É'],
    ['a(?i)b', '', 'aB', 'aB'],
    ['a(?i)b', '', 'AB', undefined],
    ['(?i:a)b', '', 'Ab', 'Ab'],
    ['(?i:a)b', '', 'AB', undefined],
    ['(?i)a(?-i)b', '', 'Ab', 'Ab'],
    ['a(?i)b|c', '', 'C', 'C'],
    ['(?s).(?-s).', '', '\n\nx', '\nx'],
    ['\\d\\D\\w\\W\\s\\S', '', '1a_- x', '1a_- x'],
    ['\\s', '', '\u00a0', undefined],
    ['\\h', '', '\u00a0', '\u00a0'],
    ['[\\d\\-x]+', '', '1-x', '1-x'],
    ['[^\\D5]', '', 'x56', '6'],
    ['[\\W]', '', 'a_%', '%'],
    ['[]a]+', '', ']a', ']a'],
    ['[^]a]', '', ']ab', 'b'],
    ['[]a]', 'allow_empty_class', 'a]', undefined],
    ['[a\\]b]+', '', ']', ']'],
    ['[[:alpha:][:digit:]]+', '', '-a1-', 'a1'],
    ['[[:^alpha:]]', '', 'a-', '-'],
    ['[\\b]', '', '\b', '\b'],
    ['\\bfoo\\b', '', 'a foo b', 'foo'],
    ['a{2}', '', 'aaa', 'aa'],
    ['a{2,}', '', 'aaa', 'aaa'],
    ['a{,2}', '', 'a{,2}', 'a{,2}'],
    ['a{x', '', 'a{x', 'a{x'],
    ['a}]', '', 'a}]', 'a}]'],
    ['a+?', '', 'aaa', 'a'],
    ['a+', 'ungreedy', 'aaa', 'a'],
    ['a+?', 'ungreedy', 'aaa', 'aaa'],
    ['(?U)a+', '', 'aaa', 'a'],
    ['a++a', '', 'aaa', undefined],
    ['[ab]*+b', '', 'abb', undefined],
    ['\\Qab\\E+', '', 'abb', 'abb'],
    ['\\Qab\\E++c', '', 'abbc', 'abbc'],
    ['(?>a+)a', '', 'aaa', undefined],
    ['(?>a|ab)c', '', 'abc', undefined],
    ['(x)(?>(a)|b)\\2', '', 'xaa', 'xaa'],
    ['(x)(?:y)++(z)\\2', '', 'xyyzz', 'xyyzz'],
    ['(a)\\1', '', 'aa', 'aa'],
    ['(?<n>a)\\k<n>\\k{n}\\g{n}(?P=n)', '', 'aaaaa', 'aaaaa'],
    ["(?'n'a)\\g1\\g{-1}", '', 'aaa', 'aaa'],
    ['(a)\\11', '', 'a\t', 'a\t'],
    ['(a)\\1{2}', '', 'aaa', 'aaa'],
    ['(a)\\g{1}0', '', 'aa0', 'aa0'],
    ['(a)(b)', 'no_auto_capture', 'ab', 'ab'],
    ['a b # c', 'extended', 'ab', 'ab'],
    ['a [ ] b', 'extended', 'a b', 'a b'],
    ['a(?#note)b', '', 'ab', 'ab'],
    ['\\x41\\x{42}\\103\\o{104}\\e\\t\\cA', '', 'ABCD\u001b\t\u0001', 'ABCD\u001b\t\u0001'],
    ['\\xg', '', '\u0000g', '\u0000g'],
    ['\\xg\\u0041', 'alt_bsux', 'xgA', 'xgA'],
    ['\\.\\/\\-\\#', '', './-#', './-#'],
    ['\\R', '', '\r\n', '\r\n'],
    ['\\R\\n', '', '\r\n', undefined],
    ['\\Qa.b\\E.', '', 'a.bc', 'a.bc'],
    ['foo(?=bar)', '', 'foobar', 'foo'],
    ['foo(?!bar)', '', 'foobar', undefined],
    ['(?<=a)b', '', 'ab', 'b'],
    ['(?<!a)b', '', 'ab', undefined],
    ['(?=a)*b', '', 'b', 'b'],
    ['\\p{Lu}\\pL\\P{L}\\p{Greek}', 'utf', 'Ab1α', 'Ab1α'],
    ['\\x{263a}', 'utf', '☺', '☺'],
    ['.', 'utf', '😀', '😀'],
    ['', '', 'a', ''],
    ['a|', '', 'b', ''],
  ];
  for (const [pattern, options, subject, expected] of cases)
    it(`${pattern}${options && ` with ${options}`} in ${JSON.stringify(subject)}`, () =>
      assert.equal(found(pattern, options, subject), expected));
});

describe('a pattern that JavaScript has nothing for, or that is wrong, is refused at its character:', () => {
  const cases: [pattern: string, at: number, message: string][] = [
    ['a(b', 1, '( without its )'],
    ['ab)', 2, ') without its ('],
    ['a[b', 1, '[ without its ]'],
    ['[b-a]', 1, 'the range ends before it begins'],
    ['[[:nothing:]]', 1, 'there is no class [:nothing:]'],
    ['*a', 0, 'there is nothing before it to repeat'],
    ['^*a', 1, 'there is nothing before it to repeat'],
    ['[a-\\d]', 1, 'the range does not end with a character'],
    ['a**', 2, 'there is nothing before it to repeat'],
    ['a|+', 2, 'there is nothing before it to repeat'],
    ['a{3,2}', 1, 'the numbers are out of order'],
    ['a{70000}', 1, 'the number is above 65535'],
    ['a\\', 1, '\\ at the end'],
    ['a\\Kb', 1, '\\K is not supported'],
    ['\\p{L}', 0, '\\p is not supported'],
    ['a\\i', 1, '\\i is not supported'],
    ['(a)\\2', 3, 'there is no such group before it'],
    ['(a)\\k<n>', 3, 'there is no such group before it'],
    ['(?R)', 0, '(?R is not supported'],
    ['(?1)', 0, '(?1 is not supported'],
    ['(?(1)a)', 0, '(?( is not supported'],
    ['(?|(a))', 0, '(?| is not supported'],
    ['(*UTF)a', 0, 'verbs (*...) are not supported'],
    ['(a)++', 3, 'a group in what ++, *+, ?+ or {}+ repeats is not supported'],
    ['\\x{100}', 0, 'this character is beyond the last one'],
    ['('.repeat(300), 250, 'groups are nested more than 250 deep'],
  ];
  for (const [pattern, at, message] of cases)
    it(pattern.slice(0, 20), () =>
      assert.throws(
        () => translatePcre(pattern, new Set()),
        (error) => {
          assert.ok(error instanceof PatternError);
          assert.deepEqual([error.at, error.message], [at, message]);
          return true;
        },
      ),
    );
});
