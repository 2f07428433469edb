import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { type OwnedRouting, ownedRouting, RoutingKeeper } from '../../src/vrrp/routing_keeper.ts';
import { FakeHost } from '../helpers/fake_host.ts';
import { memoryLog } from '../helpers/memory_log.ts';

const directory = mkdtempSync(join(tmpdir(), 'xlb-routing-'));
after(() => rmSync(directory, { recursive: true }));
let files = 0;

const route = (destination: string, name?: string): OwnedRouting => ({
  kind: 'route',
  route: { family: 4, destination, type: 'unicast', ...(name === undefined ? {} : { interface: name }) },
});

function keeperOn(host: FakeHost) {
  const { logger: log, lines } = memoryLog();
  const owned = ownedRouting(join(directory, `${++files}.json`), log);
  const { Netlink } = host.addon();
  return { keeper: new RoutingKeeper({ netlink: new Netlink(), owned, log }), owned, lines };
}

describe('routes on the host', () => {
  it('that cannot be removed stay known, and are removed by the next try', () => {
    const host = new FakeHost();
    const { keeper, lines, owned } = keeperOn(host);
    keeper.add('VI_1', [route('10.8.0.0/16'), route('10.9.0.0/16')]);
    host.failing.add('delete route 10.9.0.0/16');
    keeper.remove(() => true);
    const left = owned.all();
    host.failing.clear();
    keeper.remove(() => true);
    assert.deepEqual(
      { left, lines, owned: owned.all() },
      {
        left: [route('10.9.0.0/16')],
        lines: ['warn Cannot remove route to 10.9.0.0/16: Cannot delete route 10.9.0.0/16: no'],
        owned: [],
      },
    );
  });

  it('are gone with their interface', () => {
    const host = new FakeHost();
    const { keeper, lines, owned } = keeperOn(host);
    keeper.add('VI_1', [route('10.8.0.0/16', 'eth1')]);
    host.links = host.links.filter(({ name }) => name !== 'eth1');
    keeper.remove(() => true);
    assert.deepEqual({ lines, owned: owned.all() }, { lines: [], owned: [] });
  });
});
