import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { FromVrrpWorker } from '../../src/vrrp/messages.ts';
import { FakeClock } from '../helpers/fake_clock.ts';
import { FakeHost } from '../helpers/fake_host.ts';
import { FakeVrrpWorker } from '../helpers/fake_vrrp_worker.ts';
import { owning, vip } from './instances_samples.ts';

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
});
