import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BodyRoom, KEPT_ALWAYS_BYTES, KeptBody } from '../../src/check/body_room.ts';
import { WebAnswer } from '../../src/check/web/request.ts';

const piece = Buffer.alloc(60_000, 'x');

describe('the room for bodies of a thread', () => {
  it('is for all together, beyond what each has always, and free again once one is closed', () => {
    const room = new BodyRoom(120_000);
    const [first, second] = [new KeptBody(room), new KeptBody(room)];
    const took = [first.add(piece), first.add(piece), first.add(piece), second.add(piece), second.add(piece)];
    first.close();
    first.close();
    took.push(second.add(piece));
    assert.deepEqual(took, [true, true, true, true, false, true]);
    assert.equal(second.whole().length, 2 * piece.length);
  });

  it('counts what a byte takes that comes alone', () => {
    const body = new KeptBody(new BodyRoom(0));
    let taken = 0;
    while (body.add(Buffer.alloc(1))) taken += 1;
    assert.equal(taken, Math.floor(KEPT_ALWAYS_BYTES / 257));
  });

  it('left to nobody, says nothing about a real server, unless its status does', () => {
    const results = [200, 500].map((status) => {
      const url = {
        path: '/',
        host: 'a',
        statusCodes: [[200, 299]],
        regex: { source: 'x', flags: '' },
      } as const;
      const answer = new WebAnswer(url, new BodyRoom(0));
      answer.take(Buffer.from(`HTTP/1.0 ${status} X\r\n\r\n`));
      answer.take(piece);
      return answer.take(piece);
    });
    assert.deepEqual(results, [
      { code: 'NOTRUN', detail: 'no room for its body beside those of the other checks' },
      { code: 'L7STS', detail: 'HTTP status code 500' },
    ]);
  });
});
