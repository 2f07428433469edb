/** A host that is well, for tests of what the doctor finds. */
import type { Facts, Files } from '../../src/doctor/facts.ts';
import { linkOf } from './fake_host.ts';
import { configWith } from './sample_config.ts';

export function filesOf(
  files: Readonly<Record<string, string>>,
  folders: Readonly<Record<string, readonly string[]>> = {},
): Files {
  return {
    read: (path) => files[path],
    list: (path) => folders[path] ?? [],
    target: () => undefined,
  };
}

export const healthyFacts: Facts = {
  kernel: '6.1.0',
  node: '20.19.0',
  isRoot: true,
  processors: 2,
  files: filesOf(
    { '/proc/sys/net/core/bpf_jit_enable': '1', '/proc/sys/net/ipv4/ip_forward': '0' },
    { '/sys/kernel/btf': ['vmlinux'], '/sys/class/net/eth0/queues': ['rx-0', 'rx-1', 'tx-0'] },
  ),
  links: [linkOf(1, 'lo', { loopback: true, mac: '' }), linkOf(2, 'eth0')],
  addresses: [{ index: 2, address: '10.0.0.254', prefix: 24 }],
  route: () => ({ kind: 'unicast', index: 2 }),
  xdp: [],
  xdpFeatures: () => ({ native: true, zeroCopy: true }),
  afXdp: [],
  processes: [{ pid: 1, name: 'systemd' }],
  requirement: undefined,
  owned: new Set(),
  config: configWith('10.0.0.2'),
  configFile: 'test.conf',
  listenedS: 3,
  heard: [],
};
