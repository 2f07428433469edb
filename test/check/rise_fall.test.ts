import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CheckWeight } from '../../src/check/checker.ts';
import {
  type RiseFall,
  type RiseFallAction,
  type RiseFallEvent,
  startRiseFall,
  stepRiseFall,
} from '../../src/check/rise_fall.ts';

const config = { retry: 2, delayBeforeRetryMs: 1_000, delayLoopMs: 6_000, warmupMs: 4_000 };

const up: RiseFall = { up: true, hasRun: true, retried: 0, attempting: true };
const down: RiseFall = { up: false, hasRun: true, retried: 0, attempting: true };
const untried: RiseFall = { up: true, hasRun: false, retried: 0, attempting: true };

const loop: RiseFallAction = { do: 'wait', ms: 6_000 };
const again: RiseFallAction = { do: 'wait', ms: 1_000 };
const step = (state: RiseFall, kind: RiseFallEvent['kind']) => stepRiseFall(config, state, { kind });

describe('a check that starts', () => {
  it('counts its server as up and waits a random part of warmup', () => {
    assert.deepEqual(startRiseFall(config, { random: 0.25 }), {
      state: { up: true, hasRun: false, retried: 0, attempting: false },
      actions: [{ do: 'wait', ms: 1_000 }],
    });
  });

  it('tries a server at once that is known to be down, logs a first failure and reports its first pass', () => {
    const begun = startRiseFall(config, { random: 0.25, startsDown: true });
    assert.deepEqual(begun, {
      state: { up: false, hasRun: false, retried: 0, attempting: false },
      actions: [{ do: 'wait', ms: 0 }],
    });
    assert.deepEqual(step({ ...begun.state, attempting: true }, 'passed'), {
      state: { up: true, hasRun: true, retried: 0, attempting: false },
      actions: [{ do: 'log', healthy: true, retries: 0 }, { do: 'report', healthy: true }, loop],
    });
    assert.deepEqual(step({ ...begun.state, attempting: true }, 'failed'), {
      state: { up: false, hasRun: true, retried: 0, attempting: false },
      actions: [{ do: 'log', healthy: false, retries: 0 }, loop],
    });
  });

  it('calls the server down when the very first attempt fails, whatever retry says', () => {
    assert.deepEqual(step(untried, 'failed'), {
      state: { up: false, hasRun: true, retried: 0, attempting: false },
      actions: [{ do: 'log', healthy: false, retries: 0 }, { do: 'report', healthy: false }, loop],
    });
  });

  it('says that the very first attempt passed, but reports nothing new', () => {
    assert.deepEqual(step(untried, 'passed'), {
      state: { up: true, hasRun: true, retried: 0, attempting: false },
      actions: [{ do: 'log', healthy: true, retries: 0 }, loop],
    });
  });
});

describe('a check of an up server', () => {
  it('begins an attempt when the wait is over', () => {
    assert.deepEqual(step({ ...up, attempting: false }, 'due'), { state: up, actions: [{ do: 'attempt' }] });
  });

  it('begins no second attempt while one is under way', () => {
    assert.deepEqual(step(up, 'due'), { state: up, actions: [] });
  });

  it('waits delay_loop after a success', () => {
    assert.deepEqual(step(up, 'passed'), { state: { ...up, attempting: false }, actions: [loop] });
  });

  it('tries again after delay_before_retry as long as retries are left', () => {
    assert.deepEqual(step(up, 'failed'), {
      state: { ...up, retried: 1, attempting: false },
      actions: [again],
    });
    assert.deepEqual(step({ ...up, retried: 1 }, 'failed'), {
      state: { ...up, retried: 2, attempting: false },
      actions: [again],
    });
  });

  it('calls the server down when all retries failed', () => {
    assert.deepEqual(step({ ...up, retried: 2 }, 'failed'), {
      state: { ...down, attempting: false },
      actions: [{ do: 'log', healthy: false, retries: 2 }, { do: 'report', healthy: false }, loop],
    });
  });

  it('forgets failures after a success', () => {
    assert.deepEqual(step({ ...up, retried: 2 }, 'passed'), {
      state: { ...up, attempting: false },
      actions: [loop],
    });
  });

  it('learns nothing from an attempt that could not run', () => {
    assert.deepEqual(step({ ...up, retried: 1 }, 'not_run'), {
      state: { ...up, retried: 1, attempting: false },
      actions: [again],
    });
  });

  it('is not tried in a loop without a pause after such an attempt, whatever delay_before_retry says', () => {
    const waits = [undefined, [{}]].map((urls) => {
      const own = { ...config, delayBeforeRetryMs: 0, ...(urls && { urls }) };
      return stepRiseFall(own, { ...up, attempting: true }, { kind: 'not_run' }).actions;
    });
    const pause = [{ do: 'wait', ms: 1_000 }];
    assert.deepEqual(waits, [pause, pause]);
  });
});

describe('a check of a down server', () => {
  it('calls the server up on the first success', () => {
    assert.deepEqual(step({ ...down, retried: 1 }, 'passed'), {
      state: { ...up, attempting: false },
      actions: [{ do: 'log', healthy: true, retries: 0 }, { do: 'report', healthy: true }, loop],
    });
  });

  it('keeps to rounds of retry + 1 attempts, and is silent about failures', () => {
    assert.deepEqual(step(down, 'failed').actions, [again]);
    assert.deepEqual(step({ ...down, retried: 2 }, 'failed'), {
      state: { ...down, attempting: false },
      actions: [loop],
    });
  });
});

describe('a check whose retry was lowered', () => {
  it('needs one more failure to call the server down', () => {
    assert.deepEqual(stepRiseFall({ ...config, retry: 1 }, { ...up, retried: 2 }, { kind: 'failed' }).state, {
      ...down,
      attempting: false,
    });
  });
});

describe('a check that speaks of the weight', () => {
  const passed = (state: RiseFall, weight?: CheckWeight) =>
    stepRiseFall(config, state, { kind: 'passed', weight });
  const weighing: RiseFall = { ...up, weight: { set: 5 } };

  it('reports a weight, and then only another one', () => {
    assert.deepEqual(passed(up, { set: 5 }), {
      state: { ...weighing, attempting: false },
      actions: [{ do: 'report', healthy: true, weight: { set: 5 } }, loop],
    });
    assert.deepEqual(passed(weighing, { set: 5 }).actions, [loop]);
    assert.deepEqual(passed(weighing, { add: 5 }).actions, [
      { do: 'report', healthy: true, weight: { add: 5 } },
      loop,
    ]);
  });

  it('keeps the weight when it passes without one, and over a failure', () => {
    assert.deepEqual(passed(weighing), { state: { ...weighing, attempting: false }, actions: [loop] });
    const failing = step({ ...weighing, retried: 2 }, 'failed').state;
    assert.deepEqual(passed({ ...failing, attempting: true }).actions[1], {
      do: 'report',
      healthy: true,
      weight: { set: 5 },
    });
  });
});
