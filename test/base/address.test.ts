import assert from 'node:assert/strict';
import { SocketAddress } from 'node:net';
import { describe, it } from 'node:test';
import {
  canonicalAddress,
  compareAddresses,
  familyOf,
  formatAddress,
  isLoopback,
  isMappedAddress,
  isUnicast,
  parsePrefix,
} from '../../src/base/address.ts';

describe('canonical text (RFC 5952)', () => {
  const cases: [string, string | undefined][] = [
    ['10.0.0.1', '10.0.0.1'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:db8::0001', '2001:db8::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['::', '::'],
    ['::1', '::1'],
    ['fe80::', 'fe80::'],
    ['::ffff:10.0.0.1', '::ffff:10.0.0.1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['1::2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
    ['fe80::1%eth0', undefined],
    ['10.0.0', undefined],
    ['10.0.0.256', undefined],
    ['010.0.0.1', undefined],
    ['1:2:3', undefined],
    ['', undefined],
  ];
  for (const [text, expected] of cases) {
    it(`of "${text}" is ${expected ?? 'none: it is no address'}`, () => {
      assert.equal(canonicalAddress(text), expected);
    });
  }

  it('agrees with the C library for random addresses', () => {
    let seed = 7;
    for (let round = 0; round < 2000; round++) {
      const bytes = Uint8Array.from({ length: 16 }, () => {
        seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
        return (seed >>> 16) & 3 ? 0 : seed >>> 24;
      });
      bytes[0] = 0x20;
      const text = formatAddress(bytes);
      assert.equal(text, new SocketAddress({ address: text, family: 'ipv6' }).address);
      assert.equal(canonicalAddress(text), text);
    }
  });
});

describe('address helpers', () => {
  it('know the family', () => {
    assert.deepEqual(['192.0.2.1', '2001:db8::1', 'eth0'].map(familyOf), [4, 6, undefined]);
  });
  it('read a prefix, the whole address where no length is written', () => {
    assert.deepEqual(parsePrefix('10.0.0.5/24'), { address: '10.0.0.5', family: 4, length: 24 });
    assert.deepEqual(parsePrefix('2001:DB8::1'), { address: '2001:db8::1', family: 6, length: 128 });
  });
  it('refuse a prefix length that the family does not have', () => {
    assert.deepEqual(['10.0.0.5/33', '10.0.0.5/', '10.0.0.5/+1', '::1/129', 'x/8'].map(parsePrefix), [
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
  it('tell what one host can own', () => {
    const texts = [
      '10.0.0.1',
      '0.0.0.0',
      '0.1.2.3',
      '224.0.0.18',
      '255.255.255.255',
      '::',
      'ff02::12',
      'fe80::1',
      'x',
    ];
    assert.deepEqual(texts.filter(isUnicast), ['10.0.0.1', 'fe80::1']);
  });
  it('recognise IPv4-mapped addresses', () => {
    assert.deepEqual(['::ffff:1.2.3.4', '::ffff:102:304', '::1.2.3.4', '1.2.3.4'].map(isMappedAddress), [
      true,
      true,
      false,
      false,
    ]);
  });
  it('sort IPv4 before IPv6 and by value', () => {
    assert.deepEqual(['::1', '10.0.0.10', '9.0.0.1', '10.0.0.9', '::'].sort(compareAddresses), [
      '9.0.0.1',
      '10.0.0.9',
      '10.0.0.10',
      '::',
      '::1',
    ]);
  });
});

it('loopback is 127.0.0.0/8 and ::1, not what looks like it', () => {
  const texts = ['127.0.0.1', '127.9.9.9', '::1', '10.0.0.1', '::', '127.example', 'localhost'];
  assert.deepEqual(texts.map(isLoopback), [true, true, true, false, false, false, false]);
});
