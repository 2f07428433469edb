import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { add } from '../../src/demo/load.ts';
import { count, emptyTally, type Tally } from '../../src/demo/messages.ts';
import { type Observed, renderResult, resultOf, whatWentWrong } from '../../src/demo/result.ts';
import { picture } from '../../src/demo/screen.ts';

const servers = ['10.77.0.11', '10.77.0.12', '10.77.0.13'];

function tally(spread: Record<string, number>, failed = 0): Tally {
  const answered = Object.values(spread).reduce((sum, one) => sum + one, 0);
  const reasons: Record<string, number> = failed > 0 ? { ECONNREFUSED: failed } : {};
  return { requests: answered + failed, failed, spread, slowestMs: 12, reasons };
}

const three = { '10.77.0.11': 100, '10.77.0.12': 100, '10.77.0.13': 100 };
const two = { '10.77.0.11': 90, '10.77.0.13': 90 };

/** All went as it should. */
const fine: Observed = {
  tallies: {
    balanced: tally(three),
    server_killed: tally(two, 30),
    server_out: tally(two),
    server_back: tally(three),
    daemon_killed: tally(three),
  },
  servers,
  killedServer: '10.77.0.12',
  flows: { before_kill: 20, after_restart: 20 },
  detectMs: 870,
};

function withTally(name: keyof Observed['tallies'], other: Tally): Observed {
  return { ...fine, tallies: { ...fine.tallies, [name]: other } };
}

describe('the result of the demo', () => {
  it('is one object with every phase and the sums', () => {
    assert.deepEqual(resultOf(fine), {
      ok: true,
      requests: 1290,
      failed: 30,
      phases: [
        { name: 'balanced', requests: 300, failed: 0, spread: three },
        { name: 'server_killed', requests: 210, failed: 30, spread: two },
        { name: 'server_out', requests: 180, failed: 0, spread: two },
        { name: 'server_back', requests: 300, failed: 0, spread: three },
        { name: 'daemon_killed', requests: 300, failed: 0, spread: three },
      ],
      flows: { before_kill: 20, after_restart: 20 },
      detect_ms: 870,
    });
  });

  it('is ok while failures are those to the killed server before it was noticed', () => {
    assert.deepEqual(whatWentWrong(fine), []);
  });

  for (const [what, observed, sentence] of [
    [
      'a request failed while xlb was dead',
      withTally('daemon_killed', tally(three, 1)),
      'xlb killed, restarted: 1 requests failed (ECONNREFUSED)',
    ],
    [
      'a flow was lost with xlb',
      { ...fine, flows: { before_kill: 20, after_restart: 19 } },
      'of 20 flows 19 were kept over the kill of xlb',
    ],
    [
      'no flow was there to be lost',
      { ...fine, flows: { before_kill: 0, after_restart: 0 } },
      'no long-lived connection was open when xlb was killed',
    ],
    ['a server got nothing', withTally('balanced', tally(two)), 'three servers: no answer from 10.77.0.12'],
    [
      'the killed server still answered',
      withTally('server_out', tally(three)),
      '10.77.0.12 answered while it was out',
    ],
    [
      'nothing was sent',
      withTally('server_killed', emptyTally),
      'one killed, unnoticed: no request was sent',
    ],
  ] as const) {
    it(`is not ok when ${what}`, () => {
      assert.deepEqual([resultOf(observed).ok, whatWentWrong(observed)], [false, [sentence]]);
    });
  }

  it('is a table that fits 80 columns', () => {
    const lines = renderResult(fine).split('\n');
    assert.deepEqual(lines, [
      '                      requests failed 10.77.0.11 10.77.0.12 10.77.0.13 slowest',
      'three servers              300      0        100        100        100   12 ms',
      'one killed, unnoticed      210     30         90          0         90   12 ms',
      'without it                 180      0         90          0         90   12 ms',
      'it is back                 300      0        100        100        100   12 ms',
      'xlb killed, restarted      300      0        100        100        100   12 ms',
      '',
      '1290 requests, 30 failed: those to the killed server, before it was noticed.',
      'The killed server was noticed after 870 ms.',
      'xlb was killed (SIGKILL) under load: 0 requests failed, 20 of 20 flows kept.',
    ]);
  });
});

describe('a tally', () => {
  it('counts answers by server and failures by reason, and keeps the slowest', () => {
    const ends = [
      { address: '10.77.0.11', tookMs: 3 },
      { reason: 'ECONNRESET', tookMs: 9 },
      { address: '10.77.0.11', tookMs: 5 },
    ];
    assert.deepEqual(ends.reduce(count, emptyTally), {
      requests: 3,
      failed: 1,
      spread: { '10.77.0.11': 2 },
      slowestMs: 9,
      reasons: { ECONNRESET: 1 },
    });
  });

  it('added to another is the tally of both', () => {
    assert.deepEqual(add(tally({ a: 1, b: 2 }, 1), tally({ b: 3, c: 1 }, 2)), {
      requests: 10,
      failed: 3,
      spread: { a: 1, b: 5, c: 1 },
      slowestMs: 12,
      reasons: { ECONNREFUSED: 3 },
    });
  });
});

describe('the live picture', () => {
  it('has a bar for each server, the longest for the one with most answers', () => {
    const lines = picture('without it', tally({ '10.77.0.11': 20, '10.77.0.13': 10 }), servers).split('\n');
    assert.deepEqual(lines, [
      'without it: 30 requests, 0 failed',
      `  10.77.0.11   ${'█'.repeat(40)}    20`,
      `  10.77.0.12   ${'·'.repeat(40)}     0`,
      `  10.77.0.13   ${'█'.repeat(20)}${'·'.repeat(20)}    10`,
    ]);
  });
});
