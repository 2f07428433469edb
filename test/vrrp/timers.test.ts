import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { listenAgainMs, masterDownMs, skewTimeMs, successorBoundMs } from '../../src/vrrp/timers.ts';

const v2 = { version: 2, downTimerAdverts: 3 } as const;
const v3 = { version: 3, downTimerAdverts: 3 } as const;

describe('the skew time', () => {
  it('is (256 - priority) / 256 seconds in VRRPv2, whatever the interval (RFC 3768 §6.1)', () => {
    assert.deepEqual([skewTimeMs(v2, 100, 1000), skewTimeMs(v2, 100, 5000)], [609.375, 609.375]);
  });
  it("is (256 - priority) / 256 of the master's interval in VRRPv3 (RFC 5798 §6.1)", () => {
    assert.deepEqual([skewTimeMs(v3, 100, 1000), skewTimeMs(v3, 100, 100)], [609.375, 60.9375]);
  });
});

describe('the master-down time (RFC 5798 §6.1)', () => {
  it('is three intervals of the master and the skew time', () => {
    assert.deepEqual([masterDownMs(v2, 100, 1000), masterDownMs(v3, 100, 100)], [3609.375, 360.9375]);
  });
  it('has the number of adverts of down_timer_adverts', () => {
    assert.equal(masterDownMs({ ...v3, downTimerAdverts: 2 }, 100, 100), 260.9375);
  });
});

describe('a resigned master', () => {
  it('waits for the slowest possible successor, of priority 1', () => {
    assert.deepEqual([successorBoundMs(v2, 1000), successorBoundMs(v3, 100)], [996.09375, 99.609375]);
  });
});

describe('a backup whose timer fired late', () => {
  it('listens for one interval of the master and the skew time', () => {
    assert.equal(listenAgainMs(v3, 128, 20), 30);
  });
});
