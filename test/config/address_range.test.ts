import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addressAt, parseAddressRange } from '../../src/config/address_range.ts';

/** First and last address, and how many; or what is wrong. */
function read(text: string): string {
  const range = parseAddressRange(text);
  if (typeof range === 'string') return range;
  const first = addressAt(range, 0);
  return range.count > 2n ** 32n
    ? `${first}, ${range.count} addresses`
    : `${first} to ${addressAt(range, Number(range.count) - 1)}, ${range.count} addresses`;
}

describe('a range of addresses', () => {
  it('is written in the forms that keepalived takes', () => {
    assert.deepEqual(
      ['10.0.0.1', '10.0.0.1-9', '10.0.0.250-10.0.1.3', '10.0.0.8/29', '10.0.0.9/32', '0.0.0.0/0'].map(read),
      [
        '10.0.0.1 to 10.0.0.1, 1 addresses',
        '10.0.0.1 to 10.0.0.9, 9 addresses',
        '10.0.0.250 to 10.0.1.3, 10 addresses',
        '10.0.0.8 to 10.0.0.15, 8 addresses',
        '10.0.0.9 to 10.0.0.9, 1 addresses',
        '0.0.0.0 to 255.255.255.255, 4294967296 addresses',
      ],
    );
  });

  it('has a hexadecimal last part for IPv6', () => {
    assert.deepEqual(['fd00::1-1f', 'fd00::fffe-fd00::1:1', 'fd00::/120', 'fd00::/64'].map(read), [
      'fd00::1 to fd00::1f, 31 addresses',
      'fd00::fffe to fd00::1:1, 4 addresses',
      'fd00:: to fd00::ff, 256 addresses',
      'fd00::, 18446744073709551616 addresses',
    ]);
  });

  it('says what is wrong with it', () => {
    const lastPart = 'expected the last address of the range, or the last part of it, after "-"';
    assert.deepEqual(
      ['', 'host', '10.0.0.1-2-3', '10.0.0.5-5', '10.0.0.1-256', '10.0.0.1-', '10.0.0.1-fd00::2'].map(read),
      [
        'expected an IPv4 or IPv6 address, a range A-B or a prefix A/N',
        'expected an IPv4 or IPv6 address, a range A-B or a prefix A/N',
        'expected an IPv4 or IPv6 address, a range A-B or a prefix A/N',
        'the end of the range is not after its start',
        lastPart,
        lastPart,
        lastPart,
      ],
    );
    assert.deepEqual(['10.0.0.5/24', '10.0.0.0/33', '10.0.0.0/', '/8', '10.0.0.0/8/8'].map(read), [
      'bits are set after the first 24: the prefix is 10.0.0.0/24',
      'an IPv4 prefix has up to 32 bits',
      'expected a prefix, as in 10.0.0.8/29',
      'expected a prefix, as in 10.0.0.8/29',
      'expected a prefix, as in 10.0.0.8/29',
    ]);
  });
});
