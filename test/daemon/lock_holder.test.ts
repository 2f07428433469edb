import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { holderIn, lockHolder } from '../../src/daemon/lock_holder.ts';

const locks = `1: POSIX  ADVISORY  WRITE 11 00:27:131 0 EOF
2: FLOCK  ADVISORY  WRITE 12 fe:01:131 0 EOF
3: FLOCK  ADVISORY  WRITE 13 00:27:131 0 EOF
3: -> FLOCK  ADVISORY  WRITE 14 00:27:131 0 EOF
4: FLOCK  ADVISORY  WRITE 0 00:27:132 0 EOF
5: FLOCK  ADVISORY  WRITE 15 103:10005:7 0 EOF
`;

describe('the holder of a lock', () => {
  it('is found by device and inode, among other locks and those who wait', () => {
    const found = [
      [0x27n, 131n],
      [0xfe01n, 131n],
      [0x27n, 132n],
      [0x27n, 13n],
      [0x1001_0305n, 7n],
    ].map(([dev = 0n, ino = 0n]) => holderIn(locks, { dev, ino }));
    assert.deepEqual(found, [13, 12, undefined, undefined, 15]);
  });

  it('is nobody where there is no such file', () => {
    assert.equal(lockHolder('/nonexistent'), undefined);
  });
});
