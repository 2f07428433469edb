import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { render } from '../../src/config/diagnostic.ts';
import { validateAgainstHost } from '../../src/config/host.ts';
import { parseConfig } from '../../src/daemon/grammar.ts';

const missing = 'this host has none of that name [NO_SUCH_INTERFACE]';

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

function found(links: readonly string[]): string[] {
  const { config } = parseConfig(text, { file: 'xlb.conf' });
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
});
