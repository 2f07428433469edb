import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '../../src/base/random.ts';
import { encodeControlPacket } from '../../src/bfd/control_packet.ts';
import { HOLD_MS } from '../../src/bfd/running_session.ts';
import type { BfdInstanceConfig } from '../../src/config/model.ts';
import { bfdInstance, FakeWire } from './fake_wire.ts';

/** Two hosts with a session between them. */
function pair(changes: { a?: Partial<BfdInstanceConfig>; b?: Partial<BfdInstanceConfig> } = {}) {
  const wire = new FakeWire();
  const [a, b] = [wire.host('10.0.0.1'), wire.host('10.0.0.2')];
  const configs = {
    a: bfdInstance({ name: 'b', neighbor: '10.0.0.2', ...changes.a }),
    b: bfdInstance({ name: 'a', neighbor: '10.0.0.1', ...changes.b }),
  };
  const start = () => {
    a.sessions.configure([configs.a]);
    b.sessions.configure([configs.b]);
  };
  const states = () => [...a.sessions.status(), ...b.sessions.status()].map(({ state }) => state);
  return { wire, a, b, configs, start, states };
}

describe('two directors with a session', () => {
  it('come up within two seconds, agree on the faster rhythm, and say so as keepalived does', () => {
    const { wire, a, start } = pair();
    start();
    wire.clock.advance(2_500);
    assert.deepEqual(a.told, [{ b: 'init' }, { b: 'up' }]);
    assert.deepEqual(a.lines, [
      'info BFD_Instance(b) Detection time is 3000 ms (was 0 ms)',
      'info BFD_Instance(b) Entering Up state',
      'info BFD_Instance(b) Detection time is 150 ms (was 3000 ms)',
    ]);
    const [{ detectionTimeUs, transmitIntervalUs } = assert.fail()] = a.sessions.status();
    assert.deepEqual(
      { detectionTimeUs, transmitIntervalUs },
      { detectionTimeUs: 150_000, transmitIntervalUs: 50_000 },
    );
  });

  it('send at 75 to 100 % of the interval that was agreed', () => {
    const { wire, start } = pair();
    start();
    wire.clock.advance(3_000);
    wire.sent.length = 0;
    wire.clock.advance(10_000);
    const times = wire.sent.filter(({ from }) => from === '10.0.0.1').map(({ atMs }) => atMs);
    const gaps = times.slice(1).map((atMs, i) => atMs - (times[i] ?? 0));
    assert.ok(
      gaps.every((ms) => ms >= 37 && ms <= 50),
      `${Math.min(...gaps)} to ${Math.max(...gaps)}`,
    );
    assert.ok(new Set(gaps).size > 5, 'they are jittered');
  });

  it('notice a dead one after the detection time, and its return', () => {
    const { wire, a, b, configs, start } = pair();
    start();
    wire.clock.advance(3_000);
    wire.cut = true;
    const cutMs = wire.clock.nowMs();
    let noticedMs = 0;
    while (a.told.at(-1)?.['b'] === 'up') {
      wire.clock.advance(1);
      noticedMs = wire.clock.nowMs() - cutMs;
    }
    assert.ok(noticedMs > 100 && noticedMs <= 151, `${noticedMs}`);
    assert.deepEqual(a.lines.slice(-2), [
      'warn BFD_Instance(b) Expired after 150 ms',
      'warn BFD_Instance(b) Entering Down state ' +
        '(Local diagnostic - Control Detection Time Expired, Remote diagnostic - No Diagnostic)',
    ]);
    b.sessions.configure([]);
    wire.cut = false;
    b.sessions.configure([configs.b]);
    wire.clock.advance(2_500);
    assert.deepEqual(a.told.at(-1), { b: 'up' });
  });

  it('come up where one of them is passive, and not where both are', () => {
    const states = [false, true].map((passive) => {
      const { wire, start, states } = pair({ a: { passive: true }, b: { passive } });
      start();
      wire.clock.advance(5_000);
      return [...states(), wire.sent.length > 0];
    });
    assert.deepEqual(states, [
      ['Up', 'Up', true],
      ['Down', 'Down', false],
    ]);
  });

  it('tell each other of a stop, and the other does not wait for a detection time', () => {
    const { wire, a, b, start } = pair();
    start();
    wire.clock.advance(3_000);
    b.sessions.stop();
    wire.clock.advance(1);
    assert.deepEqual(
      [a.told.at(-1), a.lines.at(-1)],
      [
        { b: 'down' },
        'warn BFD_Instance(b) Entering Down state ' +
          '(Local diagnostic - Neighbor Signaled Session Down, Remote diagnostic - Administratively Down)',
      ],
    );
    wire.sent.length = 0;
    wire.clock.advance(3_000);
    assert.ok(wire.sent.every(({ from }) => from === '10.0.0.1'));
  });

  it('come up again when one was killed and began anew', () => {
    const { wire, a, configs, start } = pair();
    start();
    wire.clock.advance(3_000);
    // Nobody told: a new one in its place, with another discriminator.
    const again = wire.host('10.0.0.2');
    again.sessions.configure([configs.b]);
    wire.clock.advance(5_000);
    assert.deepEqual([a.told.at(-1), again.told.at(-1)], [{ b: 'up' }, { a: 'up' }]);
  });
});

describe('a reload', () => {
  it('leaves a session alone that stays, ends one that goes, opens one that comes', () => {
    const { wire, a, configs, start } = pair();
    start();
    wire.clock.advance(3_000);
    const [before] = a.sessions.status();
    a.lines.length = 0;
    a.sessions.configure([{ ...configs.a }, bfdInstance({ name: 'c', neighbor: '10.0.0.3' })]);
    wire.clock.advance(1_000);
    const [same, other] = a.sessions.status();
    assert.deepEqual([same, other?.state, a.lines], [before, 'Down', []]);
    assert.deepEqual(a.told.at(-1), { b: 'up', c: 'init' });
  });

  it('changes the intervals of a session that is up by a Poll Sequence, and loses no session by it', () => {
    const { wire, a, b, configs, start } = pair();
    start();
    wire.clock.advance(3_000);
    a.sessions.configure([{ ...configs.a, minTxUs: 200_000, minRxUs: 20_000, multiplier: 5 }]);
    b.sessions.configure([{ ...configs.b, minTxUs: 20_000 }]);
    wire.clock.advance(3_000);
    assert.deepEqual(
      [...a.sessions.status(), ...b.sessions.status()].map(({ state, detectionTimeUs }) => [
        state,
        detectionTimeUs,
      ]),
      [
        ['Up', 60_000],
        ['Up', 1_000_000],
      ],
    );
    assert.ok(!a.lines.concat(b.lines).some((line) => line.includes('Down')));
  });
});

describe('a session of a worker that died', () => {
  const begun = () => {
    const { wire, a, b, configs } = pair();
    a.sessions.configure([configs.a], ['b']);
    return { wire, a, b, configs };
  };

  it('counts as up while it comes up again', () => {
    const { wire, a, b, configs } = begun();
    b.sessions.configure([configs.b]);
    wire.clock.advance(HOLD_MS + 1_000);
    assert.deepEqual(a.told, [{ b: 'up' }]);
  });

  it('is down when it has not come up again in time', () => {
    const { wire, a } = begun();
    wire.clock.advance(HOLD_MS);
    assert.deepEqual(a.told, [{ b: 'up' }, { b: 'down' }]);
  });
});

describe('a session over several hops (RFC 5883)', () => {
  const multihop = { multihop: true, maxHops: 3 } as const;
  it('comes up on a port of its own', () => {
    const { wire, start, states } = pair({ a: multihop, b: multihop });
    wire.hops = 3;
    start();
    wire.clock.advance(3_000);
    assert.deepEqual(states(), ['Up', 'Up']);
  });

  it('is not one of a single hop, whatever its packets say', () => {
    const { wire, start, states } = pair({ a: multihop });
    start();
    wire.clock.advance(3_000);
    assert.deepEqual(states(), ['Down', 'Down']);
  });
});

describe('GTSM (RFC 5881 §5)', () => {
  it('discards what a router passed on, unless max_hops says otherwise, and names the cure', () => {
    const outcomes = ([0, 1, 'any'] as const).map((maxHops) => {
      const { wire, a, start, states } = pair({ a: { maxHops }, b: { maxHops } });
      wire.hops = 1;
      start();
      wire.clock.advance(3_000);
      return [states()[0], a.sessions.status()[0]?.trouble];
    });
    const why =
      'Packets of 10.0.0.2 are discarded: their TTL is 254, 255 at least (RFC 5881 §5); ' +
      'where the neighbour sends it so, write ttl 254';
    assert.deepEqual(outcomes, [
      ['Down', why],
      ['Up', undefined],
      ['Up', undefined],
    ]);
  });

  it('takes the TTL that both are told to send', () => {
    const { wire, start, states } = pair({ a: { ttl: 64 }, b: { ttl: 64 } });
    start();
    wire.clock.advance(3_000);
    assert.deepEqual(states(), ['Up', 'Up']);
  });
});

describe('a session that is up, and a stranger', () => {
  const flood = 5_000;
  it('hears nothing of packets from elsewhere, of others, or that make no sense', () => {
    const { wire, a, start, states } = pair();
    start();
    wire.clock.advance(3_000);
    a.lines.length = 0;
    const random = seededRandom(1);
    const byte = () => Math.floor(random.next() * 256);
    const down = {
      ...({ diagnostic: 7, state: 'Down', poll: true, final: false, demand: false, multiplier: 1 } as const),
      ...{ myDiscriminator: 5, yourDiscriminator: 0, desiredMinTxUs: 1, requiredMinRxUs: 0 },
    };
    for (let i = 0; i < flood; i++) {
      const destination = '10.0.0.1';
      const yourDiscriminator = Math.floor(random.next() * 2 ** 32);
      const packets = [
        { bytes: encodeControlPacket(down), source: '10.0.0.9', ttl: 255 },
        { bytes: encodeControlPacket({ ...down, yourDiscriminator }), source: '10.0.0.2', ttl: 255 },
        { bytes: encodeControlPacket(down), source: '10.0.0.2', ttl: 254 },
        { bytes: Uint8Array.from({ length: i % 40 }, byte), source: '10.0.0.2', ttl: 255 },
      ];
      for (const packet of packets) wire.deliver(destination, 3784, { ...packet, destination });
    }
    wire.sent.length = 0;
    wire.clock.advance(1_000);
    assert.deepEqual(states(), ['Up', 'Up']);
    // No packet was answered, and the log is not filled.
    assert.ok(wire.sent.length < 60, `${wire.sent.length}`);
    assert.equal(a.lines.length, 2, a.lines.join('\n'));
    assert.match(a.lines.join('\n'), /info Discarding BFD packet from 10\.0\.0\.9: no bfd_instance has/);
  });
});

describe('a kernel that refuses', () => {
  it('the port is asked again until it is free, and the sessions come up then', () => {
    const { wire, a, start, states } = pair();
    a.refuse.receiver = new Error(
      'Cannot receive BFD packets on UDP port 3784 of IPv4: Address already in use',
    );
    start();
    wire.clock.advance(12_000);
    const before = states()[0];
    delete a.refuse.receiver;
    wire.clock.advance(8_000);
    assert.deepEqual(
      [before, states()[0], a.lines.slice(0, 2)],
      [
        'Down',
        'Up',
        [
          'error Cannot receive BFD packets on UDP port 3784 of IPv4: Address already in use. ' +
            'No BFD session of it comes up; it is tried again every 5 s',
          'notice BFD packets are received again',
        ],
      ],
    );
  });

  it('to send is told once, and tried with every packet', () => {
    const { wire, a, start, states } = pair();
    a.refuse.sender = new Error('Cannot send BFD packets to 10.0.0.2: Network is unreachable');
    start();
    wire.clock.advance(10_000);
    const trouble = a.sessions.status()[0]?.trouble;
    delete a.refuse.sender;
    wire.clock.advance(3_000);
    assert.deepEqual(
      [trouble, a.lines.filter((line) => line.includes('unreachable')).length, states()],
      ['Cannot send BFD packets to 10.0.0.2: Network is unreachable', 1, ['Up', 'Up']],
    );
  });
});
