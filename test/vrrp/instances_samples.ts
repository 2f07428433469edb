/** Virtual routers on hosts that only exist in memory, for the tests of their shell. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import type {
  VirtualAddressConfig,
  VrrpInstanceConfig,
  VrrpSyncGroupConfig,
} from '../../src/config/model.ts';
import { borrowedSettings } from '../../src/vrrp/borrowed_sysctls.ts';
import { Instances, type VrrpConfig } from '../../src/vrrp/instances.ts';
import type { VrrpNews } from '../../src/vrrp/news.ts';
import { ownedAddresses } from '../../src/vrrp/owned_addresses.ts';
import { ownedRouting } from '../../src/vrrp/routing_keeper.ts';
import { FakeClock } from '../helpers/fake_clock.ts';
import { FakeHost } from '../helpers/fake_host.ts';
import { FakeNetwork } from '../helpers/fake_network.ts';
import { noSysctl, noTracking } from '../helpers/fake_vrrp_worker.ts';
import { memoryLog } from '../helpers/memory_log.ts';
import { configOf, span, vrrpGlobalConfig, vrrpInstanceConfig } from '../helpers/sample_config.ts';

const directory = mkdtempSync(join(tmpdir(), 'xlb-instances-'));
after(() => rmSync(directory, { recursive: true }));
let files = 0;

export function vip(address: string, changes: Partial<VirtualAddressConfig> = {}): VirtualAddressConfig {
  return { address, prefix: 32, interface: 'eth0', span, ...changes };
}

export function configWith(...vrrpInstances: readonly VrrpInstanceConfig[]): VrrpConfig {
  return { ...configOf([]), global: vrrpGlobalConfig, vrrpInstances };
}

/** The owner of the addresses: master at once. */
export function owning(...addresses: readonly VirtualAddressConfig[]): VrrpConfig {
  return configWith(vrrpInstanceConfig({ priority: 255, addresses }));
}

interface Where {
  readonly clock?: FakeClock;
  readonly file?: string;
}

export function instancesOn(host: FakeHost, { clock = new FakeClock(), file }: Where = {}) {
  const { AddressFilter, Announcer, Netlink, VrrpSocket } = host.addon();
  const announcer = new Announcer();
  const { logger: log, lines } = memoryLog();
  const addressesFile = file ?? join(directory, `${++files}.json`);
  const news: VrrpNews[] = [];
  const netlink = new Netlink();
  const instances = new Instances({
    netlink,
    links: () => netlink.links(),
    filter: new AddressFilter({ table: 'xlb_test' }),
    announce: (index, address, repeat) => {
      for (let sent = 0; sent < repeat; sent++) announcer.send({ index, address });
    },
    openSocket: (options, listener) => new VrrpSocket(options, listener),
    owned: ownedAddresses(addressesFile, log),
    ownedRouting: ownedRouting(`${addressesFile}.routing`, log),
    borrowed: borrowedSettings(`${addressesFile}.sysctls`, log),
    owner: 'test',
    clock,
    log,
    tell: (one) => void news.push(one),
    uptimeMs: () => 0,
    late: () => undefined,
    sysctl: noSysctl,
    track: noTracking,
  });
  return { instances, clock, lines, news, file: addressesFile };
}

/** Two directors on one network: 10.0.0.11 and 10.0.0.12. */
export function pair() {
  const network = new FakeNetwork();
  const clock = new FakeClock();
  const [first, second] = ['10.0.0.11', '10.0.0.12'].map((address) => {
    const host = new FakeHost(network);
    host.addresses = [{ index: 2, address, prefix: 24 }];
    return { host, ...instancesOn(host, { clock }) };
  });
  assert.ok(first !== undefined && second !== undefined);
  return { network, clock, first, second };
}

export const holds = ({ host }: { host: FakeHost }, address: string) =>
  host.addresses.some((one) => one.address === address);

export function syncGroup(...instances: readonly string[]): VrrpSyncGroupConfig {
  return {
    name: 'both',
    instances,
    tracking: { scripts: [], interfaces: [], files: [], processes: [], bfds: [] },
    memberWeights: false,
    notify: { sayDeleted: false, priorityChanges: false, mail: false },
    span,
  };
}
