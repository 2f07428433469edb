import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addressLine, routeLine, ruleLine, scriptLine } from '../../../src/daemon/dump/lines.ts';
import { span } from '../../helpers/sample_config.ts';

/** What keepalived 2.2.7 wrote for the same. */
describe('a line of keepalived’s dumps', () => {
  it('is that of keepalived for an address', () => {
    const eth0 = { interface: 'eth0', span };
    const macvlan = { name: 'vrrp.54', mac: '', parent: 'eth0' };
    assert.deepEqual(
      [
        addressLine({ ...eth0, address: '10.0.0.100', prefix: 24, label: 'eth0:1' }, true),
        addressLine(
          { ...eth0, address: '10.0.0.100', prefix: 24, broadcast: '10.0.0.255', scope: 253 },
          false,
        ),
        addressLine({ ...eth0, address: '10.3.0.1', prefix: 32, macvlan }, true),
        addressLine({ ...eth0, address: 'fd00::100', prefix: 64 }, true),
      ],
      [
        '10.0.0.100/24 dev eth0 scope global label eth0:1 set',
        '10.0.0.100/24 brd 10.0.0.255 dev eth0 scope link',
        '10.3.0.1 dev vrrp.54@eth0 scope global set',
        'fd00::100/64 dev eth0 scope global preferred_lft forever set',
      ],
    );
  });

  it('is that of keepalived for a route', () => {
    const eth0 = { family: 4, type: 'unicast', interface: { name: 'eth0', span }, span } as const;
    const via = { ...eth0, gateway: '10.0.0.9' };
    assert.deepEqual(
      [
        routeLine({ ...via, destination: '192.0.2.0/24' }),
        routeLine({ ...via, destination: '198.51.100.0/24', source: '10.0.0.1', metric: 5 }),
        routeLine({ ...via, destination: '0.0.0.0/0', table: 100 }),
        routeLine({ ...eth0, destination: '10.56.0.0/16', scope: 253 }),
        routeLine({ family: 4, type: 'blackhole', destination: '10.55.0.0/16', span }),
      ],
      [
        'prepend 192.0.2.0/24 via inet 10.0.0.9 dev eth0 proto 18',
        'prepend 198.51.100.0/24 src 10.0.0.1 via inet 10.0.0.9 dev eth0 proto 18 metric 5',
        'prepend 0.0.0.0/0 via inet 10.0.0.9 dev eth0 table 100 proto 18',
        'prepend 10.56.0.0/16 dev eth0 proto 18 scope 253',
        'add blackhole 10.55.0.0/16 proto 18 no_track',
      ],
    );
  });

  it('is that of keepalived for a rule', () => {
    const lookup = { family: 4, action: 'lookup', span } as const;
    assert.deepEqual(
      [
        ruleLine({ ...lookup, from: '10.0.0.100/32', priority: 16384, table: 100 }),
        ruleLine({ ...lookup, from: '10.0.0.0/24', to: '10.9.0.0/16', priority: 100, table: 100 }),
        ruleLine({ ...lookup, inputInterface: 'eth0', fwmark: 7, table: 200, priority: 101 }),
      ],
      [
        'from 10.0.0.100 priority 16384 tos 0x0 protocol 18 lookup 100',
        'from 10.0.0.0/24 to 10.9.0.0/16 priority 100 tos 0x0 protocol 18 lookup 100',
        'from all priority 101 tos 0x0 fwmark 0x7 iif eth0 protocol 18 lookup 200',
      ],
    );
  });

  it('quotes the words of a script, also where its text has no end', () => {
    const commands = ['/bin/notify  "to master"', '/bin/notify "open'];
    assert.deepEqual(
      commands.map((command) => scriptLine({ command })),
      ["'/bin/notify' 'to master'", `'/bin/notify "open'`],
    );
  });
});
