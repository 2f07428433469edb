import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { addon } from '../../src/addon/addon.ts';
import { inOwnNamespace, sh, vethToPeer } from '../helpers/netns.ts';

const at = (address: string, name = '') => ({ address, interface: name });
const answers = (address: string) => {
  try {
    sh(`ip netns exec peer ping -c 1 -W 0.3 -i 0.1 ${address}`);
    return true;
  } catch {
    return false;
  }
};

if (await inOwnNamespace(import.meta.url)) {
  describe('AddressFilter', { timeout: 300_000 }, () => {
    const filter = new (addon().AddressFilter)({ table: 'xlb_test' });
    const sorted = () => filter.addresses().sort((a, b) => (a.address < b.address ? -1 : 1));

    before(() => {
      vethToPeer();
      sh('ip address add 10.9.0.100/32 dev v0');
      sh('ip address add fd09::100/64 dev v0 nodad; ip address add fe80::100/64 dev v0 nodad');
    });
    after(() => filter.close());
    afterEach(() => filter.replace([]));

    it('holds exactly what it was told; without any there is no table', () => {
      assert.deepEqual(filter.addresses(), []);
      filter.replace([at('10.9.0.100'), at('fd09::100')]);
      filter.add([at('fe80::100', 'v0'), at('10.9.0.100')]);
      filter.add([at('10.9.0.101')]);
      filter.remove([at('10.9.0.101')]);
      assert.deepEqual(sorted(), [at('10.9.0.100'), at('fd09::100'), at('fe80::100', 'v0')]);
      filter.replace([at('10.9.0.7')]);
      assert.deepEqual(sorted(), [at('10.9.0.7')]);
      filter.replace([]);
      assert.deepEqual(filter.addresses(), []);
      assert.throws(() => filter.add([at('10.9.0.7')]), { code: 'XLB_SYSTEM', errno: 2 });
    });

    it('holds thousands of addresses', () => {
      const many = Array.from({ length: 5_000 }, (_, i) => at(`10.50.${i >> 8}.${i & 255}`));
      filter.replace(many);
      filter.add(Array.from({ length: 1_000 }, (_, i) => at(`fd50::${(i + 1).toString(16)}`)));
      assert.equal(filter.addresses().length, 6_000);
    });

    it('drops what comes for an address, and no other; the neighbours still find it', () => {
      sh('ip -n peer neigh flush dev p0');
      filter.replace([at('10.9.0.100'), at('fd09::100'), at('fe80::100', 'v0')]);
      assert.deepEqual(['10.9.0.1', 'fd09::1'].map(answers), [true, true]);
      assert.deepEqual(['10.9.0.100', 'fd09::100', 'fe80::100%p0'].map(answers), [false, false, false]);
      const neighbours = ['10.9.0.100', 'fd09::100', 'fe80::100'].map(
        (address) => /lladdr (\S+)/.exec(sh(`ip -n peer neigh show ${address}`))?.[1],
      );
      assert.deepEqual(neighbours, Array(3).fill('02:00:00:09:00:01'));
      filter.remove([at('10.9.0.100'), at('fd09::100'), at('fe80::100', 'v0')]);
      assert.deepEqual(['10.9.0.100', 'fd09::100', 'fe80::100%p0'].map(answers), [true, true, true]);
    });

    it('drops a link-local address on its own link only, and what leaves from an address', () => {
      filter.replace([at('fe80::100', 'other'), at('10.9.0.100')]);
      assert.equal(answers('fe80::100%p0'), true);
      assert.throws(() => sh('ping -c 1 -W 0.3 -I 10.9.0.100 10.9.0.2'));
    });

    it('outlives its owner, and is taken over by the next one', () => {
      const first = new (addon().AddressFilter)({ table: 'xlb_test' });
      first.replace([at('10.9.0.100')]);
      first.close();
      assert.equal(answers('10.9.0.100'), false);
      filter.add([at('10.9.0.101')]);
      filter.replace(filter.addresses());
      assert.deepEqual(sorted(), [at('10.9.0.100'), at('10.9.0.101')]);
    });

    it('tries the kernel without leaving anything', () => {
      filter.replace([at('10.9.0.100')]);
      filter.check();
      assert.deepEqual(sorted(), [at('10.9.0.100')]);
      filter.replace([]);
      filter.check();
    });

    it('says where an argument is wrong', () => {
      assert.throws(() => filter.add([{ address: 'x', interface: '' }]), /addresses\[0\]\.address/);
    });
  });
}
