import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { wantedInterfaces } from '../../src/daemon/wanted_interfaces.ts';
import { configOf, span, virtualServerConfig, vrrpInstanceConfig } from '../helpers/sample_config.ts';

describe('the interfaces that a configuration wants', () => {
  it('are those of instances, of their addresses and of xlb_interfaces, and the holders of other addresses', () => {
    const config = configOf([
      virtualServerConfig([]),
      virtualServerConfig([], { address: '10.9.0.1' }),
      virtualServerConfig([], { address: '10.9.0.1', port: 443 }),
    ]);
    const carried = { address: '10.0.0.1', prefix: 32, interface: 'eth1', span };
    assert.deepEqual(
      wantedInterfaces({
        ...config,
        global: {
          ...config.global,
          interfaces: [{ name: 'eth2', span }],
          datapath: 'skb',
          afXdp: { busyPollUs: 20 },
        },
        vrrpInstances: [vrrpInstanceConfig({ addresses: [carried, { ...carried, address: '10.0.0.2' }] })],
      }),
      {
        names: ['eth0', 'eth1', 'eth2'],
        addresses: ['10.9.0.1'],
        datapath: 'skb',
        afXdp: { busyPollUs: 20 },
      },
    );
  });

  it('hold all addresses of a group, and a single address that carries a mark which is used', () => {
    const member = { protocol: 'TCP', address: '10.0.0.2', port: 80 } as const;
    const mark = { protocol: 'FWM', address: '0.0.0.0', port: 0, fwmark: 7 } as const;
    const rule = (fwmark: number, host: string) => ({ fwmark, prefix: `${host}/32`, host, span });
    const config = {
      ...configOf([
        virtualServerConfig([], { group: 'web', members: [member, { ...member, port: 443 }] }),
        virtualServerConfig([], mark),
      ]),
      markRules: [rule(7, '10.9.0.7'), rule(8, '10.9.0.8'), { fwmark: 7, prefix: '10.10.0.0/16', span }],
    };
    assert.deepEqual(wantedInterfaces(config), {
      names: [],
      addresses: ['10.0.0.1', '10.0.0.2', '10.9.0.7'],
      datapath: 'auto',
    });
  });

  it('hold the addresses of virtual servers that were added by hand', () => {
    const byHand = {
      protocol: 'TCP',
      address: '10.0.0.9',
      port: 80,
      scheduler: 'rr',
      destinations: [],
    } as const;
    const mark = { ...byHand, protocol: 'FWM', address: '0.0.0.0', port: 0, fwmark: 9 } as const;
    assert.deepEqual(wantedInterfaces(configOf([virtualServerConfig([])]), [byHand, mark]).addresses, [
      '10.0.0.1',
      '10.0.0.9',
    ]);
  });
});
