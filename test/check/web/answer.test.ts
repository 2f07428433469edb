import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AnswerReader } from '../../../src/check/web/answer.ts';

const open = () => new AnswerReader({ wantsDigest: false, takesInterim: () => false });
const whole = Buffer.from('HTTP/1.1 200 OK\r\nServer: x\r\ncontent-length : 2\r\n\r\nok');

/** What a reader makes of `pieces`, closed afterwards. */
function read(...pieces: string[]) {
  const reader = open();
  const answers = pieces.map((piece) => reader.take(Buffer.from(piece)));
  reader.close();
  return answers.at(-1);
}

describe('one answer after another', () => {
  const expected = { status: 200, end: 'whole', bodyBytes: 2, contentLength: 2 };

  for (const [what, before] of [
    ['a whole one', whole.toString()],
    ['one that ended in its status line', 'HTTP/1.1 2'],
    ['one that ended in its header', 'HTTP/1.1 404 No\r\nContent-Length: 9\r\nTransfer-Enc'],
    ['one that ended in its body', 'HTTP/1.1 404 No\r\nContent-Length: 9\r\n\r\nno'],
    ['one that ended in a chunk', 'HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nno'],
    ['one that another follows at once', `${whole}HTTP/1.1 500 Error\r\nContent-`],
    ['nonsense', 'SSH-2.0-OpenSSH\r\n'],
  ] as const)
    it(`is read as if it were the first, after ${what}`, () => {
      read(before);
      assert.deepEqual(read('HTTP/1.1 200 OK\r\ncontent-length', ': 2\r\n\r\no', 'k'), expected);
    });

  it('is not known to a reader that has closed', () => {
    const closed = open();
    closed.close();
    assert.deepEqual(
      [closed.take(whole), closed.finish(), open().take(whole)],
      [undefined, undefined, expected],
    );
  });

  it('is read by each of two at once', () => {
    const [one, other] = [open(), open()];
    one.take(Buffer.from('HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbu'));
    const first = other.take(whole);
    assert.deepEqual(
      [first, one.take(Buffer.from('sy'))],
      [expected, { status: 503, end: 'whole', bodyBytes: 4, contentLength: 4 }],
    );
  });
});
