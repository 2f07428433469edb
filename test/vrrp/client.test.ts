import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { VrrpClient } from '../../src/vrrp/client.ts';
import type { VrrpConfig } from '../../src/vrrp/instances.ts';
import type { FromVrrpWorker, ToVrrpWorker } from '../../src/vrrp/messages.ts';
import { FakeClock } from '../helpers/fake_clock.ts';
import { FakeThread } from '../helpers/fake_thread.ts';
import { memoryLog } from '../helpers/memory_log.ts';
import { configOf, vrrpGlobalConfig, vrrpInstanceConfig } from '../helpers/sample_config.ts';

const options = { addressesFile: '/none', routingFile: '/none', sysctlsFile: '/none', owner: 'test' };
const config: VrrpConfig = { ...configOf([]), global: vrrpGlobalConfig };
const deadly: VrrpConfig = { ...config, vrrpInstances: [vrrpInstanceConfig({ name: 'deadly' })] };

type FakeWorker = FakeThread<ToVrrpWorker, FromVrrpWorker>;

function clientWithWorkers() {
  const workers: FakeWorker[] = [];
  const clock = new FakeClock();
  const { logger, lines } = memoryLog();
  const last = (): FakeWorker => workers.at(-1) ?? assert.fail('no worker was started');
  const spawn = (): FakeWorker => {
    workers.push(new FakeThread());
    return last();
  };
  const client = new VrrpClient({ spawn, clock, log: () => logger });
  client.open(options);
  return { client, clock, lines, last, workers };
}

describe("the VRRP worker's client", () => {
  it('hands over the configuration, the log, the news and the status', async () => {
    const { client, last, lines } = clientWithWorkers();
    const news: unknown[] = [];
    client.onNews((one) => void news.push(one));
    const configured = client.configure(config);
    last().says({ kind: 'log', record: { level: 'info', message: '(VI_1) Entering MASTER STATE' } });
    last().says({ kind: 'news', news: { news: 'role', instance: 'VI_1', role: 'MASTER' } });
    last().says({ kind: 'configured', revision: 1 });
    await configured;
    const status = client.status();
    last().says({ kind: 'status', request: 1, instances: [] });
    assert.deepEqual(
      { status: await status, lines, news, received: last().received.map(({ kind }) => kind) },
      {
        status: [],
        lines: ['info (VI_1) Entering MASTER STATE'],
        news: [{ news: 'role', instance: 'VI_1', role: 'MASTER' }],
        received: ['open', 'configure', 'read'],
      },
    );
  });

  it('replaces a worker that dies, which gets the last configuration', async () => {
    const { client, clock, last, lines, workers } = clientWithWorkers();
    const configured = client.configure(config);
    last().says({ kind: 'configured', revision: 1 });
    await configured;
    const status = client.status();
    last().dies('a fault');
    await assert.rejects(status, new Error('a fault'));
    assert.equal(client.running, false);
    clock.advance(10);
    assert.deepEqual(last().received, [
      { kind: 'open', ...options },
      { kind: 'configure', revision: 1, config },
    ]);
    assert.deepEqual([workers.length, client.running], [2, true]);
    assert.deepEqual(lines, [
      'error The VRRP worker died: a fault. Addresses stay as they are; it is restarted in 10 ms',
      'notice The VRRP worker was started again',
    ]);
  });

  it('says why the virtual routers cannot be started, and does not try again', async () => {
    const { client, clock, last, workers } = clientWithWorkers();
    const configured = client.configure(config);
    last().says({ kind: 'failed', message: 'Cannot open netlink: no' });
    last().emit('exit');
    await assert.rejects(configured, new Error('Cannot open netlink: no'));
    clock.advance(60_000);
    assert.equal(workers.length, 1);
  });

  it('goes on with the configuration before where a worker dies of the new one, each time', async () => {
    const { client, clock, last, lines } = clientWithWorkers();
    const configured = client.configure(config);
    last().says({ kind: 'configured', revision: 1 });
    await configured;
    for (const [delayMs, revision] of [
      [10, 2],
      [20, 3],
    ] as const) {
      const again = client.configure(deadly);
      last().dies('a fault');
      await assert.rejects(again, new Error('a fault'));
      clock.advance(delayMs);
      assert.deepEqual(last().received, [
        { kind: 'open', ...options },
        { kind: 'configure', revision, config },
      ]);
      last().says({ kind: 'configured', revision });
    }
    assert.deepEqual(lines.slice(0, 3), [
      'error The VRRP worker died: a fault. Addresses stay as they are; it is restarted in 10 ms',
      'error It died of the new configuration: the virtual routers go on with the one before',
      'notice The VRRP worker was started again',
    ]);
  });

  it('tries a configuration that came while there was no worker, and goes back where it is deadly', async () => {
    const { client, clock, last } = clientWithWorkers();
    const configured = client.configure(config);
    last().says({ kind: 'configured', revision: 1 });
    await configured;
    last().dies('a fault');
    const next = client.configure(deadly);
    clock.advance(10);
    const tried = last().received[1];
    last().dies('another fault');
    await assert.rejects(next, new Error('another fault'));
    clock.advance(20);
    const given = [tried, last().received[1]].map((one) => one?.kind === 'configure' && one.config);
    assert.deepEqual([given[0] === deadly, given[1] === config], [true, true]);
  });

  it('takes no configuration any more once it is to stop', async () => {
    const { client, last } = clientWithWorkers();
    const stopping = client.stop();
    await assert.rejects(client.configure(config), new Error('The VRRP worker is being stopped'));
    assert.deepEqual(
      last().received.map(({ kind }) => kind),
      ['open', 'stop'],
    );
    last().says({ kind: 'stopped' });
    await stopping;
  });

  it('ends when the worker has withdrawn everything', async () => {
    const { client, last } = clientWithWorkers();
    const stopping = client.stop();
    assert.deepEqual(last().received.at(-1), { kind: 'stop' });
    last().says({ kind: 'stopped' });
    await stopping;
  });
});
