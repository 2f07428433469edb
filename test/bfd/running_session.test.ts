import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bfdInstance, FakeWire } from './fake_wire.ts';

function pair() {
  const wire = new FakeWire();
  const [a, b] = [wire.host('10.0.0.1'), wire.host('10.0.0.2')];
  a.sessions.configure([bfdInstance({ name: 'b', neighbor: '10.0.0.2' })]);
  const flap = () => {
    b.sessions.configure([bfdInstance({ name: 'a', neighbor: '10.0.0.1' })]);
    wire.clock.advance(2_500);
    b.sessions.configure([]);
    wire.clock.advance(10);
  };
  return { wire, a, b, flap };
}

describe('a session', () => {
  it('logs sixty lines a minute whatever its neighbour does, and how many more there were', () => {
    const { wire, a, flap } = pair();
    for (let times = 0; times < 20; times++) flap();
    wire.clock.advance(60_000);
    const leftOut = a.lines.filter((line) => line.endsWith('more lines within a minute were left out'));
    assert.deepEqual([leftOut.length, a.lines.length], [1, 61], a.lines.join('\n'));
  });

  it('keeps its source port over a failure to send (RFC 5881 §4), unless its address has gone', () => {
    const { wire, a } = pair();
    const failing = (errno: number) => {
      a.refuse.sender = Object.assign(new Error('Cannot send'), { errno });
      wire.clock.advance(3_000);
      delete a.refuse.sender;
      wire.clock.advance(3_000);
      return wire.opened;
    };
    const [unreachable, refused] = [failing(101), failing(111)];
    assert.deepEqual([unreachable, refused, failing(99) > 1], [1, 1, true]);
  });
});
