import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseTrackNumber } from '../../src/base/track_number.ts';

describe('the number in a track_file', () => {
  const table: readonly [text: string, value: number][] = [
    ['5\n', 5],
    ['  -7 and more', -7],
    ['+3', 3],
    ['0x1f', 31],
    ['010', 8],
    ['0', 0],
    ['', 0],
    ['five', 0],
    ['-0', 0],
    ['999', 254],
    ['-99999999999999999999', -254],
  ];
  for (const [text, value] of table)
    it(`${JSON.stringify(text)} is ${value}`, () => assert.equal(parseTrackNumber(text, 254), value));
});
