import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseUmask } from '../../src/base/umask.ts';

describe('a umask', () => {
  it('is octal, hexadecimal, decimal or names of bits', () => {
    const texts = ['0', '0177', '0x1f', '18', 'IWGRP|IWOTH', '01777', '8x', 'IWGRP|', 'toString', ''];
    const none = undefined;
    assert.deepEqual(texts.map(parseUmask), [0, 0o177, 0x1f, 18, 0o022, none, none, none, none, none]);
  });
});
