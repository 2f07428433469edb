import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { examine } from '../../src/doctor/finding.ts';
import { type RealserverFacts, realserverChecks } from '../../src/doctor/realserver_checks.ts';
import { filesOf, healthyFacts } from '../helpers/doctor_facts.ts';

const conf = '/proc/sys/net/ipv4/conf';
const silent = filesOf({ [`${conf}/all/arp_ignore`]: '1', [`${conf}/all/arp_announce`]: '2' });

function look(changes: Partial<RealserverFacts>): string[] {
  const facts = { ...healthyFacts, files: silent, virtualAddresses: [], ...changes };
  return examine(realserverChecks, facts).map(
    ({ check, cure, state }) => `${check} ${state}${cure ? `: ${cure}` : ''}`,
  );
}

describe('the doctor of a real server', () => {
  it('is content with addresses on lo and ARP that is silent about them', () => {
    const addresses = [{ index: 1, address: '10.0.0.1', prefix: 32 }];
    assert.deepEqual(look({ addresses }), ['virtual_address ok', 'arp_ignore ok', 'arp_announce ok']);
  });

  it('misses an address where none is', () => {
    assert.deepEqual(look({ addresses: [] })[0], 'virtual_address fail: xlb realserver up VIP');
  });

  it('has the command for an address that is missing, elsewhere, or a network', () => {
    const addresses = [
      { index: 2, address: '10.0.0.1', prefix: 24 },
      { index: 1, address: '10.0.0.2', prefix: 24 },
    ];
    const virtualAddresses = ['10.0.0.1', '10.0.0.2', '10.0.0.3'];
    assert.deepEqual(look({ addresses, virtualAddresses }).slice(0, 3), [
      'virtual_address fail: ip address delete 10.0.0.1/24 dev eth0, then: xlb realserver up 10.0.0.1',
      'virtual_address fail: ip address delete 10.0.0.2/24 dev lo, then: xlb realserver up 10.0.0.2',
      'virtual_address fail: xlb realserver up 10.0.0.3',
    ]);
  });

  it('finds every interface that answers ARP for it, and asks nothing of them for IPv6', () => {
    const files = filesOf({ [`${conf}/all/arp_announce`]: '2', [`${conf}/eth1/arp_ignore`]: '1' });
    const addresses = [{ index: 1, address: '10.0.0.1', prefix: 32 }];
    assert.deepEqual(look({ addresses, files }), [
      'virtual_address ok',
      'arp_ignore fail: sysctl -w net.ipv4.conf.all.arp_ignore=1',
      'arp_announce ok',
    ]);
    const ipv6 = [{ index: 1, address: 'fd00::1', prefix: 128 }];
    assert.deepEqual(look({ addresses: ipv6, files: filesOf({}) }), ['virtual_address ok']);
  });
});
