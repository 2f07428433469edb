import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type AdvertRules, encodeAdvert } from '../../src/vrrp/advert.ts';
import { decodeAdvert, type ReceiveRules } from '../../src/vrrp/received_advert.ts';
import {
  bytes,
  hex,
  multicast4,
  multicast6,
  unicast4,
  v2,
  v2Pass,
  v3,
  v3Unicast,
  v6,
} from './advert_samples.ts';

/** Computed apart from the code, from the RFCs' pictures. */
const wire = {
  v2: '2133640100017066 0a000064 0000000000000000',
  v2Pass: '21336402010128b4 0a000064 0a000065 7365637265740000',
  v3: '31339601000a43cd 0a000064',
  v3AsV2: '31339601000a2e5d 0a000064',
  v3Unicast: '31339601000a19de 0a000064',
  v6: '3133960200640bfd fe800000000000000000000000000100 20010db8000000000000000000000100',
};
const v2Advert = { vrid: 51, priority: 100, intervalMs: 1000, addresses: ['10.0.0.100'] };
const v2PassAdvert = { ...v2Advert, addresses: ['10.0.0.100', '10.0.0.101'] };
const v3Advert = { vrid: 51, priority: 150, intervalMs: 100, addresses: ['10.0.0.100'] };
const v6Advert = { vrid: 51, priority: 150, intervalMs: 1000, addresses: v6.addresses };

describe('a sent VRRPv2 advert (RFC 3768 §5.1)', () => {
  it('ends with eight bytes of zeros without authentication', () => {
    assert.equal(hex(encodeAdvert(v2Advert, v2, multicast4)), hex(bytes(wire.v2)));
  });
  it('ends with the password, filled up with zeros (RFC 2338 §5.3.10)', () => {
    assert.equal(hex(encodeAdvert(v2PassAdvert, v2Pass, multicast4)), hex(bytes(wire.v2Pass)));
  });
  it('carries no more than the first eight bytes of the password', () => {
    const long: AdvertRules = { ...v2, password: '1234567890123456' };
    assert.equal(hex(encodeAdvert(v2Advert, long, multicast4).slice(-8)), hex(Buffer.from('12345678')));
  });
  it('is refused where the interval does not fit: a whole number of seconds up to 255', () => {
    assert.throws(() => encodeAdvert({ ...v2Advert, intervalMs: 100 }, v2, multicast4), {
      name: 'RangeError',
      message: 'Cannot write an advert: advert interval in seconds must be an integer from 0 to 255, not 0.1',
    });
  });
});

describe('a sent VRRPv3 advert (RFC 5798 §5.1)', () => {
  it('has centiseconds, and a checksum with the IPv4 pseudo header as keepalived sends it', () => {
    assert.equal(hex(encodeAdvert(v3Advert, v3, multicast4)), hex(bytes(wire.v3)));
  });
  it('has a checksum of the message alone with v3_checksum_as_v2 (RFC 9568 §5.2.8)', () => {
    const sent = encodeAdvert(v3Advert, { ...v3, checksum: 'as_v2' }, multicast4);
    assert.equal(hex(sent), hex(bytes(wire.v3AsV2)));
  });
  it('has the address of the peer in the pseudo header when it is unicast', () => {
    assert.equal(hex(encodeAdvert(v3Advert, v3Unicast, unicast4)), hex(bytes(wire.v3Unicast)));
  });
  it('has the multicast group there with old_unicast_checksum', () => {
    const sent = encodeAdvert(v3Advert, { ...v3Unicast, checksum: 'old_unicast' }, unicast4);
    assert.equal(hex(sent), hex(bytes(wire.v3)));
  });
  it('has a checksum with the IPv6 pseudo header on IPv6', () => {
    assert.equal(hex(encodeAdvert(v6Advert, v6, multicast6)), hex(bytes(wire.v6)));
  });
  it('has an IPv6 pseudo header whatever v3_checksum_as_v2 says', () => {
    assert.equal(hex(encodeAdvert(v6Advert, { ...v6, checksum: 'as_v2' }, multicast6)), hex(bytes(wire.v6)));
  });
});

describe('a received advert (RFC 3768 §7.1, RFC 5798 §7.1)', () => {
  const taken = (text: string, rules: ReceiveRules, packet = multicast4) =>
    decodeAdvert(bytes(text), rules, packet);

  it('is read in VRRPv2', () => {
    const expected = { kind: 'advert', advert: v2Advert, checksum: 'pseudo_header' };
    assert.deepEqual(taken(wire.v2, v2), expected);
  });
  it('is read in VRRPv2 with the right password', () => {
    const expected = { kind: 'advert', advert: v2PassAdvert, checksum: 'pseudo_header' };
    assert.deepEqual(taken(wire.v2Pass, v2Pass), expected);
  });
  it('is read in VRRPv3, whatever its interval', () => {
    const expected = { kind: 'advert', advert: v3Advert, checksum: 'pseudo_header' };
    assert.deepEqual(taken(wire.v3, { ...v3, advertIntMs: 40_950 }), expected);
  });
  it('is read in VRRPv3 on IPv6', () => {
    const expected = { kind: 'advert', advert: v6Advert, checksum: 'pseudo_header' };
    assert.deepEqual(taken(wire.v6, v6, multicast6), expected);
  });
  it("teaches the old unicast checksum, unless that is 'never'", () => {
    const expected = { kind: 'advert', advert: v3Advert, checksum: 'old_unicast' };
    assert.deepEqual(taken(wire.v3, v3Unicast, unicast4), expected);
    assert.deepEqual(taken(wire.v3, { ...v3Unicast, learnOldUnicast: false }, unicast4), {
      kind: 'refused',
      refusal: 'chk_err',
      text: 'Invalid VRRPv3 checksum',
    });
  });
  it('counts although its addresses are not ours, and says so', () => {
    assert.deepEqual(taken(wire.v2, { ...v2, addresses: ['10.0.0.9'] }), {
      kind: 'advert',
      advert: v2Advert,
      checksum: 'pseudo_header',
      addressMismatch: 'ip address associated with VRID 51 not present in MASTER advert: 10.0.0.9',
    });
    assert.deepEqual(taken(wire.v2, { ...v2, addresses: [] }), {
      kind: 'advert',
      advert: v2Advert,
      checksum: 'pseudo_header',
      addressMismatch: 'received an unexpected ip number count 1, expected 0!',
    });
  });
  it('is not compared again with skip_check_adv_addr and the same master', () => {
    const rules = { ...v2, addresses: ['10.0.0.9'], trustAddressesOf: '10.0.0.1' };
    assert.deepEqual(taken(wire.v2, rules), { kind: 'advert', advert: v2Advert, checksum: 'pseudo_header' });
  });
});

describe('a refused advert', () => {
  const cases: readonly [string, string, ReceiveRules, typeof multicast4, string, string][] = [
    [
      'that is shorter than a header',
      '213364',
      v2,
      multicast4,
      'packet_len_err',
      'vrrp packet too short, length 3 and expect 8',
    ],
    [
      'that is cut',
      wire.v2.slice(0, -2),
      v2,
      multicast4,
      'packet_len_err',
      'vrrp packet too short, length 19 and expect 20',
    ],
    [
      'that has bytes too many',
      `${wire.v2}00`,
      v2,
      multicast4,
      'packet_len_err',
      'vrrp packet too long, length 21 and expect 20',
    ],
    [
      'of another VRID',
      wire.v2,
      { ...v2, vrid: 52 },
      multicast4,
      'vrid_err',
      'received VRID mismatch. Received 51, Expected 52',
    ],
    [
      'that a router forwarded',
      wire.v2,
      v2,
      { ...multicast4, ttl: 254 },
      'ip_ttl_err',
      'invalid TTL/HL. Received 254 and expect 255',
    ],
    ['of another version', wire.v2, v3, multicast4, 'vers_err', 'wrong version. Received 2 and expect 3'],
    [
      'with an unknown authentication type',
      wire.v2.replace('0001', '0301'),
      v2,
      multicast4,
      'invalid_authtype',
      'Invalid auth type: 3',
    ],
    [
      'with the IP authentication header of RFC 2338',
      wire.v2.replace('0001', '0201'),
      v2,
      multicast4,
      'authtype_mismatch',
      'received a 2 auth, expecting 0!',
    ],
    [
      'with a password where none is configured',
      wire.v2Pass,
      { ...v2, addresses: v2Pass.addresses },
      multicast4,
      'authtype_mismatch',
      'received a 1 auth, expecting 0!',
    ],
    [
      'without the password',
      wire.v2,
      { ...v2Pass },
      multicast4,
      'authtype_mismatch',
      'received a 0 auth, expecting 1!',
    ],
    [
      'with another password',
      wire.v2Pass,
      { ...v2Pass, password: 'Secret' },
      multicast4,
      'auth_failure',
      'received an invalid passwd!',
    ],
    [
      'of VRRPv2 with another interval',
      wire.v2,
      { ...v2, advertIntMs: 2000 },
      multicast4,
      'advert_interval_err',
      "advertisement interval mismatch mine=2 sec rcv'd=1 sec",
    ],
    [
      'that is no advertisement',
      wire.v3.replace('31', '32'),
      v3,
      multicast4,
      'invalid_type_rcvd',
      'Invalid packet type. 2 and expect 1',
    ],
    [
      'of VRRPv3 with interval 0',
      wire.v3.replace('000a', '0000'),
      v3,
      multicast4,
      'advert_interval_err',
      "advertisement interval mismatch rcv'd=0 milli-sec",
    ],
    [
      'that was damaged',
      wire.v2.replace('0a000064', '0a000065'),
      v2,
      multicast4,
      'chk_err',
      'Invalid VRRPv2 checksum',
    ],
    [
      'without the pseudo header',
      wire.v3AsV2,
      v3,
      multicast4,
      'chk_err',
      'Invalid VRRPv3 checksum: it is right without a pseudo header; set v3_checksum_as_v2 for this peer',
    ],
    [
      'with the pseudo header where none is wanted',
      wire.v3,
      { ...v3, checksum: 'as_v2' },
      multicast4,
      'chk_err',
      'Invalid VRRPv3 checksum: it is right with a pseudo header; remove v3_checksum_as_v2 for this peer',
    ],
    [
      'by unicast where multicast is configured',
      wire.v3Unicast,
      v3,
      { ...unicast4, ttl: 255 },
      'addr_list_err',
      'Expected multicast packet but received unicast packet',
    ],
    [
      'by multicast where peers are configured',
      wire.v3,
      v3Unicast,
      multicast4,
      'addr_list_err',
      'Expected unicast packet but received multicast packet',
    ],
    [
      'from no peer with check_unicast_src',
      wire.v3Unicast,
      { ...v3Unicast, peers: [{ address: '10.0.0.3' }], checkUnicastSource: true },
      unicast4,
      'unicast_src_err',
      'unicast source address 10.0.0.1 not a unicast peer',
    ],
    [
      "below a peer's min_ttl",
      wire.v3Unicast,
      { ...v3Unicast, peers: [{ address: '10.0.0.1', minTtl: 65 }], checkUnicastSource: true },
      unicast4,
      'ip_ttl_err',
      'TTL/HL 64 from 10.0.0.1 outside its range 65 to 255',
    ],
  ];
  for (const [what, text, rules, packet, refusal, reason] of cases) {
    it(`is one ${what}`, () => {
      assert.deepEqual(decodeAdvert(bytes(text), rules, packet), { kind: 'refused', refusal, text: reason });
    });
  }
});

describe('an advert that keepalived 2.2.7 sent (captured)', () => {
  const link = { source: 'fe80::5431:c5ff:fe4f:3b85', destination: 'ff02::12', ttl: 255 };
  const from = (packet: typeof multicast4) => ({ ...packet, source: '10.9.0.1' });
  const captured: readonly [string, string, ReceiveRules, typeof multicast4][] = [
    [
      'in VRRPv2 with a password',
      '213396020101f6a10a0900640a0900657365637265740000',
      { ...v2Pass, addresses: ['10.9.0.100', '10.9.0.101'] },
      from(multicast4),
    ],
    [
      'in VRRPv3 each 100 ms',
      '31349601000a43b80a090066',
      { ...v3, vrid: 52, addresses: ['10.9.0.102'] },
      from(multicast4),
    ],
    ['in VRRPv3 on IPv6', `313596020064b7f5${wire.v6.slice(17)}`, { ...v6, vrid: 53 }, link],
    [
      'by unicast',
      '31369601006419630a090067',
      { ...v3Unicast, vrid: 54, addresses: ['10.9.0.103'] },
      { source: '10.9.0.1', destination: '10.9.0.2', ttl: 255 },
    ],
  ];
  for (const [what, text, rules, packet] of captured) {
    it(`is read, and written again byte by byte: ${what}`, () => {
      const read = decodeAdvert(bytes(text), rules, packet);
      assert.ok(read.kind === 'advert' && read.addressMismatch === undefined, JSON.stringify(read));
      assert.equal(hex(encodeAdvert(read.advert, rules, packet)), hex(bytes(text)));
    });
  }
});
