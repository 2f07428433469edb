import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { runAttempt } from '../../src/check/attempt.ts';
import { pingCheck } from '../../src/check/ping_check.ts';
import { udpCheck } from '../../src/check/udp_check.ts';
import type { PingCheckConfig } from '../../src/config/model.ts';
import { inOwnNamespace, sh, vethToPeer } from '../helpers/netns.ts';
import { commonCheckConfig } from '../helpers/sample_config.ts';

const never = new AbortController().signal;

function config(connectIp: string, changes: Partial<PingCheckConfig> = {}): PingCheckConfig {
  return { kind: 'PING_CHECK', ...commonCheckConfig, connectIp, ...changes };
}
const code = async (check: PingCheckConfig) => (await pingCheck.run(check, never)).code;

if (await inOwnNamespace(import.meta.url)) {
  vethToPeer();
  // What is unreachable is found out in a second, not in three.
  sh('sysctl -qw net.ipv4.neigh.v0.retrans_time_ms=50 net.ipv6.neigh.v0.retrans_time_ms=50');

  for (const [kind, range] of [
    ['raw', '1 0'],
    ['ping', '0 2147483647'],
  ] as const)
    describe(`PING_CHECK with ${kind} sockets`, { timeout: 300_000 }, () => {
      it('passes when the host answers, over IPv4 and IPv6', async () => {
        writeFileSync('/proc/sys/net/ipv4/ping_group_range', range);
        const hosts = ['10.9.0.2', 'fd09::2', '127.0.0.1', '::1'];
        const codes = await Promise.all(hosts.map((host) => code(config(host))));
        assert.deepEqual(codes, ['L3OK', 'L3OK', 'L3OK', 'L3OK']);
      });

      it('tells hundreds of pings to one host apart', async () => {
        const codes = await Promise.all(Array.from({ length: 300 }, () => code(config('10.9.0.2'))));
        assert.deepEqual(new Set(codes), new Set(['L3OK']));
      });

      it('comes from bindto, and says nothing where it cannot', async () => {
        sh('ip address add 10.9.0.7/24 dev v0 || true');
        assert.deepEqual(await code(config('10.9.0.2', { bindto: '10.9.0.7' })), 'L3OK');
        assert.deepEqual(await pingCheck.run(config('10.9.0.2', { bindto: '192.0.2.1' }), never), {
          code: 'SOCKERR',
          detail: 'EADDRNOTAVAIL',
        });
      });

      for (const host of ['10.9.0.99', 'fd09::99'])
        it(`fails when nobody has ${host}`, async () => {
          const result = await pingCheck.run(config(host), never);
          assert.deepEqual(result, { code: 'L3ERR', detail: 'EHOSTUNREACH' });
        });

      it('fails where there is no way', async () => {
        const result = await pingCheck.run(config('192.0.2.1'), never);
        assert.deepEqual(result, { code: 'L3ERR', detail: 'ENETUNREACH' });
      });

      it('fails when its time is over without an answer', async () => {
        sh('ip netns exec peer sysctl -qw net.ipv4.icmp_echo_ignore_all=1');
        const check = config('10.9.0.2', { connectTimeoutMs: 100 });
        const { code: late, latencyMs } = await runAttempt(check, systemClock);
        sh('ip netns exec peer sysctl -qw net.ipv4.icmp_echo_ignore_all=0');
        assert.equal(late, 'L3TOUT');
        assert.ok(latencyMs >= 99 && latencyMs < 20_000, `${latencyMs} ms`);
      });
    });

  describe('UDP_CHECK without a required reply', { timeout: 300_000 }, () => {
    for (const connectIp of ['10.9.0.99', 'fd09::99'])
      it(`fails when nobody has ${connectIp}`, async () => {
        const check = { ...commonCheckConfig, kind: 'UDP_CHECK', connectIp } as const;
        assert.deepEqual(await udpCheck.run(check, never), { code: 'L4CON', detail: 'EHOSTUNREACH' });
      });
  });
}
