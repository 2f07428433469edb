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
    tell: (news) => {
      const what = news.kind === 'thread_died' ? `died: ${news.why}` : `restarted ${news.threads}`;
      told.push(news.again ? `${what}, again` : what);
    },
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
    fake.died = { deaths: 2, lastDeath: 'Bad file descriptor' };
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
      [['died: Bad file descriptor'], ['died: Bad file descriptor', 'restarted 2']],
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
      [['died: Bad file descriptor'], ['died: Bad file descriptor', 'restarted 1']],
    );
  });

  it('starts threads that die again and again ever more rarely, and says so once', () => {
    const { fake, done, clock, told, path } = forwarder();
    path.use({ datapath: 'af_xdp' });
    const startedAt: number[] = [];
    const problems = new Set<string>();
    let alive = true;
    for (let second = 1; second <= 200; second++) {
      if (alive) fake.died = { deaths: fake.died.deaths + 2, lastDeath: 'Invalid argument' };
      const before = done.length;
      clock.advance(1_000);
      path.lookAgain();
      alive = done.length > before;
      if (alive) startedAt.push(second);
      for (const problem of path.problems) problems.add(problem);
    }
    const [died, restarted] = ['died: Invalid argument', 'restarted 2'];
    assert.deepEqual(
      [startedAt, [...problems], told.slice(0, 4), new Set(told.slice(4))],
      [
        [1, 3, 6, 11, 20, 37, 70, 131, 192],
        [
          'Invalid argument, again and again: other threads are started ever more rarely, ' +
            'and the XDP program forwards meanwhile',
        ],
        [died, restarted, `${died}, again`, `${restarted}, again`],
        new Set([`${died}, again`, `${restarted}, again`]),
      ],
    );
  });

  it('forgets that threads died when others have lived for a minute', () => {
    const { fake, clock, told, path } = forwarder();
    path.use({ datapath: 'af_xdp' });
    const die = (seconds: number) => {
      fake.died = { deaths: fake.died.deaths + 1, lastDeath: 'Invalid argument' };
      for (let second = 0; second < seconds; second++) {
        path.lookAgain();
        clock.advance(1_000);
      }
    };
    die(1);
    die(50);
    const dying = path.problems.length;
    clock.advance(20_000);
    path.lookAgain();
    const lived = path.problems;
    die(1);
    const [died, restarted] = ['died: Invalid argument', 'restarted 1'];
    assert.deepEqual(
      [dying, lived, told],
      [1, [], [died, restarted, `${died}, again`, `${restarted}, again`, died, restarted]],
    );
  });

  it('starts threads that died again and again at once where other settings are wanted', () => {
    const { fake, done, path } = forwarder();
    path.use({ datapath: 'af_xdp' });
    for (let deaths = 1; deaths <= 2; deaths++) {
      fake.died = { deaths, lastDeath: 'Invalid argument' };
      path.lookAgain();
    }
    const waiting = done.length;
    path.use({ datapath: 'af_xdp', afXdp: { busyPollUs: 20 } });
    assert.deepEqual([waiting, done.slice(waiting), path.problems], [2, ['use busyPollUs 20'], []]);
  });

  it('says of packets that wait what there is no thread for them for, while there is none', () => {
    const { fake, clock, path } = forwarder();
    path.use({ datapath: 'xdp' });
    for (let deaths = 1; deaths <= 2; deaths++) {
      fake.died = { deaths, lastDeath: 'Invalid argument' };
      path.lookAgain();
    }
    const without = path.notHeld;
    clock.advance(1_000);
    path.lookAgain();
    assert.deepEqual([without, path.notHeld, path.problems], ['Invalid argument', undefined, []]);
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
