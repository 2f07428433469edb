import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { keepHeapSmall, withRoomyHeap } from '../../src/base/heap.ts';

// What it saves is measured: `xlb bench checks` has the memory of one check.
describe('the heap of a daemon', () => {
  it('has a small young generation, by the first line of the program', () => {
    const [first] = readFileSync(new URL('../../src/main.js', import.meta.url), 'utf8').split('\n', 1);
    assert.equal(first, '#!/usr/bin/env -S node --max-semi-space-size=2');
  });

  it('may grow while a reload makes much at once, whatever becomes of it', async () => {
    keepHeapSmall();
    const done = await withRoomyHeap(() => Promise.resolve('reloaded'));
    const failed = await withRoomyHeap(() => Promise.reject(new Error('no such file'))).catch(String);
    assert.deepEqual([done, failed], ['reloaded', 'Error: no such file']);
  });
});
