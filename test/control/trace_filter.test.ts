import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Verdict } from '../../src/addon/addon.ts';
import { FilterError, filterWords, parseFilter } from '../../src/control/trace_filter.ts';
import { pushDown } from '../../src/control/trace_match.ts';

const verdicts: readonly Verdict[] = [
  { name: 'FORWARDED', action: 'forward', meaning: 'sent' },
  { name: 'NO_FLOW', action: 'pass', meaning: 'stray' },
  { name: 'NO_NEIGHBOUR', action: 'drop', meaning: 'MAC unknown' },
  { name: 'TOO_BIG', action: 'drop', meaning: 'too long' },
];

const pushed = (text: string) => pushDown([parseFilter(text, verdicts)]);
const exactly = (...terms: readonly object[]) => ({ terms, exact: true });

/** Message, the words that are marked, help. */
function complaint(text: string) {
  try {
    parseFilter(text, verdicts);
  } catch (error) {
    assert.ok(error instanceof FilterError);
    return [error.message, text.slice(error.column, error.column + error.length), error.help];
  }
  return assert.fail(`${text} is no mistake`);
}

describe('a filter', () => {
  it('takes what tcpdump takes, and words of its own', () => {
    const vip = { address: '10.0.0.1', prefix: 32 };
    const six = { address: '2001:db8::', prefix: 32 };
    const cases: readonly (readonly [string, object])[] = [
      ['', exactly({})],
      ['host 10.0.0.1', exactly({ host: vip })],
      ['vip 10.0.0.1 port 80', exactly({ virtualAddress: vip, port: { value: 80 } })],
      ['dst host 10.0.0.1 and dst port 80', exactly({ virtualAddress: vip, virtualPort: { value: 80 } })],
      ['client 2001:db8::/32', exactly({ client: six })],
      ['src net 2001:db8::/32', exactly({ client: six })],
      ['client port 7 tcp', exactly({ clientPort: { value: 7 }, protocol: { value: 6 } })],
      ['icmp ip6', exactly({ protocol: { value: 1 }, version: 6 })],
      ['dropped', exactly({ verdicts: 0b1100 })],
      ['not dropped', exactly({ verdicts: 0b0011 })],
      ['verdict no_neighbour', exactly({ verdicts: 0b0100 })],
      ['dropped not verdict TOO_BIG', exactly({ verdicts: 0b0100 })],
      ['all', exactly({ verdicts: 0b1111 })],
      ['new fwmark 7', exactly({ isNew: true, fwmark: 7 })],
      ['!udp', exactly({ protocol: { value: 17, negated: true } })],
      ['not not new', exactly({ isNew: true })],
      ['tcp new or udp', exactly({ protocol: { value: 6 }, isNew: true }, { protocol: { value: 17 } })],
    ];
    assert.deepEqual(
      cases.map(([text]) => [text, pushed(text)]),
      cases,
    );
  });

  it('that the packet path cannot take whole is looked at once more', () => {
    const port = { port: { value: 80 } };
    assert.deepEqual(
      [
        pushed('port 80 port 81'),
        pushed('port 80 real 10.0.0.11'),
        pushed('port 80 interface eth0'),
        pushed('port 80 not fwmark 1'),
        pushDown([parseFilter('port 80', verdicts), parseFilter('port 80', verdicts)]),
        pushed(Array.from({ length: 9 }, (_, i) => `port ${i + 1}`).join(' or ')),
      ],
      [...Array.from({ length: 5 }, () => ({ terms: [port], exact: false })), { terms: [{}], exact: false }],
    );
  });

  it('with a mistake has the mistake marked, and says what was expected', () => {
    const address = 'an address is 10.0.0.1, 10.0.0.0/24 or 2001:db8::/32';
    assert.deepEqual(
      [
        complaint('vip 10.0.0 port 80'),
        complaint('host'),
        complaint('port 80000'),
        complaint('verdict NO_NEIGHBOR'),
        complaint('tcp and droped'),
        complaint('(tcp)'),
        complaint('tcp constructor port 80'),
      ],
      [
        ['Expected an address, got "10.0.0"', '10.0.0', address],
        ['Expected an address at the end', '', address],
        ['Expected a port, got "80000"', '80000', 'a number from 1 to 65535'],
        ['Expected a verdict, got "no_neighbor"', 'NO_NEIGHBOR', 'did you mean "NO_NEIGHBOUR"?'],
        ['Expected a test, got "droped"', 'droped', 'did you mean "dropped"?'],
        ['There are no parentheses', '(', 'and binds closer than or: a and b or a and c'],
        [
          'Expected a test, got "constructor"',
          'constructor',
          `a test is one of ${filterWords.join(', ')}; join them with and, or, not`,
        ],
      ],
    );
  });

  it('of any bytes is read or refused, never more', () => {
    for (const text of ['or', 'and and', '!', '! !', 'not', 'ß ü', '\0', 'port -1', 'host ::/200', 'or tcp'])
      complaint(text);
    complaint('tcp '.repeat(500));
  });
});
