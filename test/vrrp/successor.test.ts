import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { AddressKeeper } from '../../src/vrrp/address_keeper.ts';
import { encodeAdvert } from '../../src/vrrp/advert.ts';
import { NotAccepted } from '../../src/vrrp/not_accepted.ts';
import { ownedAddresses } from '../../src/vrrp/owned_addresses.ts';
import { rememberedInstances, rememberInstances } from '../../src/vrrp/remembered_instances.ts';
import { Sockets } from '../../src/vrrp/sockets.ts';
import { yieldToSuccessors } from '../../src/vrrp/successor.ts';
import { FakeClock } from '../helpers/fake_clock.ts';
import { FakeHost } from '../helpers/fake_host.ts';
import { memoryLog } from '../helpers/memory_log.ts';
import { span, vrrpInstanceConfig } from '../helpers/sample_config.ts';
import { v2 } from './advert_samples.ts';

const directory = mkdtempSync(join(tmpdir(), 'xlb-successor-'));
after(() => rmSync(directory, { recursive: true }));
const address = { address: '10.0.0.1', prefix: 32, interface: 'eth0' };

function afterCrash(name: string) {
  const host = new FakeHost();
  host.addresses = [...host.addresses, { index: 2, address: '10.0.0.1', prefix: 32 }];
  host.filtered = [{ address: '10.0.0.1', interface: '' }];
  const { AddressFilter, Netlink, VrrpSocket } = host.addon();
  const netlink = new Netlink();
  const { logger: log, lines } = memoryLog();
  const owned = ownedAddresses(join(directory, `${name}.json`), log);
  owned.add(address);
  const notAccepted = new NotAccepted({ filter: new AddressFilter({ table: 'xlb_test' }), log });
  notAccepted.adopt(owned.all());
  const file = join(directory, `${name}.vrrp.json`);
  rememberInstances(file, [vrrpInstanceConfig({ addresses: [{ ...address, span }] })]);
  const clock = new FakeClock();
  const back = { isTakenOver: false };
  const over = yieldToSuccessors(rememberedInstances(file), {
    clock,
    log,
    keeper: new AddressKeeper({ netlink, owned, log, notAccepted }),
    sockets: new Sockets((options, listener) => new VrrpSocket(options, listener)),
    host: () => ({
      link: (link) => host.links.find((one) => one.name === link),
      addresses: host.addresses,
    }),
    isTakenOver: () => back.isTakenOver,
  });
  const hear = (priority: number) => {
    const packet = { source: '10.0.0.9', destination: '224.0.0.18' };
    const advert = { vrid: 51, priority, intervalMs: 1_000, addresses: ['10.0.0.1'] };
    host.network.deliver({ ...packet, bytes: encodeAdvert(advert, v2, packet), ttl: 255, index: 2 });
  };
  const isHeld = () => host.addresses.some((one) => one.address === '10.0.0.1');
  const done = () => host.takeDone().filter((what) => /filter|delete/.test(what));
  return { back, clock, done, hear, isHeld, lines, over };
}

describe('what a director that was killed left', () => {
  it('stays until another director is heard as master', async () => {
    const { clock, done, hear, isHeld, lines, over } = afterCrash('heard');
    clock.advance(10_000);
    hear(0);
    assert.equal(isHeld(), true);
    hear(100);
    clock.advance(1_000);
    await over;
    assert.equal(isHeld(), false);
    // Until then no_accept goes on dropping what comes for it.
    assert.deepEqual(done(), ['delete 10.0.0.1/32 from 2', 'filter nothing']);
    assert.deepEqual(lines, ['notice (VI_1) 10.0.0.9 is master now', 'info Removed 10.0.0.1/32 on eth0']);
  });

  it('is left alone once the director is back', async () => {
    const { back, clock, hear, isHeld, over } = afterCrash('back');
    back.isTakenOver = true;
    hear(100);
    clock.advance(1_000);
    await over;
    assert.equal(isHeld(), true);
  });
});
