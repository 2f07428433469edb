import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { serviceManager } from '../../src/daemon/service_manager.ts';
import { memoryLog } from '../helpers/memory_log.ts';

describe('the service manager', () => {
  function start(environment: NodeJS.ProcessEnv, { fails = false } = {}) {
    const sent: string[] = [];
    const { logger: log, lines } = memoryLog();
    const send = (path: string, bytes: Uint8Array) => {
      if (fails) throw new Error('send to /run/notify: Connection refused');
      sent.push(`${path}: ${Buffer.from(bytes).toString()}`);
    };
    const shell = { environment, pid: 12, monotonicUs: () => 345n, send, log };
    return { sent, lines, manager: serviceManager(shell) };
  }

  it('is told what systemd waits for', () => {
    const { manager, sent } = start({ NOTIFY_SOCKET: '/run/notify' });
    manager.ready();
    manager.say('2 virtual servers, 1 master');
    manager.reloading();
    manager.alive();
    manager.stopping();
    assert.deepEqual(
      sent.map((one) => one.replace('/run/notify: ', '')),
      [
        'READY=1',
        'STATUS=2 virtual servers, 1 master',
        'RELOADING=1\nMONOTONIC_USEC=345',
        'WATCHDOG=1',
        'STOPPING=1\nSTATUS=Stopping',
      ],
    );
  });

  it('is not there where nothing says so', () => {
    const { manager, sent, lines } = start({ WATCHDOG_USEC: '1000000' });
    manager.ready();
    assert.deepEqual([manager.watchdogMs, sent, lines], [undefined, [], []]);
  });

  it('waits for this process only, and for nobody that it starts', () => {
    const socket = { NOTIFY_SOCKET: '/run/notify', WATCHDOG_USEC: '30000000' };
    const mine = { ...socket, WATCHDOG_PID: '12', PATH: '/bin' };
    assert.deepEqual(
      [start(mine).manager.watchdogMs, start({ ...socket, WATCHDOG_PID: '13' }).manager.watchdogMs, mine],
      [30_000, undefined, { PATH: '/bin' }],
    );
  });

  it('that does not listen is complained about once', () => {
    const { manager, lines } = start({ NOTIFY_SOCKET: '/run/notify' }, { fails: true });
    manager.ready();
    manager.alive();
    assert.equal(lines.length, 1);
  });
});
