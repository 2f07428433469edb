import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AttemptResult } from '../../src/check/checker.ts';
import { identityOf } from '../../src/check/owner.ts';
import type { TcpCheckConfig } from '../../src/config/model.ts';
import { passes, refuses, targetOf, world } from '../helpers/check_world.ts';
import { commonCheckConfig, miscCheckConfig, span, tcpCheckConfig } from '../helpers/sample_config.ts';

const quick = { warmupMs: 0, retry: 0 } as const;

/** The same check for the same real server of virtual server `key`. */
function of(key: string, changes: Partial<TcpCheckConfig> = quick) {
  return { ...targetOf(changes, key), virtualServer: `[10.0.0.${key}]:tcp:80` };
}

describe('a check that several virtual servers ask for', () => {
  it('runs once and tells all of them; the log activates it for each and judges once', async () => {
    let result = passes;
    const { clock, service, attempts, changes, lines } = world(() => result);
    service.set([of('1'), of('2'), of('3')]);
    await clock.run(5_000);
    result = refuses;
    await clock.run(2_000);
    assert.deepEqual(
      { attempts, changes, lines },
      {
        attempts: [0, 6_000],
        changes: ['6000 1 down L4CON', '6000 2 down L4CON', '6000 3 down L4CON'],
        lines: [
          'info Activating healthchecker for service [10.0.0.2]:tcp:80 for VS [10.0.0.1]:tcp:80',
          'info Activating healthchecker for service [10.0.0.2]:tcp:80 for VS [10.0.0.2]:tcp:80',
          'info Activating healthchecker for service [10.0.0.2]:tcp:80 for VS [10.0.0.3]:tcp:80',
          'info TCP connection to [10.0.0.2]:tcp:80 success.',
          'warn TCP_CHECK on service [10.0.0.2]:tcp:80 failed.',
        ],
      },
    );
  });

  it('runs apart where times, target or options differ', async () => {
    const { clock, service, attempts } = world(() => passes);
    service.set([
      of('1'),
      of('2', { ...quick, retry: 3 }),
      of('3', { ...quick, connectPort: 81 }),
      of('4', { ...quick, bindto: '10.0.0.9' }),
    ]);
    await clock.run(100);
    assert.equal(attempts.length, 4);
  });

  it('goes on with what it knows when a reload takes one of its owners away', async () => {
    const { clock, service, attempts, changes, lines } = world(() => refuses);
    service.set([of('1'), of('2')]);
    await clock.run(5_000);
    service.set([of('2')]);
    await clock.run(2_000);
    assert.deepEqual(
      {
        attempts,
        changes,
        lines: lines.length,
        states: service.states().map(({ key, healthy }) => [key, healthy]),
      },
      {
        attempts: [0, 6_000],
        changes: ['0 1 down L4CON', '0 2 down L4CON'],
        lines: 3,
        states: [['2', false]],
      },
    );
  });

  it('tells who joins at once what it knows, without another attempt', async () => {
    const { clock, service, attempts, changes } = world(() => refuses);
    service.set([of('1')]);
    await clock.run(2_000);
    service.set([of('1'), of('2'), { ...of('3'), startsDown: true }]);
    assert.deepEqual([attempts, changes], [[0], ['0 1 down L4CON', '2000 2 down L4CON']]);
  });

  it('calls up whom it found down and whom it found up, each once', async () => {
    const { clock, service, attempts, changes } = world(() => passes);
    service.set([{ ...of('1'), startsDown: true }, of('2')]);
    await clock.run(7_000);
    assert.deepEqual([attempts, changes], [[0, 6_000], ['0 1 up L4OK']]);
  });

  it('stays one, with what it knows, when a reload gives all its owners other times', async () => {
    const { clock, service, attempts, changes } = world(() => refuses);
    service.set([of('1'), of('2')]);
    await clock.run(1_000);
    service.set([of('1', { ...quick, delayLoopMs: 3_000 }), of('2', { ...quick, delayLoopMs: 3_000 })]);
    await clock.run(4_000);
    assert.deepEqual([attempts, changes.length], [[0, 4_000], 2]);
  });

  it('becomes two that know the same when a reload gives one of its owners other times', async () => {
    let result: AttemptResult = refuses;
    const { clock, service, attempts, changes } = world(() => result);
    service.set([of('1'), of('2')]);
    await clock.run(1_000);
    service.set([of('1'), of('2', { ...quick, delayLoopMs: 3_000 })]);
    await clock.run(1_000);
    result = passes;
    await clock.run(6_000);
    assert.deepEqual(
      [attempts, changes],
      [
        [0, 4_000, 6_000, 7_000],
        ['0 1 down L4CON', '0 2 down L4CON', '4000 2 up L4OK', '6000 1 up L4OK'],
      ],
    );
  });

  it('tells all its owners of a weight', async () => {
    const weighs: AttemptResult = { ...passes, weight: { set: 5 } };
    const { clock, service } = world(() => weighs);
    service.set([of('1'), of('2')]);
    await clock.run(100);
    assert.deepEqual(
      service.states().map(({ key, weight }) => [key, weight]),
      [
        ['1', { set: 5 }],
        ['2', { set: 5 }],
      ],
    );
  });

  it('makes 10,000 owners of ten checks ten attempts', async () => {
    const { clock, service, attempts, changes } = world(() => refuses);
    const targets = Array.from({ length: 10_000 }, (_, at) =>
      of(`${at}`, { ...quick, connectPort: 80 + (at % 10) }),
    );
    service.set(targets);
    await clock.run(100);
    assert.deepEqual([attempts.length, changes.length], [10, 10_000]);
  });
});

describe('what makes checks the same', () => {
  it('is not where they were read, and not the port of a PING_CHECK', () => {
    const there = { ...span, line: 9 };
    assert.equal(identityOf(tcpCheckConfig({ span: there })), identityOf(tcpCheckConfig()));
    const ping = { ...commonCheckConfig, kind: 'PING_CHECK' } as const;
    assert.equal(identityOf({ ...ping, connectPort: 443 }), identityOf(ping));
    const script = { command: '/bin/true', user: 'root', span: there };
    assert.equal(identityOf(miscCheckConfig({ script })), identityOf(miscCheckConfig()));
    assert.notEqual(identityOf(miscCheckConfig({ address: '10.0.0.3' })), identityOf(miscCheckConfig()));
  });
});
