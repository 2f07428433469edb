/** Properties of the codec over many seeded random inputs. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatAddress } from '../../src/base/address.ts';
import { type Random, seededRandom } from '../../src/base/random.ts';
import { type Advert, encodeAdvert } from '../../src/vrrp/advert.ts';
import type { ChecksumRule } from '../../src/vrrp/checksum.ts';
import { decodeAdvert, type ReceiveRules, refusals } from '../../src/vrrp/received_advert.ts';
import { multicast4, multicast6, v2, v2Pass, v3, v6 } from './advert_samples.ts';

const ROUNDS = 2000;
const below = (random: Random, limit: number) => Math.floor(random.next() * limit);
const randomBytes = (random: Random, length: number) => Uint8Array.from({ length }, () => below(random, 256));
const pick = <T>(random: Random, values: readonly [T, ...T[]]): T =>
  values[below(random, values.length)] ?? values[0];

interface Sample {
  readonly advert: Advert;
  readonly rules: ReceiveRules;
  readonly packet: typeof multicast4;
}

/** An advert that is right by its rules, with 0 to 255 addresses. */
function sample(random: Random): Sample {
  const base = pick(random, [v2, v2Pass, v3, v6]);
  const vrid = 1 + below(random, 255);
  const intervalMs = base.version === 2 ? 1000 * (1 + below(random, 255)) : 10 * (1 + below(random, 4095));
  const count = random.next() < 0.1 ? 255 : below(random, 6);
  const addresses = Array.from({ length: count }, () =>
    formatAddress(randomBytes(random, base.family === 4 ? 4 : 16)),
  );
  const checksum: ChecksumRule = pick(random, ['pseudo_header', 'as_v2']);
  return {
    advert: { vrid, priority: below(random, 256), intervalMs, addresses },
    rules: { ...base, vrid, advertIntMs: intervalMs, addresses, checksum },
    packet: base.family === 4 ? multicast4 : multicast6,
  };
}

function mutate(random: Random, bytes: Uint8Array): Uint8Array {
  const mutated = bytes.slice(0, random.next() < 0.3 ? below(random, bytes.length + 1) : bytes.length);
  for (let changes = 1 + below(random, 4); changes > 0 && mutated.length > 0; changes--)
    mutated[below(random, mutated.length)] = below(random, 256);
  return mutated;
}

describe('the codec', () => {
  it('reads every advert that it wrote', () => {
    const random = seededRandom(1);
    for (let round = 0; round < ROUNDS; round++) {
      const { advert, rules, packet } = sample(random);
      const read = decodeAdvert(encodeAdvert(advert, rules, packet), rules, packet);
      assert.deepEqual(read, { kind: 'advert', advert, checksum: rules.checksum });
    }
  });

  it('answers random bytes with a refusal of its table, and never throws', () => {
    const random = seededRandom(2);
    const seen = new Set<string>();
    for (let round = 0; round < ROUNDS; round++) {
      const { rules, packet } = sample(random);
      const bytes = randomBytes(random, below(random, 64));
      if (random.next() < 0.9) bytes.set([rules.version * 16 + 1, rules.vrid, 1, 1].slice(0, bytes.length));
      const read = decodeAdvert(bytes, rules, packet);
      if (read.kind === 'refused') seen.add(read.refusal);
    }
    assert.deepEqual(
      [...seen].filter((refusal) => !refusals.some((known) => known === refusal)),
      [],
    );
    assert.ok(seen.size > 3, `only ${[...seen]} were reached`);
  });

  it('finds every single changed bit by the checksum or by an earlier check', () => {
    const random = seededRandom(3);
    for (let round = 0; round < ROUNDS; round++) {
      const { advert, rules, packet } = sample(random);
      const bytes = encodeAdvert(advert, rules, packet);
      const at = below(random, bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << below(random, 8));
      assert.equal(decodeAdvert(bytes, rules, packet).kind, 'refused');
    }
  });

  it('survives mutated adverts, and what it takes of them is bounded', () => {
    const random = seededRandom(4);
    for (let round = 0; round < ROUNDS; round++) {
      const { advert, rules, packet } = sample(random);
      const read = decodeAdvert(mutate(random, encodeAdvert(advert, rules, packet)), rules, packet);
      if (read.kind === 'refused') continue;
      assert.ok(read.advert.addresses.length <= 255 && read.advert.intervalMs <= 255_000);
    }
  });
});
