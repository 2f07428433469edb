import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { render } from '../../src/config/diagnostic.ts';
import { validateAgainstHost } from '../../src/config/host.ts';
import { parseConfig } from '../../src/daemon/grammar.ts';

const missing = 'this host has none of that name [NO_SUCH_INTERFACE]';
const added = missing.replace(' [', '; the route cannot be added [');

const text = `global_defs {
    xlb_interfaces eth1 lan0
}
vrrp_instance VI_1 {
    state MASTER
    interface ens33
    virtual_router_id 1
    virtual_ipaddress {
        10.0.0.1
        10.0.0.2 dev eth9
    }
}
`;

const tracking = `vrrp_instance VI_1 {
    interface ens33
    virtual_router_id 1
    use_vmac macvlan1
    track_interface {
        eth1
        macvlan1
    }
    virtual_ipaddress {
        10.0.0.1 dev macvlan1
    }
    virtual_routes {
        10.1.0.0/16 dev eth9
    }
}
`;

function found(links: readonly string[], written = text): string[] {
  const { config } = parseConfig(written, { file: 'xlb.conf' });
  assert.ok(config);
  return validateAgainstHost(
    config,
    links.map((name) => ({ name })),
  ).map(render);
}

describe('the interfaces that a configuration names', () => {
  it('are no matter when the host has them', () => {
    assert.deepEqual(found(['lo', 'eth1', 'lan0', 'ens33', 'eth9']), []);
  });

  it('are errors where the host lacks them, each where it is written', () => {
    assert.deepEqual(found(['lo', 'eth1', 'ens3']), [
      `xlb.conf:2:25: error: Cannot use interface "lan0": ${missing}\n` +
        '2 |     xlb_interfaces eth1 lan0\n' +
        '  |                         ^^^^\n' +
        'help: it has lo, eth1, ens3',
      `xlb.conf:6:15: error: Cannot use interface "ens33": ${missing}\n` +
        '6 |     interface ens33\n' +
        '  |               ^^^^^\n' +
        'help: did you mean "ens3"?',
      `xlb.conf:10:22: error: Cannot use interface "eth9": ${missing}\n` +
        '10 |         10.0.0.2 dev eth9\n' +
        '   |                      ^^^^\n' +
        'help: did you mean "eth1"?',
    ]);
  });

  it('are warned of where only the line itself comes to nothing, and macvlans of use_vmac are made', () => {
    assert.deepEqual(found(['ens33', 'lo'], tracking), [
      `xlb.conf:6:9: warning: Cannot use interface "eth1": ${missing.replace(' [', '; it counts as down [')}\n` +
        '6 |         eth1\n' +
        '  |         ^^^^\n' +
        'help: it has ens33, lo',
      `xlb.conf:13:25: warning: Cannot use interface "eth9": ${added}\n` +
        '13 |         10.1.0.0/16 dev eth9\n' +
        '   |                         ^^^^\n' +
        'help: it has ens33, lo',
    ]);
  });

  it('are waited for with dynamic_interfaces', () => {
    const waiting = `global_defs {\n    dynamic_interfaces\n}\n${tracking}`;
    assert.deepEqual(
      found(['eth1', 'eth9', 'lo'], waiting).map((one) => one.split('\n')[0]),
      [
        `xlb.conf:5:15: warning: Cannot use interface "ens33": ${missing.replace(' [', '; it is waited for [')}`,
      ],
    );
  });
});
