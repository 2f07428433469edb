import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SupervisedThread } from '../../src/base/supervised_thread.ts';
import { FakeClock } from '../helpers/fake_clock.ts';
import { memoryLog } from '../helpers/memory_log.ts';

/** The first thread of a supervision cannot be started. */
function withoutRoom(firstMayFail: boolean) {
  const clock = new FakeClock();
  const { logger, lines } = memoryLog();
  const events: string[] = [];
  let tries = 0;
  const spawn = () => {
    tries++;
    if (tries === 1) throw new Error('Worker initialization failure: EAGAIN');
    return {
      postMessage: (message: string) => void events.push(`gets ${message}`),
      on: () => undefined,
      terminate: async () => undefined,
    };
  };
  const make = () => {
    const made: SupervisedThread<string, string> = new SupervisedThread(
      { spawn, clock, log: () => logger },
      {
        name: 'BFD',
        meanwhile: 'Neighbours count as they were',
        firstRestartMs: 100,
        firstMayFail,
        onMessage: () => undefined,
        onDeath: ({ message }) => {
          events.push(`died: ${message}`);
          made.restartLater();
        },
        onRestart: () => made.post('all of it'),
      },
    );
    return made;
  };
  return { clock, events, lines, make };
}

describe('a worker whose first thread cannot be started', () => {
  it('fails in one sentence with its cure', () => {
    assert.throws(withoutRoom(false).make, {
      code: 'HOST',
      message: 'Cannot start the BFD worker: Worker initialization failure: EAGAIN',
      help: 'a thread needs memory, and room below the limits of processes: ulimit -u, TasksMax= of the unit',
    });
  });

  it('is started later where others do not wait for it', async () => {
    const { clock, events, lines, make } = withoutRoom(true);
    make().post('lost');
    await Promise.resolve();
    clock.advance(100);
    assert.deepEqual(
      [events, lines],
      [
        ['died: Worker initialization failure: EAGAIN', 'gets all of it'],
        [
          'error The BFD worker died: Worker initialization failure: EAGAIN. Neighbours count as they were; ' +
            'it is restarted in 100 ms',
        ],
      ],
    );
  });
});
