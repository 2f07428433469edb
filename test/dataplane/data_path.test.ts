import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AfXdpOptions } from '../../src/addon/addon.ts';
import { DataPath } from '../../src/dataplane/data_path.ts';
import { FakeClock } from '../helpers/fake_clock.ts';
import { noAfXdpCounts } from '../helpers/fake_host.ts';

function forwarder() {
  const done: string[] = [];
  const fake = {
    refused: false,
    died: { deaths: 0, lastDeath: '' },
    useAfXdp: (options: AfXdpOptions = {}) => {
      done.push(['use', ...Object.entries(options).flat()].join(' '));
      if (fake.refused) throw new Error('open an AF_XDP socket on queue 0 of eth0: Device or resource busy');
    },
    holdUnresolved: () => {
      done.push('hold');
      if (fake.refused) throw new Error('this kernel has no AF_XDP');
    },
    withheld: [] as string[],
    afXdp: () => ({
      interfaces: [],
      holds: false,
      refused: fake.withheld,
      counts: noAfXdpCounts,
      ...fake.died,
    }),
    attached: [1],
    attachments: () => fake.attached.map((index) => ({ index, mode: 'native', adopted: false }) as const),
  };
  const clock = new FakeClock();
  const told: string[] = [];
  const path = new DataPath(fake, {
    clock,
    log: (_, message) => told.push(message),
    tell: (news) => told.push(news.kind === 'thread_died' ? `died: ${news.why}` : 'restarted'),
  });
  return { fake, done, clock, told, path };
}

describe('the data path', () => {
  it('is in user space for af_xdp, and in the kernel for everything else', () => {
    const { done, path } = forwarder();
    for (const datapath of ['auto', 'af_xdp', 'skb', 'xdp'] as const) path.use({ datapath });
    const expected = ['hold', 'use', 'hold', 'hold'];
    assert.deepEqual([done, path.problems], [expected, []]);
  });

  it('in the kernel goes on where nothing can be held, which is no problem but is told', () => {
    const { fake, done, path } = forwarder();
    fake.refused = true;
    path.use({ datapath: 'xdp' });
    path.lookAgain();
    assert.deepEqual([done, path.problems, path.notHeld], [['hold'], [], 'this kernel has no AF_XDP']);
  });

  it('stays in the kernel where AF_XDP cannot be had, says why, and tries again', () => {
    const { fake, done, clock, path } = forwarder();
    fake.refused = true;
    path.use({ datapath: 'af_xdp' });
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
    const { fake, clock, told, path } = forwarder();
    path.use({ datapath: 'af_xdp' });
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

  it('tells of no thread that runs again while the program is on no interface', () => {
    const { fake, clock, told, path } = forwarder();
    path.use({ datapath: 'af_xdp' });
    fake.died = { deaths: 1, lastDeath: 'Bad file descriptor' };
    fake.attached = [];
    path.lookAgain();
    const detached = [...told];
    fake.attached = [1];
    clock.advance(1_000);
    path.use({ datapath: 'af_xdp' });
    assert.deepEqual(
      [detached, told],
      [['died: Bad file descriptor'], ['died: Bad file descriptor', 'restarted']],
    );
  });

  it('tells once what the kernel does not let the threads have, which is no problem', () => {
    const { fake, done, told, path } = forwarder();
    fake.withheld = ['set real-time priority 50: Operation not permitted (needs CAP_SYS_NICE)'];
    path.use({ datapath: 'af_xdp', afXdp: { busyPollUs: 20, realTimePriority: 50 } });
    path.lookAgain();
    const sentence =
      'Cannot set real-time priority 50: Operation not permitted (needs CAP_SYS_NICE): ' +
      'the threads of AF_XDP go on without';
    const asked = 'use busyPollUs 20 realTimePriority 50';
    assert.deepEqual([told, path.problems, done], [[sentence], [], [asked, asked]]);
  });

  it('tries again ever more rarely, but at once where the program is somewhere else, or with other settings', () => {
    const { fake, done, clock, path } = forwarder();
    fake.refused = true;
    path.use({ datapath: 'af_xdp' });
    const triedAt: number[] = [];
    for (let second = 1; second <= 200; second++) {
      const before = done.length;
      clock.advance(1_000);
      path.use({ datapath: 'af_xdp' });
      path.lookAgain();
      if (done.length > before) triedAt.push(second);
    }
    fake.attached = [1, 2];
    const before = done.length;
    path.use({ datapath: 'af_xdp' });
    for (let times = 0; times < 2; times++) path.use({ datapath: 'af_xdp', afXdp: { busyPollUs: 20 } });
    assert.deepEqual(
      [triedAt, done.slice(before)],
      [
        [1, 3, 7, 15, 31, 63, 123, 183],
        ['use', 'use busyPollUs 20'],
      ],
    );
  });
});
