import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Config, VrrpInstanceConfig } from '../../src/config/model.ts';
import { rememberedInstances } from '../../src/vrrp/remembered_instances.ts';
import { configWith, daemonOn, turn } from '../helpers/daemon_on.ts';
import { FakeHost } from '../helpers/fake_host.ts';
import { vrrpInstanceConfig } from '../helpers/sample_config.ts';

describe('a reload whose configuration kills the VRRP worker', () => {
  it('leaves the virtual routers, and what is remembered for a crash, as they were', async () => {
    const host = new FakeHost();
    const good: Config = { ...configWith('10.0.0.2'), vrrpInstances: [vrrpInstanceConfig({ name: 'good' })] };
    // Nothing that a file can say kills a worker, as far as anybody knows.
    const deadly = { ...vrrpInstanceConfig({ name: 'deadly', virtualRouterId: 9 }), tracking: undefined };
    let config = good;
    const { begun, clock, ended, lines, paths, signals, told } = daemonOn(host, () => config);
    const running = await begun;
    while (!told.includes('ready')) await turn();
    lines.splice(0);
    config = { ...good, vrrpInstances: [deadly as unknown as VrrpInstanceConfig] };
    signals.emit('SIGHUP');
    await turn();
    await turn();
    clock.advance(10);
    await turn();
    const { vrrp_instances: instances } = await running.status();
    assert.deepEqual(
      {
        errors: lines
          .filter((line) => line.startsWith('error '))
          .map((line) => line.replace(/Cannot destructure .* undefined\./, 'a fault')),
        instances: instances?.map(({ name }) => name),
        remembered: rememberedInstances(paths.vrrpFile).map(({ name }) => name),
      },
      {
        errors: [
          'error The VRRP worker died: a fault. Addresses stay as they are; it is restarted in 10 ms',
          'error It died of the new configuration: the virtual routers go on with the one before',
          'error Reload of test.conf failed: a fault',
        ],
        instances: ['good'],
        remembered: ['good'],
      },
    );
    signals.emit('SIGTERM');
    assert.equal(await ended, 0);
  });
});
