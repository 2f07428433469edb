import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Outcome } from '../../src/base/script/program.ts';
import { afterRun, initialScriptState, type ScriptRules } from '../../src/vrrp/script_rise_fall.ts';
import { failed, passed } from '../helpers/fake_spawn.ts';

/** The status after each result, and all lines. */
function story(
  rules: Partial<ScriptRules>,
  outcomes: readonly Outcome[],
): [statuses: string, lines: string[]] {
  const all: ScriptRules = { name: 'chk', rise: 1, fall: 1, initFail: false, ...rules };
  let state = initialScriptState(all);
  const statuses = [state.status];
  const lines: string[] = [];
  for (const outcome of outcomes) {
    const step = afterRun(all, state, outcome);
    state = step.state;
    statuses.push(state.status);
    lines.push(...step.lines);
  }
  return [statuses.join(' '), lines];
}

describe('a vrrp_script', () => {
  it('is up with its first success, whatever rise says', () =>
    assert.deepEqual(story({ rise: 3, fall: 2 }, [passed]), ['unknown up', ['VRRP_Script(chk) succeeded']]));

  it('is down with its first failure, whatever fall says', () =>
    assert.deepEqual(story({ rise: 3, fall: 2 }, [failed]), [
      'unknown down',
      ['Script `chk` now returning 1', 'VRRP_Script(chk) failed (exited with status 1)'],
    ]));

  it('with init_fail is down from the start, until `rise` successes in a row', () =>
    assert.deepEqual(story({ rise: 2, initFail: true }, [passed, failed, passed, passed]), [
      'down down down down up',
      ['Script `chk` now returning 1', 'Script `chk` now returning 0', 'VRRP_Script(chk) succeeded'],
    ]));

  it('goes down after `fall` failures in a row and up after `rise` successes in a row', () =>
    assert.deepEqual(
      story({ rise: 2, fall: 3 }, [passed, failed, failed, passed, failed, failed, failed, passed, passed]),
      [
        'unknown up up up up up up down down up',
        [
          'VRRP_Script(chk) succeeded',
          'Script `chk` now returning 1',
          'Script `chk` now returning 0',
          'Script `chk` now returning 1',
          'VRRP_Script(chk) failed (exited with status 1)',
          'Script `chk` now returning 0',
          'VRRP_Script(chk) succeeded',
        ],
      ],
    ));

  it('fails when it is killed, when it takes too long and when it cannot be started', () => {
    const lines = (outcome: Outcome) => story({}, [passed, outcome])[1].slice(1);
    assert.deepEqual(lines({ kind: 'signalled', signal: 9 }), ['VRRP_Script(chk) failed (due to signal 9)']);
    assert.deepEqual(lines({ kind: 'timed_out' }), ['VRRP_Script(chk) timed_out']);
    assert.deepEqual(lines({ kind: 'not_started', text: 'EAGAIN' }), ['VRRP_Script(chk) failed (EAGAIN)']);
  });
});
