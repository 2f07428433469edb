import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { advise } from '../../src/config/advice.ts';
import { parseConfig } from '../../src/daemon/grammar.ts';

const router = (address: string): string =>
  `vrrp_instance V {\n interface e\n virtual_router_id 1\n virtual_ipaddress {\n ${address}\n }\n}\n`;
const server = (address: string, real = '10.0.0.21'): string =>
  `virtual_server ${address} 80 {\n lb_algo rr\n lb_kind DR\n protocol TCP\n real_server ${real} 80 {\n }\n}\n`;

/** 'LINE message: help'. */
function advice(text: string): string[] {
  const { config, diagnostics } = parseConfig(text, { file: 'x' });
  assert.deepEqual(diagnostics, []);
  assert.ok(config);
  return advise(config).map(
    ({ at, severity, message, help }) => `${at.line} ${severity}: ${message}: ${help}`,
  );
}

const loopback =
  'note: Every real server must hold the virtual address on its loopback, and must not answer ARP for it ' +
  '(xlb_check_vip on finds those that do not): run on each: xlb realserver up';

describe('the advice on a configuration', () => {
  it('has the command that real servers need, once', () => {
    assert.deepEqual(advice(router('10.0.0.1\n 10.0.0.2') + server('10.0.0.1') + server('10.0.0.2')), [
      `9 ${loopback} 10.0.0.1 10.0.0.2`,
    ]);
  });

  it('names a few of many addresses', () => {
    const addresses = Array.from({ length: 9 }, (_, index) => `10.0.0.${index + 1}`);
    assert.deepEqual(advice(addresses.map((address) => server(address)).join('')), [
      `1 ${loopback} 10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4 10.0.0.5 10.0.0.6 and 3 more`,
    ]);
  });

  it('says which address no instance holds, where there are instances', () => {
    assert.deepEqual(advice(router('10.0.0.1') + server('10.0.0.11')), [
      `8 ${loopback} 10.0.0.11`,
      '8 note: No vrrp_instance holds 10.0.0.11: something else must bring it to this director: ' +
        'write it into virtual_ipaddress where an instance should have it',
    ]);
    assert.deepEqual(advice(server('10.0.0.11')), [`1 ${loopback} 10.0.0.11`]);
  });

  it('says that a real server has a virtual address', () => {
    assert.deepEqual(advice(server('10.0.0.1', '10.0.0.1')), [
      `1 ${loopback} 10.0.0.1`,
      "5 note: 10.0.0.1 is a virtual address, and stands here for a real server: write the real server's own address",
    ]);
  });

  it('says nothing of routers alone', () => {
    assert.deepEqual(advice(router('10.0.0.1')), []);
  });
});
