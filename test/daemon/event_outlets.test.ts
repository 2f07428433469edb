import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EventLog } from '../../src/daemon/event_log.ts';
import { EventOutlets } from '../../src/daemon/event_outlets.ts';
import { FakeClock } from '../helpers/fake_clock.ts';

/** Outlets that lose each third event and say what they do. */
function outlets() {
  const done: string[] = [];
  const events = new EventLog(new FakeClock());
  const all = new EventOutlets(
    events,
    async (config) => {
      const name = config.kind === 'webhook' ? config.url : config.path;
      done.push(`make ${name}`);
      let count = 0;
      return {
        name,
        get lost() {
          return Math.floor(count / 3);
        },
        write: (json) => {
          count++;
          done.push(`${name} ${(JSON.parse(json) as { kind: string }).kind}`);
        },
        stop: async () => void done.push(`stop ${name}`),
      };
    },
    new FakeClock(),
  );
  const happen = () => events.add({ kind: 'daemon_stopping' }, 'xlb stops');
  const takeDone = () => done.splice(0);
  return { all, happen, takeDone };
}

const [a, b, c] = ['/a', '/b', '/c'].map((path) => ({ kind: 'file', path }) as const) as [
  { kind: 'file'; path: string },
  { kind: 'file'; path: string },
  { kind: 'file'; path: string },
];

describe('the outlets of events', () => {
  it('are told each event; a reload keeps those that stay', async () => {
    const { all, happen, takeDone } = outlets();
    happen();
    await all.configure([a, b]);
    happen();
    const first = takeDone();
    await all.configure([b, c]);
    happen();
    const second = takeDone();
    await all.stop();
    happen();
    assert.deepEqual(
      [first, second, takeDone()],
      [
        ['make /a', 'make /b', '/a daemon_stopping', '/b daemon_stopping'],
        ['make /c', 'stop /a', '/b daemon_stopping', '/c daemon_stopping'],
        ['stop /b', 'stop /c'],
      ],
    );
  });

  it('count what is lost, also of those that went', async () => {
    const { all, happen } = outlets();
    await all.configure([a]);
    for (let at = 0; at < 3; at++) happen();
    await all.configure([b]);
    for (let at = 0; at < 6; at++) happen();
    await all.configure([a, b]);
    for (let at = 0; at < 3; at++) happen();
    assert.deepEqual(all.lost(), { '/a': 2, '/b': 3 });
  });

  it('do not hold up the end of the director where one hangs', async () => {
    const clock = new FakeClock();
    const hangs = {
      name: '/a',
      lost: 0,
      write: () => undefined,
      stop: () => new Promise<void>(() => undefined),
    };
    const all = new EventOutlets(new EventLog(clock), async () => hangs, clock);
    await all.configure([a]);
    const stopped = all.stop();
    await clock.run(2_500);
    await stopped;
    assert.equal(clock.pending, 0);
  });
});
