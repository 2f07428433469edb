import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { borrowedSettings } from '../../src/vrrp/borrowed_sysctls.ts';
import { Secondaries } from '../../src/vrrp/secondaries.ts';
import { memoryLog } from '../helpers/memory_log.ts';
import { span, vrrpInstanceConfig } from '../helpers/sample_config.ts';

/** Settings of interfaces; others are not there. */
function settingsOf(...interfaces: readonly string[]) {
  const name = (one: string) => `net/ipv4/conf/${one}/promote_secondaries`;
  const values = new Map(interfaces.map((one) => [name(one), '0']));
  const sysctl = {
    read: (setting: string) => values.get(setting) ?? assert.fail(`${setting} is not there`),
    write: (setting: string, value: string) => void values.set(setting, value),
  };
  return { sysctl, of: (one: string) => values.get(name(one)) };
}

describe('promote_secondaries', () => {
  it('is set on the interfaces of IPv4 addresses, and given back when no instance asks for it', () => {
    const settings = settingsOf('eth0', 'eth1');
    const { logger, lines } = memoryLog();
    const secondaries = new Secondaries({
      log: logger,
      sysctl: settings.sysctl,
      borrowed: borrowedSettings('/none/sysctls.json', memoryLog().logger),
    });
    const instance = vrrpInstanceConfig({
      promoteSecondaries: true,
      addresses: [
        { address: '10.0.0.1', prefix: 24, interface: 'eth0', span },
        { address: '10.0.1.1', prefix: 24, interface: 'missing0', span },
        { address: '2001:db8::1', prefix: 64, interface: 'eth1', span },
      ],
    });
    const isThere = (name: string) => name !== 'missing0';
    secondaries.promote([instance], isThere);
    const asked = [settings.of('eth0'), settings.of('eth1')];
    secondaries.promote([{ ...instance, promoteSecondaries: false }], isThere);
    assert.deepEqual(
      { asked, after: settings.of('eth0'), lines },
      { asked: ['1', '0'], after: '0', lines: [] },
    );
  });
});
