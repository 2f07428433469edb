import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, before, beforeEach, describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { addon, type HostEvent } from '../../src/addon/addon.ts';
import { until } from '../../src/demo/pause.ts';
import { HostEvents } from '../helpers/host_events.ts';
import { inOwnNamespace, sh, vethToPeer } from '../helpers/netns.ts';

const addonModule = new URL('../../src/addon/addon.js', import.meta.url).href;

/** Is thread `id` of this process a monitor's? One that ended meanwhile is not. */
function isMonitor(id: string): boolean {
  try {
    return readFileSync(`/proc/self/task/${id}/comm`, 'utf8') === 'xlb-netlink\n';
  } catch {
    return false;
  }
}

const monitorThreads = (): number => readdirSync('/proc/self/task').filter(isMonitor).length;

/** Waits for `expected` monitors: the kernel lists a thread a moment longer than a join waits for it. */
const untilMonitorThreads = (expected: number): Promise<true> =>
  until(`${expected} monitors`, { everyMs: 1, atMostMs: 30_000 }, async () =>
    monitorThreads() === expected ? true : undefined,
  );

if (await inOwnNamespace(import.meta.url)) {
  describe('NetlinkMonitor', { timeout: 300_000 }, () => {
    let events: HostEvents;
    let index: number;

    before(() => {
      vethToPeer();
      const netlink = new (addon().Netlink)();
      index = netlink.links().find(({ name }) => name === 'v0')?.index ?? 0;
      netlink.close();
    });
    beforeEach(() => {
      events = new HostEvents();
    });
    afterEach(() => events.close());

    it('tells of a link that goes down, comes up and goes away', async () => {
      sh('ip link add d0 type veth peer name d1; ip link set d0 up');
      const up = await events.first((event) => event.kind === 'link' && event.name === 'd0' && event.up);
      assert.ok(up.kind === 'link');
      assert.deepEqual([up.removed, up.mtu, up.loopback], [false, 1500, false]);
      sh('ip link set d0 down');
      await events.first((event) => event.kind === 'link' && event.index === up.index && !event.up);
      sh('ip link delete d0');
      await events.first((event) => event.kind === 'link' && event.index === up.index && event.removed);
    });

    it('tells of carrier that is lost', async () => {
      sh('ip -n peer link set p0 down');
      await events.first((event) => event.kind === 'link' && event.index === index && !event.running);
      sh('ip -n peer link set p0 up');
    });

    it('tells of addresses that come and go', async () => {
      sh('ip address add 10.9.1.1/32 dev v0; ip address delete 10.9.1.1/32 dev v0');
      const isOurs = (event: HostEvent) => event.kind === 'address' && event.address === '10.9.1.1';
      await events.first((event) => isOurs(event) && 'removed' in event && event.removed);
      const told = { kind: 'address', index, address: '10.9.1.1', prefix: 32, label: 'v0' };
      assert.deepEqual(events.seen.filter(isOurs), [
        { ...told, removed: false },
        { ...told, removed: true },
      ]);
    });

    it('tells of neighbours that come and go', async () => {
      sh(
        'ip neigh add 10.9.0.9 lladdr 02:00:00:00:00:09 dev v0 nud permanent; ip neigh delete 10.9.0.9 dev v0',
      );
      const isOurs = (event: HostEvent) => event.kind === 'neighbour' && event.address === '10.9.0.9';
      await events.first((event) => isOurs(event) && 'removed' in event && event.removed);
      const [first] = events.seen.filter(isOurs);
      const told = { kind: 'neighbour', removed: false, index, address: '10.9.0.9' };
      assert.deepEqual(first, { ...told, mac: '02:00:00:00:00:09', state: 'permanent' });
    });

    it('tells once of many routes that changed while nobody listened', async () => {
      const many = Array.from({ length: 200 }, (_, i) => `route add blackhole 10.5.${i}.0/24`).join('\n');
      execFileSync('ip', ['-batch', '-'], { input: many });
      await events.first(({ kind }) => kind === 'route');
      // Of addresses it may tell, too: IPv6 takes its time to find out that nobody else has one.
      assert.deepEqual(
        events.seen.filter(({ kind }) => kind === 'route'),
        [{ kind: 'route' }],
      );
    });

    it('tells of an overrun when more happened than it keeps', async () => {
      const many = Array.from(
        { length: 17_000 },
        (_, i) => `neigh add 10.9.${i >> 8}.${i & 255} lladdr 02:00:00:00:00:01 dev v0 nud permanent`,
      );
      sh('ip address add 10.9.0.1/16 dev v0');
      execFileSync('ip', ['-force', '-batch', '-'], {
        input: many.join('\n'),
        stdio: ['pipe', 'ignore', 'ignore'],
      });
      await events.first(({ kind }) => kind === 'overrun');
      assert.ok(events.seen.length < 16_384, `${events.seen.length} events were kept`);
      sh('ip neigh flush dev v0 nud permanent');
    });

    it('tells nothing after close()', async () => {
      events.close();
      sh('ip address add 10.9.1.2/32 dev v0; ip address delete 10.9.1.2/32 dev v0');
      const other = new HostEvents();
      sh('ip route add blackhole 10.4.0.0/24');
      await other.first(({ kind }) => kind === 'route');
      other.close();
      assert.deepEqual(events.seen, []);
    });

    it('leaves no thread and no descriptor behind when opened and closed many times', async () => {
      await untilMonitorThreads(1);
      const descriptors = readdirSync('/proc/self/fd').length;
      for (let i = 0; i < 100; i++) new (addon().NetlinkMonitor)(() => {}).close();
      assert.equal(readdirSync('/proc/self/fd').length, descriptors);
      await untilMonitorThreads(1);
    });

    it('ends with its worker thread', async (test) => {
      await untilMonitorThreads(1);
      const code = `
        import { parentPort } from 'node:worker_threads';
        import { addon } from '${addonModule}';
        new (addon().NetlinkMonitor)(() => {});
        parentPort.postMessage('open');`;
      const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`));
      test.after(() => worker.terminate());
      await once(worker, 'message');
      assert.equal(monitorThreads(), 2);
      await worker.terminate();
      await untilMonitorThreads(1);
    });

    it('keeps a process alive until it is closed, and lets it exit when it is not', () => {
      const run = (after: string) => {
        const code = `import { addon } from '${addonModule}';
          const monitor = new (addon().NetlinkMonitor)(() => {});
          process.on('exit', () => console.log('ended'));
          ${after}`;
        return execFileSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' });
      };
      assert.equal(
        run(`setTimeout(() => { console.log('alive'); monitor.close(); }, 50).unref()`),
        'alive\nended\n',
      );
      assert.equal(run('process.exit(0)'), 'ended\n');
    });

    it('makes an exception of its listener an uncaught one', () => {
      const code = `import { addon } from '${addonModule}';
        import { execFileSync } from 'node:child_process';
        const monitor = new (addon().NetlinkMonitor)(() => { throw new Error('of the listener'); });
        process.on('uncaughtException', (error) => { console.log(error.message); monitor.close(); });
        execFileSync('ip', ['route', 'add', 'blackhole', '10.3.0.0/24']);`;
      const out = execFileSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' });
      assert.equal(out, 'of the listener\n');
    });
  });
}
