import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LogLevel } from '../../src/base/forward_log.ts';
import { LogFold, WRITTEN_FIRST } from '../../src/base/log_fold.ts';
import { FakeClock } from '../helpers/fake_clock.ts';

function folding() {
  const clock = new FakeClock();
  const lines: string[] = [];
  const fold = new LogFold({ clock, write: ({ level, message }) => lines.push(`${level} ${message}`) });
  const say = (times: number, message: string, level: LogLevel = 'warn') => {
    for (let at = 0; at < times; at++) fold.take({ level, message });
  };
  return { clock, fold, lines, say, takeLines: () => lines.splice(0) };
}

const first = (line: string) => new Array<string>(WRITTEN_FIRST).fill(line);

describe('lines of a log that repeat', () => {
  it('are written at first, then counted, and told at the end of their minute', () => {
    const { clock, say, takeLines } = folding();
    say(WRITTEN_FIRST, 'a');
    clock.advance(10_000);
    say(36, 'a');
    say(1, 'b');
    const before = takeLines();
    clock.advance(50_000);
    assert.deepEqual(
      [before, takeLines(), clock.pending],
      [[...first('warn a'), 'warn b'], ['warn a (the same 36 times more in 60 s)'], 0],
    );
  });

  it('begin anew after that: the first is never folded', () => {
    const { clock, say, takeLines } = folding();
    say(WRITTEN_FIRST + 1, 'a');
    clock.advance(60_000);
    takeLines();
    say(1, 'a');
    assert.deepEqual(takeLines(), ['warn a']);
  });

  it('are told at the end of the process', () => {
    const { clock, fold, say, takeLines } = folding();
    say(WRITTEN_FIRST + 1, 'a');
    clock.advance(2_000);
    takeLines();
    fold.flush();
    fold.flush();
    assert.deepEqual([takeLines(), clock.pending], [['warn a (the same 1 time more in 2 s)'], 0]);
  });

  it('are the same with the same level, text and fields only', () => {
    const { fold, lines, say } = folding();
    say(WRITTEN_FIRST, 'a');
    say(1, 'a', 'error');
    for (let at = 0; at < 20; at++) fold.take({ level: 'warn', message: 'a', fields: { at } });
    assert.equal(lines.length, WRITTEN_FIRST + 21);
  });

  it('are not folded where somebody waits for them: notices', () => {
    const { lines, say } = folding();
    say(50, 'Reloaded', 'notice');
    assert.equal(lines.length, 50);
  });

  it('are not folded where they are an event: the last one says how it is', () => {
    const { fold, lines } = folding();
    const about = { event: 'vrrp_role_changed', vrrp_instance: 'VI_1' };
    for (let at = 0; at < 50; at++) {
      fold.take({ level: 'info', message: '(VI_1) Entering BACKUP STATE', about });
      fold.take({ level: 'info', message: '(VI_1) Entering MASTER STATE', about });
    }
    assert.deepEqual([lines.length, lines.at(-1)], [100, 'info (VI_1) Entering MASTER STATE']);
  });

  it('take a bounded room: of many different lines the oldest are told early, none is lost', () => {
    const { fold, say, takeLines } = folding();
    say(WRITTEN_FIRST + 5, 'a');
    takeLines();
    for (let at = 0; at < 1_000; at++) say(1, `line ${at}`);
    fold.flush();
    const lines = takeLines();
    assert.deepEqual(
      [lines.length, lines.filter((line) => line.includes('the same'))],
      [1_001, ['warn a (the same 5 times more in 1 s)']],
    );
  });
});
