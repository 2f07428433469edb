import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Addon, ThreadScheduling } from '../../src/addon/addon.ts';
import type { SessionMessage } from '../../src/base/sessions.ts';
import type { FromBfdWorker } from '../../src/bfd/messages.ts';
import { BfdService } from '../../src/bfd/service.ts';
import { FakeClock } from '../helpers/fake_clock.ts';
import { bfdInstance } from './fake_wire.ts';

function world(refuse?: Error) {
  const scheduled: ThreadScheduling[] = [];
  const posted: FromBfdWorker[] = [];
  const told: SessionMessage[] = [];
  const silent = { receive: () => [], send: () => undefined, close: () => undefined };
  const addon: Pick<Addon, 'BfdReceiver' | 'BfdSender' | 'setThreadScheduling'> = {
    BfdReceiver: class {
      receive = silent.receive;
      close = silent.close;
    },
    BfdSender: class {
      send = silent.send;
      close = silent.close;
    },
    setThreadScheduling: (scheduling) => {
      if (refuse !== undefined) throw refuse;
      scheduled.push(scheduling);
    },
  };
  let ask: (message: SessionMessage) => void = () => assert.fail('nobody listens');
  const service = new BfdService({
    addon: () => addon,
    clock: new FakeClock(),
    random: { next: () => 0.5 },
    channel: {
      post: (message) => told.push(message),
      listen: (listener) => {
        ask = listener;
      },
      close: () => undefined,
    },
    post: (message) => posted.push(message),
  });
  const configure = { kind: 'configure', instances: [bfdInstance()], wereUp: [] } as const;
  return { ask: (message: SessionMessage) => ask(message), configure, posted, scheduled, service, told };
}

describe('the BFD worker', () => {
  it('tells what its sessions are when it is configured, and when a thread asks', () => {
    const { ask, configure, posted, service, told } = world();
    service.answer(configure);
    ask({ say: 'which' });
    const states = new Map([['peer', 'init']]);
    assert.deepEqual(told, [
      { say: 'states', states },
      { say: 'states', states },
    ]);
    assert.deepEqual(posted, [
      { kind: 'states', states },
      { kind: 'states', states },
    ]);
  });

  it('tells nothing before it is configured: what a thread knows from the worker before it still holds', () => {
    const { ask, posted, told } = world();
    ask({ say: 'which' });
    assert.deepEqual([told, posted], [[], []]);
  });

  it('is scheduled as bfd_rt_priority and the like say, and not touched where they say nothing', () => {
    const { configure, scheduled, service } = world();
    service.answer(configure);
    const scheduling = { realTimePriority: 50, nice: -5, processors: [1] } as const;
    service.answer({ ...configure, scheduling });
    service.answer(configure);
    assert.deepEqual(scheduled, [{ realTime: { priority: 50 }, nice: -5, processors: [1] }, {}]);
  });

  it('goes on where the kernel refuses that', () => {
    const { configure, posted, service } = world(new Error('Operation not permitted'));
    service.answer({ ...configure, scheduling: { nice: -5 } });
    assert.deepEqual(
      posted.map((message) => (message.kind === 'log' ? message.record.message : message.kind)),
      ['BFD runs at ordinary priority: Operation not permitted', 'states'],
    );
  });

  it('says that it is over after the neighbours were told', () => {
    const { configure, posted, service } = world();
    service.answer(configure);
    service.answer({ kind: 'stop' });
    assert.equal(posted.at(-1)?.kind, 'stopped');
  });
});
