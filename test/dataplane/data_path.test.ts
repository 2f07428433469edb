import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DataPath } from '../../src/dataplane/data_path.ts';
import { FakeClock } from '../helpers/fake_clock.ts';
import { noAfXdpCounts } from '../helpers/fake_host.ts';

function forwarder() {
  const done: string[] = [];
  const fake = {
    refused: false,
    died: { deaths: 0, lastDeath: '' },
    useAfXdp: () => {
      done.push('use');
      if (fake.refused) throw new Error('open an AF_XDP socket on queue 0 of eth0: Device or resource busy');
    },
    holdUnresolved: () => {
      done.push('hold');
      if (fake.refused) throw new Error('this kernel has no AF_XDP');
    },
    afXdp: () => ({ interfaces: [], holds: false, counts: noAfXdpCounts, ...fake.died }),
    attached: [1],
    attachments: () => fake.attached.map((index) => ({ index, mode: 'native', adopted: false }) as const),
  };
  return { fake, done };
}

describe('the data path', () => {
  it('is in user space for af_xdp, and in the kernel for everything else', () => {
    const { fake, done } = forwarder();
    const path = new DataPath(fake, new FakeClock());
    for (const wanted of ['auto', 'af_xdp', 'skb', 'xdp'] as const) path.use(wanted);
    const expected = ['hold', 'use', 'hold', 'hold'];
    assert.deepEqual([done, path.problems], [expected, []]);
  });

  it('in the kernel goes on where nothing can be held, which is no problem but is told', () => {
    const { fake, done } = forwarder();
    const path = new DataPath(fake, new FakeClock());
    fake.refused = true;
    path.use('xdp');
    path.lookAgain();
    assert.deepEqual([done, path.problems, path.notHeld], [['hold'], [], 'this kernel has no AF_XDP']);
  });

  it('stays in the kernel where AF_XDP cannot be had, says why, and tries again', () => {
    const { fake, done } = forwarder();
    const clock = new FakeClock();
    const path = new DataPath(fake, clock);
    fake.refused = true;
    path.use('af_xdp');
    const told = path.problems;
    fake.refused = false;
    clock.advance(1_000);
    path.lookAgain();
    assert.deepEqual(
      [told, path.problems, done],
      [
        [
          'open an AF_XDP socket on queue 0 of eth0: Device or resource busy: ' +
            'the XDP program goes on forwarding in place of AF_XDP',
        ],
        [],
        ['use', 'use'],
      ],
    );
  });

  it('tells of a thread that died once, and that others run in its place when they do', () => {
    const { fake } = forwarder();
    const clock = new FakeClock();
    const told: string[] = [];
    const path = new DataPath(fake, clock, (news) =>
      told.push(news.kind === 'thread_died' ? `died: ${news.why}` : 'restarted'),
    );
    path.use('af_xdp');
    fake.died = { deaths: 1, lastDeath: 'Bad file descriptor' };
    fake.refused = true;
    path.lookAgain();
    const refused = [...told];
    fake.refused = false;
    for (let second = 0; second < 3; second++) {
      clock.advance(1_000);
      path.lookAgain();
    }
    assert.deepEqual(
      [refused, told],
      [['died: Bad file descriptor'], ['died: Bad file descriptor', 'restarted']],
    );
  });

  it('tries again ever more rarely, but at once where the program is somewhere else', () => {
    const { fake, done } = forwarder();
    const clock = new FakeClock();
    const path = new DataPath(fake, clock);
    fake.refused = true;
    path.use('af_xdp');
    const triedAt: number[] = [];
    for (let second = 1; second <= 200; second++) {
      const before = done.length;
      clock.advance(1_000);
      path.use('af_xdp');
      path.lookAgain();
      if (done.length > before) triedAt.push(second);
    }
    fake.attached = [1, 2];
    const before = done.length;
    path.use('af_xdp');
    assert.deepEqual([triedAt, done.length - before], [[1, 3, 7, 15, 31, 63, 123, 183], 1]);
  });
});
