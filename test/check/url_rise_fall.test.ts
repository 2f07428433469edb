import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type RiseFall,
  type RiseFallAction,
  type RiseFallConfig,
  startRiseFall,
  stepRiseFall,
} from '../../src/check/rise_fall.ts';

const config: RiseFallConfig = {
  retry: 2,
  delayBeforeRetryMs: 3_000,
  delayLoopMs: 6_000,
  warmupMs: 0,
  urls: ['/a', '/b', '/c'],
};

/**
 * What a server does whose urls pass (.) or fail (x) in this order: `a` an attempt at /a, a number the seconds
 * that are waited after it, `up!` and `down!` what is reported, `log` what is logged.
 */
function story(answers: string, changes: Partial<RiseFallConfig> = {}, startsDown = false): string {
  const own = { ...config, ...changes };
  let state: RiseFall = startRiseFall(own, { random: 0, startsDown }).state;
  const said: string[] = [];
  for (const answer of answers) {
    const due = stepRiseFall(own, state, { kind: 'due' });
    said.push(...due.actions.map(words));
    const told = stepRiseFall(own, due.state, {
      kind: answer === '.' ? 'passed' : answer === 'x' ? 'failed' : 'not_run',
    });
    said.push(...told.actions.map(words));
    state = told.state;
  }
  return said.join(' ');
}

function words(action: RiseFallAction): string {
  switch (action.do) {
    case 'attempt':
      return 'abc'[action.url ?? -1] ?? '?';
    case 'wait':
      return String(action.ms / 1_000);
    case 'report':
      return action.healthy ? 'up!' : 'down!';
    case 'log':
      return action.healthy ? 'log' : `log${action.retries}`;
  }
}

describe('a check of several urls', () => {
  const cases: [title: string, answers: string, expected: string][] = [
    ['asks for them in turn, delay_loop apart', '.....', 'a 6 b 6 c log 6 a 6 b 6'],
    ['that fails before all have passed takes the server out at once', '.x', 'a 6 b log0 down! 6'],
    ['retries the url that fails', '...x.', 'a 6 b 6 c log 6 a 3 a 6'],
    ['goes on with the next url when a retry passes', '...xx..', 'a 6 b 6 c log 6 a 3 a 3 a 6 b 6'],
    ['counts the failures of each url alone', '...xx.xx.', 'a 6 b 6 c log 6 a 3 a 3 a 6 b 3 b 3 b 6'],
    [
      'takes the server out when the retries fail too',
      '....xxx',
      'a 6 b 6 c log 6 a 6 b 3 b 3 b log2 down! 6',
    ],
    [
      'asks a server that is out for the url that failed, then for all, before it is up',
      '....xxxx.xx....',
      'a 6 b 6 c log 6 a 6 b 3 b 3 b log2 down! 6 b 6 b 6 a 6 a 6 a 6 a 6 b 6 c log up! 6',
    ],
    ['that could not be made is made again soon', '?.', 'a 3 a 6'],
  ];
  for (const [title, answers, expected] of cases) it(title, () => assert.equal(story(answers), expected));

  it('waits the longer of delay_loop and delay_before_retry while the server is out', () => {
    assert.equal(story('xx', { delayBeforeRetryMs: 10_000 }), 'a log0 down! 10 a 10');
  });

  it('does not wait between urls with fast_recovery, before the first verdict and on return', () => {
    assert.equal(
      story('....xxx....x', { fastRecovery: true }),
      'a 0 b 0 c log 6 a 6 b 3 b 3 b log2 down! 6 b 0 a 0 b 0 c log up! 6 a 3',
    );
  });

  it('of a server that is known to be down reports that it is up when all have passed', () => {
    assert.equal(story('...', {}, true), 'a 6 b 6 c log up! 6');
  });

  it('of a server that starts down is logged when it fails at first, once', () => {
    assert.equal(story('xx', {}, true), 'a log0 6 a 6');
  });

  it('of one url asks for it again before a server is up that was down', () => {
    assert.equal(story('.xxx..', { urls: ['/a'] }), 'a log 6 a 3 a 3 a log2 down! 6 a 6 a log up! 6');
  });
});
