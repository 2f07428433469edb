import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { MOST_WAITING } from '../../../src/notify/outlets/outlet.ts';
import type { Posted } from '../../../src/notify/outlets/post.ts';
import { Webhook } from '../../../src/notify/outlets/webhook.ts';
import { FakeClock } from '../../helpers/fake_clock.ts';
import { memoryLog } from '../../helpers/memory_log.ts';

interface Body {
  readonly host: string;
  readonly lost: number;
  readonly events: readonly number[];
}

/** `answer`: what becomes of each request; 'hang': nothing, until it is given up. */
function webhook(answer: (body: Body) => Posted | 'hang') {
  const clock = new FakeClock();
  const { logger: log, lines } = memoryLog();
  /** When each request was made, with how many events. */
  const made: [seconds: number, events: number][] = [];
  const bodies: Body[] = [];
  const hook = new Webhook('https://ops:secret@hooks.example.com/private', {
    clock,
    log,
    post: async (_, text, signal) => {
      const body = JSON.parse(text) as Body;
      made.push([clock.nowMs() / 1000, body.events.length]);
      bodies.push(body);
      const posted = answer(body);
      if (posted !== 'hang') return posted;
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      return { outcome: 'failed', why: 'no answer in time' };
    },
  });
  const write = (count: number, first = 1) => {
    for (let at = first; at < first + count; at++) hook.write(String(at));
  };
  return { hook, clock, lines, made, bodies, write };
}

const taken: Posted = { outcome: 'taken' };
const failed: Posted = { outcome: 'failed', why: 'it answers 500' };

describe('a webhook', () => {
  it('posts the events of one moment together, a hundred at most', async () => {
    const { bodies, write } = webhook(() => taken);
    write(250);
    await nextTurn();
    const host = hostname();
    const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => from + at);
    assert.deepEqual(bodies, [
      { host, lost: 0, events: numbers(1, 100) },
      { host, lost: 0, events: numbers(101, 200) },
      { host, lost: 0, events: numbers(201, 250) },
    ]);
  });

  it('tries again later and later, up to a minute, and says so once', async () => {
    let well = false;
    const { clock, hook, lines, made, write } = webhook(() => (well ? taken : failed));
    write(1);
    await clock.run(200_000);
    well = true;
    write(1, 2);
    await clock.run(60_000);
    assert.deepEqual(
      [made, hook.lost, lines],
      [
        [...[0, 1, 3, 7, 15, 31, 63, 123, 183].map((seconds) => [seconds, 1]), [243, 2]],
        0,
        [
          'warn Cannot post events to https://hooks.example.com: it answers 500; events wait, 10000 at most',
          'notice Events are taken by https://hooks.example.com again',
        ],
      ],
    );
  });

  it('gives up a request after ten seconds', async () => {
    const { clock, made, write } = webhook(() => 'hang');
    write(1);
    await clock.run(30_000);
    assert.deepEqual(
      made.map(([seconds]) => seconds),
      [0, 11, 23],
    );
  });

  it('keeps so many events and no more, and tells the receiver how many it missed', async () => {
    let well = false;
    const { bodies, clock, hook, write } = webhook(() => (well ? taken : failed));
    write(MOST_WAITING + 5);
    await nextTurn();
    well = true;
    await clock.run(1_000);
    write(1, -1);
    await clock.run(1_000);
    assert.deepEqual(
      [hook.lost, bodies[1]?.lost, bodies.at(-1)],
      [5, 5, { host: hostname(), lost: 0, events: [-1] }],
    );
  });

  it('does not repeat what the receiver does not want', async () => {
    const { bodies, clock, hook, write } = webhook(({ events }) =>
      events.includes(1) ? { outcome: 'refused', why: 'it answers 400' } : taken,
    );
    write(1);
    await nextTurn();
    write(1, 2);
    await clock.run(60_000);
    assert.deepEqual(
      [bodies.map(({ events, lost }) => [events, lost]), hook.lost],
      [
        [
          [[1], 0],
          [[2], 1],
        ],
        1,
      ],
    );
  });

  it('sends at its end what waits, and does not wait for a receiver that hangs', async () => {
    let well = false;
    const first = webhook(() => (well ? taken : failed));
    first.write(3);
    await nextTurn();
    well = true;
    await first.hook.stop();
    const second = webhook(() => 'hang');
    second.write(3);
    await nextTurn();
    const stopped = second.hook.stop();
    await second.clock.run(2_000);
    await stopped;
    assert.deepEqual(
      [first.made, first.hook.lost, second.hook.lost, first.clock.pending],
      [
        [
          [0, 3],
          [0, 3],
        ],
        0,
        3,
        0,
      ],
    );
  });
});
