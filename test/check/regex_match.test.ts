import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matchRegex } from '../../src/check/regex_match.ts';
import type { RegexConfig } from '../../src/config/model.ts';

const match = (regex: Partial<RegexConfig>, body: string | Buffer) =>
  matchRegex({ source: 'x', flags: '', ...regex }, Buffer.from(body));

/** Its limit is one of time, and this process may stand still for longer. */
function matchInTime(...what: Parameters<typeof match>): ReturnType<typeof match> {
  let result = match(...what);
  for (let again = 0; result === 'too_slow' && again < 5; again++) result = match(...what);
  return result;
}

describe('a regex', () => {
  const cases: [string, Partial<RegexConfig>, string | Buffer, ReturnType<typeof matchRegex>][] = [
    ['matches anywhere', {}, 'abxab', 'match'],
    ['does not match what is not there', {}, 'abab', 'none'],
    ['begins to match at regex_min_offset', { minOffset: 2 }, 'abx', 'match'],
    ['does not match before regex_min_offset', { minOffset: 3 }, 'abx', 'none'],
    ['does not match in less than regex_min_offset', { minOffset: 30 }, 'abx', 'none'],
    ['sees what stands before regex_min_offset', { source: '(?<=b)x', minOffset: 2 }, 'abx', 'match'],
    [
      'takes ^ for the begin of the body, whatever regex_min_offset',
      { source: '^x', minOffset: 2 },
      'abx',
      'none',
    ],
    ['may match at regex_max_offset', { maxOffset: 2 }, 'abx', 'match'],
    ['does not match after regex_max_offset', { maxOffset: 1 }, 'abx', 'none'],
    ['with firstline may match at the first line end', { source: '\\nx', firstLine: true }, 'ab\nx', 'match'],
    ['with firstline does not match after it', { firstLine: true }, 'ab\nx', 'none'],
    ['sees bytes', { source: '^.\\xc3\\xa9.$' }, '-é-', 'match'],
    ['with utf sees characters', { source: '^.é.$', flags: 'u' }, '-é-', 'match'],
    ['with utf counts offsets in bytes', { flags: 'u', minOffset: 3, maxOffset: 3 }, 'éxx', 'match'],
    ['with utf does not match what is not UTF-8', { flags: 'u' }, Buffer.from([0x78, 0xff]), 'none'],
  ];
  for (const [title, regex, body, expected] of cases)
    it(title, () => assert.equal(matchInTime(regex, body), expected));

  it('that backtracks without end is given up in time', () => {
    // Without a limit: longer than anybody can wait.
    assert.equal(match({ source: '(a+)+$' }, `${'a'.repeat(50)}b`), 'too_slow');
    assert.equal(matchInTime({}, 'x'), 'match');
  });
});
