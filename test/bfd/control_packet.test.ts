import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '../../src/base/random.ts';
import {
  type ControlPacket,
  decodeControlPacket,
  encodeControlPacket,
} from '../../src/bfd/control_packet.ts';

const packet: ControlPacket = {
  diagnostic: 3,
  state: 'Up',
  poll: true,
  final: false,
  demand: false,
  multiplier: 5,
  myDiscriminator: 0x01020304,
  yourDiscriminator: 0xfffefdfc,
  desiredMinTxUs: 50_000,
  requiredMinRxUs: 10_000,
};

const bytes = Uint8Array.from([
  ...[0x23, 0xe0, 5, 24],
  ...[1, 2, 3, 4],
  ...[0xff, 0xfe, 0xfd, 0xfc],
  ...[0, 0, 0xc3, 0x50],
  ...[0, 0, 0x27, 0x10],
  ...[0, 0, 0, 0],
]);

/** `bytes` with some of them others. */
const changed = (changes: Readonly<Record<number, number>>): Uint8Array => {
  const copy = bytes.slice();
  for (const [at, value] of Object.entries(changes)) copy[Number(at)] = value;
  return copy;
};

describe('a BFD Control packet (RFC 5880 §4.1)', () => {
  it('has its fields where the picture shows them', () =>
    assert.deepEqual(encodeControlPacket(packet), bytes));

  it('is read as it was written', () => assert.deepEqual(decodeControlPacket(bytes), { packet }));

  it('is read whatever comes after it', () =>
    assert.deepEqual(decodeControlPacket(Uint8Array.from([...bytes, 9, 9])), { packet }));
});

describe('reception of a packet (RFC 5880 §6.8.6) refuses one', () => {
  const without = { 8: 0, 9: 0, 10: 0, 11: 0 };
  const table: readonly [what: string, bytes: Uint8Array, why: string][] = [
    ['of nothing', new Uint8Array(), 'it has 0 bytes, 24 at least'],
    ['cut short', bytes.subarray(0, 23), 'it has 23 bytes, 24 at least'],
    ['of another version', changed({ 0: 0x43 }), 'it is of version 2, not 1'],
    ['whose length is too small', changed({ 3: 23 }), 'its length says 23 bytes, 24 at least'],
    ['whose length is beyond its end', changed({ 3: 25 }), 'its length says 25 bytes, but it has 24'],
    ['with multiplier 0', changed({ 2: 0 }), 'its multiplier is 0'],
    ['with the multipoint bit', changed({ 1: 0xe1 }), 'its multipoint bit is set'],
    ['from no session', changed({ 4: 0, 5: 0, 6: 0, 7: 0 }), 'its own discriminator is 0'],
    ['for no session while it is up', changed(without), 'it is Up, but names no session'],
    ['for no session in Init', changed({ ...without, 1: 0x80 }), 'it is Init, but names no session'],
    ['with poll and final', changed({ 1: 0xf0 }), 'its poll and final bits are both set'],
    ['too short to be authenticated', changed({ 1: 0xe4 }), 'its length says 24 bytes, 26 at least'],
    [
      'that is authenticated',
      Uint8Array.from([...changed({ 1: 0xe4, 3: 28 }), 1, 4, 0, 0]),
      'it is authenticated, which no session here is',
    ],
  ];
  for (const [what, given, refused] of table)
    it(what, () => assert.deepEqual(decodeControlPacket(given), { refused }));

  it('and takes one for no session while it is down, or on purpose', () => {
    const states = [0x40, 0x00].map((flags) => {
      const decoded = decodeControlPacket(changed({ ...without, 1: flags }));
      return 'packet' in decoded ? decoded.packet.state : decoded.refused;
    });
    assert.deepEqual(states, ['Down', 'AdminDown']);
  });

  it('and never throws, whatever comes', () => {
    const random = seededRandom(5880);
    const byte = () => Math.floor(random.next() * 256);
    let taken = 0;
    for (let i = 0; i < 20_000; i++) {
      const wild = Uint8Array.from({ length: Math.floor(random.next() * 64) }, byte);
      const near = changed({
        [Math.floor(random.next() * 24)]: byte(),
        [Math.floor(random.next() * 4)]: byte(),
      });
      for (const given of [wild, near]) {
        const decoded = decodeControlPacket(given);
        if (!('packet' in decoded)) continue;
        taken++;
        // What is taken has what the state machine relies on.
        const { multiplier, myDiscriminator, diagnostic } = decoded.packet;
        assert.ok(multiplier > 0 && myDiscriminator > 0 && diagnostic < 32);
      }
    }
    assert.ok(taken > 1_000, `${taken}`);
  });
});
