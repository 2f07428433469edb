import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { CheckResult } from '../../../src/check/checker.ts';
import { closeVipProbes } from '../../../src/check/vip/probe.ts';
import type { NetworkCheckConfig } from '../../../src/config/model.ts';
import { until } from '../../../src/demo/pause.ts';
import { attemptOnce } from '../../helpers/attempt_once.ts';
import { inOwnNamespace, sh, vethToPeer } from '../../helpers/netns.ts';
import { tcpCheckConfig } from '../../helpers/sample_config.ts';

const mac = '02:00:00:09:00:02';
const vip = { 4: '10.9.0.100', 6: 'fd09::100' } as const;
const real = { 4: '10.9.0.2', 6: 'fd09::2' } as const;

/** Port 80 of all addresses, and port 82 of the real server's own. */
const services = `
  const serve = (port, address, then) => require('net').createServer((s) => s.destroy()).listen(port, address, then);
  serve(80, '::', () => serve(82, '10.9.0.2', () => console.log('ready')));`;

function check(family: 4 | 6, port: number, changes: Partial<NetworkCheckConfig> = {}): NetworkCheckConfig {
  const targets = [{ address: vip[family], port }];
  const probed = { connectIp: real[family], connectPort: port, vip: { realServer: real[family], targets } };
  return { ...tcpCheckConfig({ ...probed, connectTimeoutMs: 5_000 }), ...changes } as NetworkCheckConfig;
}

if (await inOwnNamespace(import.meta.url)) {
  describe('a check with xlb_check_vip', { timeout: 300_000 }, () => {
    let child: ChildProcess;

    const loopback = (verb: 'add' | 'del', address: string) =>
      sh(`ip -n peer address ${verb} ${address} dev lo${verb === 'add' ? ' nodad' : ''}`);
    const arpIgnore = (value: number) =>
      sh(`ip netns exec peer sysctl -qw net.ipv4.conf.all.arp_ignore=${value}`);

    before(async () => {
      vethToPeer();
      sh(`ip address add ${vip[4]}/32 dev v0; ip address add ${vip[6]}/128 dev v0 nodad preferred_lft 0`);
      sh('ip netns exec peer sysctl -qw net.ipv4.conf.all.arp_announce=2');
      arpIgnore(1);
      const argv = ['netns', 'exec', 'peer', process.execPath, '-e', services];
      child = spawn('ip', argv, { stdio: ['ignore', 'pipe', 'inherit'] });
      await once(child.stdout ?? assert.fail('no output'), 'data');
    });
    beforeEach(() => {
      for (const address of Object.values(vip)) sh(`ip -n peer address replace ${address} dev lo nodad`);
    });
    after(async () => {
      child.kill('SIGKILL');
      await closeVipProbes();
    });

    for (const family of [4, 6] as const) {
      it(`passes over IPv${family} while the VIP is on the loopback, and fails while it is not`, async () => {
        assert.deepEqual(await attemptOnce(check(family, 80)), { code: 'L4OK' });
        loopback('del', vip[family]);
        const { code, detail } = await attemptOnce(check(family, 80, { connectTimeoutMs: 600 }));
        assert.equal(code, 'VIPTOUT');
        const place = family === 4 ? '10.9.0.100:80' : '[fd09::100]:80';
        const cure = `is the address on its loopback? \`xlb realserver up ${vip[family]}\` there`;
        assert.equal(detail, `VIP ${place} at ${mac}: no answer; ${cure}`);
        loopback('add', vip[family]);
        assert.deepEqual(await attemptOnce(check(family, 80)), { code: 'L4OK' });
      });
    }

    it('fails where the service listens on the own address only', async () => {
      assert.deepEqual(await attemptOnce(check(4, 82)), {
        code: 'VIPCON',
        detail: `VIP 10.9.0.100:82 at ${mac}: refused; the service there must listen on it, or on all addresses`,
      });
    });

    it('says what the check itself says where that fails', async () => {
      assert.deepEqual(await attemptOnce(check(4, 81)), { code: 'L4CON', detail: 'ECONNREFUSED' });
    });

    it('of a group fails for the one address that is missing', async () => {
      const missing = { address: '10.9.0.101', port: 80 };
      const targets = [{ address: vip[4], port: 80 }, missing];
      const { code, detail } = await attemptOnce(
        check(4, 80, { connectTimeoutMs: 1_500, vip: { realServer: real[4], targets } }),
      );
      assert.deepEqual([code, detail?.split(' at ')[0]], ['VIPTOUT', 'VIP 10.9.0.101:80']);
    });

    it('says where the real server cannot be reached at all', async () => {
      const targets = [{ address: vip[4], port: 80 }];
      assert.deepEqual(
        await attemptOnce(check(4, 80, { connectTimeoutMs: 600, vip: { realServer: '10.9.0.77', targets } })),
        {
          code: 'VIPTOUT',
          detail: 'VIP 10.9.0.100:80: 10.9.0.77 has no MAC address in the neighbour table',
        },
      );
    });

    it('asks nothing where the real server is the director itself', async () => {
      const targets = [{ address: '10.9.0.99', port: 80 }];
      const own = { vip: { realServer: '10.9.0.1', targets } };
      assert.deepEqual(await attemptOnce(check(4, 80, own)), { code: 'L4OK' });
    });

    it('follows a real server whose MAC has changed within one attempt', async () => {
      assert.deepEqual(await attemptOnce(check(4, 80)), { code: 'L4OK' });
      sh(`ip -n peer link set p0 address 02:00:00:09:00:33; ip neigh flush dev v0`);
      assert.deepEqual(await attemptOnce(check(4, 80, { connectTimeoutMs: 10_000 })), { code: 'L4OK' });
      sh(`ip -n peer link set p0 address ${mac}; ip neigh flush dev v0`);
      assert.deepEqual(await attemptOnce(check(4, 80, { connectTimeoutMs: 10_000 })), { code: 'L4OK' });
    });

    it('passes, with a warning, where the real server answers ARP for the VIP', async () => {
      await closeVipProbes(); // else it asks no sooner than a minute after the last time
      arpIgnore(0);
      const result = await until('the warning', { everyMs: 50, atMostMs: 30_000 }, async () => {
        const one: CheckResult = await attemptOnce(check(4, 80));
        return one.warning === undefined ? undefined : one;
      });
      arpIgnore(1);
      assert.deepEqual(result, {
        code: 'L4OK',
        warning:
          `Real server 10.9.0.2 (${mac}) answers ARP for 10.9.0.100: clients can reach it past the director. ` +
          'Run `xlb realserver up 10.9.0.100` there, which sets arp_ignore 1 and arp_announce 2',
      });
    });

    it('says nothing about the real server while its interface is down', async () => {
      sh('ip link set v0 down');
      const { code } = await attemptOnce(check(4, 80, { connectTimeoutMs: 600 }));
      sh('ip link set v0 up');
      assert.ok(['L4CON', 'L4TOUT', 'SOCKERR'].includes(code), code);
    });
  });
}
