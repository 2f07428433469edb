import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { VrrpConfig } from '../../src/vrrp/instances.ts';
import type { FromVrrpWorker } from '../../src/vrrp/messages.ts';
import { FakeClock } from '../helpers/fake_clock.ts';
import { FakeHost } from '../helpers/fake_host.ts';
import { FakeVrrpWorker } from '../helpers/fake_vrrp_worker.ts';
import { vrrpInstanceConfig } from '../helpers/sample_config.ts';
import { configWith, owning, vip } from './instances_samples.ts';

const directory = mkdtempSync(join(tmpdir(), 'xlb-vrrp-service-'));
after(() => rmSync(directory, { recursive: true }));

describe('the VRRP worker', () => {
  it('starts nothing again that comes after the stop', async () => {
    const host = new FakeHost();
    const worker = new FakeVrrpWorker(host, new FakeClock());
    const said: string[] = [];
    worker.on('message', ({ kind }: FromVrrpWorker) => said.push(kind));
    const [addressesFile, routingFile, sysctlsFile] = ['addresses', 'routing', 'sysctls'].map((name) =>
      join(directory, name),
    );
    assert.ok(addressesFile !== undefined && routingFile !== undefined && sysctlsFile !== undefined);
    const config = owning(vip('10.0.0.1'));
    worker.postMessage({ kind: 'open', addressesFile, routingFile, sysctlsFile, owner: 'test' });
    worker.postMessage({ kind: 'configure', revision: 1, config });
    worker.postMessage({ kind: 'stop' });
    worker.postMessage({ kind: 'configure', revision: 2, config });
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(
      {
        added: host.done.filter((what) => what.startsWith('add')),
        said: said.filter((kind) => kind !== 'log' && kind !== 'news'),
      },
      { added: ['add 10.0.0.1/32 to 2'], said: ['configured', 'stopped'] },
    );
  });

  it('goes on counting an interface as up that is down for a moment, also when a reload makes a macvlan', async () => {
    const host = new FakeHost();
    const clock = new FakeClock();
    const worker = new FakeVrrpWorker(host, clock);
    const changes: string[] = [];
    worker.on('message', (message: FromVrrpWorker) => {
      if (message.kind === 'news' && message.news.news === 'role') changes.push(message.news.role);
    });
    const file = (name: string) => join(directory, `moment-${name}`);
    const files = {
      addressesFile: file('addresses'),
      routingFile: file('routing'),
      sysctlsFile: file('sysctls'),
    };
    const one = vrrpInstanceConfig({ priority: 255, addresses: [vip('10.0.0.1')] });
    const vmac = { name: 'vrrp.52', mac: '00:00:5e:00:01:34', transmitFromBase: false };
    const other = { ...one, name: 'VI_2', virtualRouterId: 52, addresses: [], vmac };
    const delayed = (config: VrrpConfig): VrrpConfig => ({
      ...config,
      global: { ...config.global, linkDelays: [{ interface: 'eth0', downMs: 2_000, upMs: 0 }] },
    });
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    worker.postMessage({ kind: 'open', ...files, owner: 'test' });
    worker.postMessage({ kind: 'configure', revision: 1, config: delayed(configWith(one)) });
    await turn();
    host.links = host.links.map((link) => (link.name === 'eth0' ? { ...link, running: false } : link));
    for (const link of host.links) host.tell({ kind: 'link', removed: false, ...link });
    worker.postMessage({ kind: 'configure', revision: 2, config: delayed(configWith(one, other)) });
    await turn();
    const before = [...changes];
    clock.advance(2_000);
    worker.postMessage({ kind: 'stop' });
    await turn();
    assert.deepEqual([before.includes('FAULT'), changes.includes('FAULT')], [false, true]);
  });
});
