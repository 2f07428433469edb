import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { suspendedServers } from '../../src/director/ha_suspend.ts';
import {
  configOf,
  realServerConfig,
  span,
  virtualServerConfig,
  vrrpInstanceConfig,
} from '../helpers/sample_config.ts';

describe('ha_suspend', () => {
  const server = (address: string, haSuspend = true, members: string[] = []) =>
    virtualServerConfig([realServerConfig('10.0.0.9')], {
      address,
      ...(haSuspend ? { haSuspend } : {}),
      members: members.map((one) => ({ protocol: 'TCP', address: one, port: 80 })),
    });
  const instance = (name: string, address: string) =>
    vrrpInstanceConfig({ name, addresses: [{ address, prefix: 32, interface: 'eth0', span }] });
  const config = {
    ...configOf([
      server('10.0.0.1'),
      server('10.0.0.2'),
      server('10.0.0.3'),
      server('10.0.0.4', true, ['10.0.0.1']),
      server('10.0.0.2', false),
    ]),
    vrrpInstances: [instance('VI_1', '10.0.0.1'), instance('VI_2', '10.0.0.2')],
  };

  it('rests the checks of what only instances that are not master bring', () => {
    const suspended = (...masters: string[]) => [...suspendedServers(config, new Set(masters))];
    assert.deepEqual(
      [suspended(), suspended('VI_1'), suspended('VI_1', 'VI_2')],
      [['[10.0.0.1]:tcp:80', '[10.0.0.2]:tcp:80', '[10.0.0.4]:tcp:80'], ['[10.0.0.2]:tcp:80'], []],
    );
  });
});
