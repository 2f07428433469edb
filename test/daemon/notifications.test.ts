import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FifoConfig } from '../../src/config/model.ts';
import { Notifications } from '../../src/daemon/notifications.ts';
import { span } from '../helpers/fake_spawn.ts';
import { instance } from '../helpers/notifications.ts';
import { configOf } from '../helpers/sample_config.ts';

const empty = configOf([]);
const withVrrp = (changes: Partial<typeof empty.global.vrrp>) => ({
  ...empty,
  global: { ...empty.global, vrrp: { ...empty.global.vrrp, ...changes } },
});
const fifos: readonly FifoConfig[] = [{ of: 'all', path: '/run/notify', span }];

function start() {
  const done: string[] = [];
  let made = 0;
  let end = () => {};
  const notifications = new Notifications(({ fifos: opened }, security) => {
    const name = `${++made}`;
    done.push(`make ${name}: ${opened.length} FIFOs${security ? ', strict' : ''}`);
    return Promise.resolve({
      start: () => done.push(`start ${name}`),
      look: () => done.push(`look ${name}`),
      notify: (event) => done.push(`${name}: ${'state' in event ? event.state : ''}`),
      dropped: () => ({ mails: 0, fifoLines: {} }),
      stop: () => {
        done.push(`stop ${name}`);
        return new Promise<void>((resolve) => {
          end = resolve;
        });
      },
    });
  });
  const turns = () => new Promise<void>((resolve) => setImmediate(resolve));
  return { done, notifications, turns, end: () => end() };
}

describe('the notifications of a daemon', () => {
  it('load nothing where nobody is to be told', async () => {
    const { done, notifications } = start();
    await notifications.configure(empty);
    notifications.tell(instance('MASTER'));
    assert.deepEqual(done, []);
  });

  it('look at the scripts again at a reload that changes nothing of them', async () => {
    const { done, notifications } = start();
    await notifications.configure(withVrrp({ fifos }));
    await notifications.configure(withVrrp({ fifos }));
    assert.deepEqual(done, ['make 1: 1 FIFOs', 'start 1', 'look 1']);
  });

  it('follow enable_script_security', async () => {
    const { done, end, notifications, turns } = start();
    await notifications.configure(withVrrp({ fifos }));
    const changed = notifications.configure(withVrrp({ fifos, scriptSecurity: true }));
    await turns();
    end();
    await changed;
    assert.deepEqual(done.slice(2), ['make 2: 1 FIFOs, strict', 'stop 1', 'start 2']);
  });

  it('close FIFOs that a reload takes away, and lose nothing that happens meanwhile', async () => {
    const { done, end, notifications, turns } = start();
    await notifications.configure(withVrrp({ fifos }));
    const changed = notifications.configure(empty);
    await turns();
    notifications.tell(instance('FAULT'));
    end();
    await changed;
    notifications.tell(instance('STOP'));
    assert.deepEqual(done.slice(2), ['make 2: 0 FIFOs', 'stop 1', 'start 2', '2: FAULT', '2: STOP']);
  });

  it('end the notifier of a reload that was under way', async () => {
    const { done, end, notifications, turns } = start();
    await notifications.configure(withVrrp({ fifos }));
    void notifications.configure(empty);
    await turns();
    const stopped = notifications.stop();
    end();
    await turns();
    end();
    await stopped;
    assert.deepEqual(done.slice(2), ['make 2: 0 FIFOs', 'stop 1', 'start 2', 'stop 2']);
  });
});
