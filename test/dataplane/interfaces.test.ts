import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chooseInterfaces } from '../../src/dataplane/interfaces.ts';
import { linkOf } from '../helpers/fake_host.ts';

const lo = linkOf(1, 'lo', { loopback: true });
const eth0 = linkOf(2, 'eth0');
const eth1 = linkOf(3, 'eth1');
const links = [lo, eth0, eth1];

describe('the interfaces of the packet path', () => {
  it('are those named and those that hold an address, each once', () => {
    const addresses = [
      { index: 3, address: '10.0.0.1', prefix: 32 },
      { index: 2, address: '10.0.0.1', prefix: 24 },
    ];
    assert.deepEqual(
      chooseInterfaces({ names: ['eth0'], addresses: ['10.0.0.1'], datapath: 'auto' }, { links, addresses }),
      { links: [eth0, eth1], problems: [] },
    );
  });

  it('never are the loopback interface', () => {
    const addresses = [{ index: 1, address: '10.0.0.1', prefix: 32 }];
    assert.deepEqual(
      chooseInterfaces({ names: [], addresses: ['10.0.0.1'], datapath: 'auto' }, { links, addresses }),
      {
        links: [],
        problems: [
          'No interface holds 10.0.0.1: put it in a vrrp_instance, unless it is routed to this host',
        ],
      },
    );
  });

  it('say once that no interface holds the addresses of a large group', () => {
    const group = Array.from({ length: 9 }, (_, at) => `10.0.0.${at + 1}`);
    assert.deepEqual(
      chooseInterfaces({ names: [], addresses: group, datapath: 'auto' }, { links, addresses: [] }).problems,
      [
        'No interface holds 10.0.0.1 and 8 other addresses of virtual servers: ' +
          'put them in a vrrp_instance, unless they are routed to this host',
      ],
    );
  });

  it('lack one that has gone, which is said', () => {
    assert.deepEqual(
      chooseInterfaces(
        { names: ['eth9', 'eth0', 'vrrp.1'], addresses: [], awaited: ['vrrp.1'], datapath: 'auto' },
        { links, addresses: [] },
      ),
      {
        links: [eth0],
        problems: ['Interface eth9 does not exist: traffic that arrives on it is not balanced'],
      },
    );
  });
});
