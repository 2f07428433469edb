import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Announcer, addon } from '../../src/addon/addon.ts';
import { framesAtPeer } from '../helpers/capture.ts';
import { command, needs } from '../helpers/needs.ts';
import { inOwnNamespace, sh, vethToPeer } from '../helpers/netns.ts';

function indexOf(interfaceName: string): number {
  const netlink = new (addon().Netlink)();
  const link = netlink.links().find(({ name }) => name === interfaceName);
  netlink.close();
  return link?.index ?? assert.fail(`there is no ${interfaceName}`);
}

if (await inOwnNamespace(import.meta.url)) {
  describe('announce', { timeout: 300_000 }, () => {
    let index: number;

    before(() => {
      vethToPeer();
      index = indexOf('v0');
    });

    const atPeer = (address: string) => sh(`ip -n peer neigh show ${address}`).trim();
    const skip = needs(command('tcpdump'));

    it('sends gratuitous ARP requests for IPv4 (RFC 5227 §3), as often as told', { skip }, async () => {
      const frame = [
        'ffffffffffff 020000090001 0806', // broadcast, own MAC, ARP
        '0001 0800 06 04 0001', // Ethernet, IPv4, request
        '020000090001 0a090164', // sender: own MAC, the address
        '000000000000 0a090164', // target: the address
      ];
      assert.deepEqual(
        await framesAtPeer('arp', 2, () => addon().announce(index, '10.9.1.100', 2)),
        Array(2).fill(frame.join('').replaceAll(' ', '')),
      );
    });

    it('sends an unsolicited neighbour advertisement for IPv6 (RFC 4861 §7.2.6)', { skip }, async () => {
      const advert = (flags: string) => [
        '333300000001 020000090001 86dd', // all nodes, own MAC, IPv6
        '60000000 0020 3a ff', // 32 bytes of ICMPv6, hop limit 255
        'fd090000000000000000000000000064 ff020000000000000000000000000001',
        `88 00 ---- ${flags}000000`, // advertisement, checksum, flags
        'fd090000000000000000000000000064', // target
        '02 01 020000090001', // target link-layer address
      ];
      const filter = 'icmp6 and ip6[40] == 136 and ip6 src fd09::64';
      const seen = async () =>
        (await framesAtPeer(filter, 1, () => addon().announce(index, 'fd09::64', 1))).map((frame) =>
          frame.replace(/^(.{112})..../, '$1----'),
        );
      assert.deepEqual(await seen(), [advert('20').join('').replaceAll(' ', '')]); // override
      sh('echo 1 >/proc/sys/net/ipv6/conf/v0/forwarding');
      assert.deepEqual(await seen(), [advert('a0').join('').replaceAll(' ', '')]); // and router
      sh('echo 0 >/proc/sys/net/ipv6/conf/v0/forwarding');
    });

    it('is refused, and holds nobody up, where the queue of the interface is full', {
      skip: needs(command('tc')),
    }, () => {
      sh('tc qdisc add dev v0 root tbf rate 8kbit burst 1600 limit 1000000');
      const announcer: Announcer = new (addon().Announcer)();
      try {
        assert.throws(() => {
          for (let sent = 0; sent < 2_000; sent++) announcer.send({ index, address: '10.9.1.100' });
        }, /^Error: announce 10\.9\.1\.100 on v0: Resource temporarily unavailable$/);
      } finally {
        announcer.close();
        sh('tc qdisc del dev v0 root');
      }
    });

    for (const address of ['10.9.0.100', 'fd09::100']) {
      it(`moves ${address} to here in a neighbour's table`, () => {
        sh(`ip -n peer neigh replace ${address} lladdr 02:00:00:00:00:77 dev p0 nud stale`);
        addon().announce(index, address, 1);
        // The peer's softirq takes the frame a moment later; each look at its table is a process of some ms.
        for (let looks = 0; looks < 100 && atPeer(address).includes('02:00:00:00:00:77'); looks++);
        assert.match(atPeer(address), /lladdr 02:00:00:09:00:01/);
      });
    }

    describe('Announcer', () => {
      const announcers: Announcer[] = [];
      const open = () => {
        const announcer = new (addon().Announcer)();
        announcers.push(announcer);
        return announcer;
      };
      after(() => {
        for (const announcer of announcers) announcer.close();
      });

      it('says that an address is at the MAC it is told', { skip }, async () => {
        const announcer = open();
        const mac = '00:00:5e:00:01:33';
        const frames = await framesAtPeer('arp or (icmp6 and ip6[40] == 136)', 2, () => {
          announcer.send({ index, address: '10.9.1.100', mac });
          announcer.send({ index, address: 'fd09::64', mac });
        });
        // The sender in the Ethernet header, and in the ARP or in the option of the advertisement.
        const senders = ([arp = '', advert = '']: string[]) =>
          [arp.slice(12, 24), arp.slice(44, 56), advert.slice(12, 24), advert.slice(-12)].join(' ');
        assert.equal(senders(frames), Array(4).fill(mac.replaceAll(':', '')).join(' '));
      });

      it("announces with the interface's MAC where it is told none", () => {
        sh('ip -n peer neigh replace 10.9.0.101 lladdr 02:00:00:00:00:77 dev p0 nud stale');
        open().send({ index, address: '10.9.0.101' });
        for (let looks = 0; looks < 100 && atPeer('10.9.0.101').includes('02:00:00:00:00:77'); looks++);
        assert.match(atPeer('10.9.0.101'), /lladdr 02:00:00:09:00:01/);
      });

      it('says why it cannot', () => {
        const announcer = open();
        const address = '10.9.1.1';
        assert.throws(() => announcer.send({ index: 4_000, address }), {
          message: 'announce 10.9.1.1 on interface 4000: No such device',
          errno: 19,
        });
        announcer.close();
        assert.throws(() => announcer.send({ index, address }), {
          message: 'announce 10.9.1.1 on v0: this Announcer is closed',
          code: 'XLB_ARGUMENT',
        });
      });
    });

    it('names the address, the interface and the reason when it cannot', () => {
      assert.throws(() => addon().announce(indexOf('lo'), '10.9.1.1', 1), {
        message: 'announce 10.9.1.1 on lo: the interface is not an Ethernet',
        code: 'XLB_ARGUMENT',
      });
      assert.throws(() => addon().announce(4_000, '10.9.1.1', 1), {
        message: 'announce 10.9.1.1 on interface 4000: No such device',
        code: 'XLB_SYSTEM',
        errno: 19,
      });
      sh('ip link add d0 type veth peer name d1');
      assert.throws(() => addon().announce(indexOf('d0'), '10.9.1.1', 1), {
        message: 'announce 10.9.1.1 on d0: Network is down',
        errno: 100,
      });
    });
  });
}
