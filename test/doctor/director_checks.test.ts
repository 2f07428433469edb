import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addressChecks, conflictChecks } from '../../src/doctor/conflict_checks.ts';
import type { Facts } from '../../src/doctor/facts.ts';
import { examine, exitOf } from '../../src/doctor/finding.ts';
import { interfaceChecks } from '../../src/doctor/interface_checks.ts';
import { kernelChecks } from '../../src/doctor/kernel_checks.ts';
import { filesOf, healthyFacts } from '../helpers/doctor_facts.ts';
import { linkOf } from '../helpers/fake_host.ts';

const all = [...kernelChecks, ...addressChecks, ...interfaceChecks, ...conflictChecks];

/** What is not well, as 'check state: text | cure'. */
function complaints(changes: Partial<Facts>): string[] {
  return examine(all, { ...healthyFacts, ...changes })
    .filter(({ state }) => state !== 'ok')
    .map(({ check, cure, state, text }) => `${check} ${state}: ${text} | ${cure}`);
}

describe('the doctor of a director', () => {
  it('has nothing to say of a host that is well, and says of everything that it is', () => {
    const findings = examine(all, healthyFacts);
    assert.deepEqual(
      [findings.filter(({ state }) => state !== 'ok'), exitOf(findings), findings.length > 14],
      [[], 0, true],
    );
  });

  it('finds what the kernel lacks', () => {
    const files = filesOf({ '/proc/sys/net/core/bpf_jit_enable': '0' });
    const requirement = {
      message: 'xlb needs a BPF file system on /sys/fs/bpf: mount -t bpf bpf /sys/fs/bpf',
    };
    const found = examine(kernelChecks, { ...healthyFacts, files, requirement });
    assert.deepEqual(
      [found.map(({ check, cure, state }) => `${check} ${state}: ${cure}`), exitOf(found)],
      [
        [
          'requirements fail: mount -t bpf bpf /sys/fs/bpf',
          'btf fail: boot a kernel with CONFIG_DEBUG_INFO_BTF=y; those of the distributions have it',
          'bpf_jit warn: sysctl -w net.core.bpf_jit_enable=1',
        ],
        1,
      ],
    );
  });

  it('finds interfaces that are down, slow, or taken by another program', () => {
    const links = [linkOf(2, 'eth0', { type: 'dummy', mtu: 9_000, running: false })];
    const xdp = [{ interface: 'eth0', name: 'xdp_firewall', id: 7, mode: 'native' }] as const;
    const xdpFeatures = () => ({ native: false, zeroCopy: false });
    assert.deepEqual(complaints({ links, xdp, xdpFeatures }), [
      'interface fail: eth0 has no carrier | see to the cable and the switch port',
      'xdp_mode warn: eth0 (driver dummy) would likely run XDP in generic mode | use an interface whose driver has ' +
        'XDP; xlb status says why native mode failed',
      'xdp_others fail: eth0 has another XDP program: xdp_firewall, id 7 | end what attached it, or: ip link set dev ' +
        'eth0 xdp off',
      'mtu warn: eth0 has MTU 9000: a frame lies in several buffers | xlb status shows the mode; where it is ' +
        'generic: ip link set eth0 mtu 1500',
    ]);
  });

  it('knows by the kernel alone which driver has XDP, and by a list where the kernel cannot say', () => {
    const modes = (xdpFeatures: Facts['xdpFeatures'], type: string) =>
      complaints({ xdpFeatures, links: [linkOf(2, 'eth0', { type })] }).map((text) => text.split(':')[0]);
    assert.deepEqual(
      [
        modes(() => ({ native: true, zeroCopy: false }), 'novel'),
        modes(() => ({ native: false, zeroCopy: false }), 'veth'),
        modes(() => undefined, 'novel'),
        modes(() => undefined, 'veth'),
      ],
      [[], ['xdp_mode warn'], ['xdp_mode warn'], []],
    );
  });

  it('says whether AF_XDP copies frames, or would', () => {
    const features = (zeroCopy: boolean) => () => ({ native: true, zeroCopy });
    const said = (changes: Partial<Facts>) =>
      examine(interfaceChecks, { ...healthyFacts, ...changes })
        .filter(({ check }) => check === 'zero_copy')
        .map(({ state, text }) => `${state}: ${text}`);
    const virtio = (bits: string) => ({
      ...filesOf({ '/sys/class/net/eth0/device/features': bits }),
      target: (path: string) => (path === '/sys/class/net/eth0/device/driver' ? 'virtio_net' : undefined),
    });
    const running = (zeroCopy: boolean) => [{ interface: 'eth0', zeroCopy }];
    const { config } = healthyFacts;
    const wanted: Facts['config'] = config && {
      ...config,
      global: { ...config.global, datapath: 'af_xdp' },
    };
    assert.deepEqual(
      [
        said({}),
        said({ xdpFeatures: features(false) }),
        said({ xdpFeatures: () => undefined }),
        said({ config: wanted }),
        said({ config: wanted, xdpFeatures: features(false) }),
        said({ xdp: [{ interface: 'eth0', name: 'xlb_forward', id: 7, mode: 'generic' }], config: wanted }),
        said({ afXdp: running(true) }),
        said({ afXdp: running(false) }),
        said({ afXdp: running(false), xdpFeatures: features(false) }),
        said({ links: [] }),
        said({ files: virtio(`${'0'.repeat(33)}1`) }),
        said({ files: virtio('1'.repeat(33)) }),
      ],
      [
        ['ok: AF_XDP on eth0 would be zero-copy: its driver says that it can'],
        ['ok: AF_XDP on eth0 would copy each frame, in and out; auto, xdp and skb do not need it'],
        ['ok: AF_XDP on eth0: this kernel cannot say whether it would be zero-copy'],
        ['ok: AF_XDP on eth0 would be zero-copy: its driver says that it can'],
        ['warn: AF_XDP on eth0 would copy each frame, in and out'],
        ['warn: AF_XDP on eth0 would copy each frame, in and out'],
        ['ok: AF_XDP on eth0 is zero-copy: its driver writes into xlb’s buffers'],
        ['warn: AF_XDP on eth0 copies each frame, in and out'],
        ['warn: AF_XDP on eth0 copies each frame, in and out'],
        [],
        ['ok: AF_XDP on eth0 would be zero-copy: its driver says that it can'],
        ['ok: AF_XDP on eth0 would copy each frame, in and out; auto, xdp and skb do not need it'],
      ],
    );
  });

  it('finds settings of the kernel that are in the way, of the interface or of all', () => {
    const conf = '/proc/sys/net/ipv4/conf';
    const settings = {
      [`${conf}/all/rp_filter`]: '1',
      [`${conf}/eth0/send_redirects`]: '1',
      [`${conf}/all/arp_ignore`]: '8',
      '/proc/sys/net/ipv4/ip_forward': '1',
    };
    const files = filesOf(settings, {
      '/sys/kernel/btf': ['vmlinux'],
      '/sys/class/net/eth0/queues': ['rx-0', 'tx-0'],
    });
    assert.deepEqual(
      complaints({ files, processors: 8 }).map((text) => text.replace(/:.*\|/, ' |')),
      [
        'queues warn | ethtool -L eth0 combined 8',
        'rp_filter warn | sysctl -w net.ipv4.conf.all.rp_filter=2 net.ipv4.conf.eth0.rp_filter=2',
        'send_redirects warn | sysctl -w net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.eth0.send_redirects=0',
        'arp fail | sysctl -w net.ipv4.conf.all.arp_ignore=0 net.ipv4.conf.eth0.arp_ignore=0',
      ],
    );
  });

  it('finds others that do the same', () => {
    const table =
      'IP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port\nTCP  0A000064:0050 wlc\n';
    const files = filesOf({ '/proc/net/ip_vs': table }, { '/sys/kernel/btf': ['vmlinux'] });
    const processes = [
      { pid: 12, name: 'keepalived' },
      { pid: 14, name: 'keepalived' },
      { pid: 1, name: 'systemd' },
    ];
    const advert = { interface: 'eth0', version: 2, priority: 100 };
    const heard = [
      { ...advert, source: '10.0.0.2', virtualRouterId: 51, addresses: ['10.0.0.1'] },
      { ...advert, source: '10.0.0.3', virtualRouterId: 51, addresses: ['10.0.0.99'] },
      { ...advert, source: '10.0.0.4', virtualRouterId: 77, addresses: ['10.0.0.98'] },
    ];
    assert.deepEqual(complaints({ files, processes, heard, listenedS: 3 }), [
      'processes fail: keepalived runs (process 12, 14) | systemctl disable --now keepalived',
      'ip_vs fail: the kernel’s own balancer (ip_vs) has 1 service | ipvsadm -C',
      'virtual_routers fail: 10.0.0.3 uses virtual_router_id 51 on eth0 for 10.0.0.99 | give one of them another ' +
        'virtual_router_id; its addresses must be the same on all its directors',
    ]);
  });

  it('does not advise to take an address from a keepalived that serves clients', () => {
    const addresses = [{ index: 2, address: '10.0.0.1', prefix: 32 }];
    const processes = [{ name: 'keepalived', pid: 7 }];
    assert.deepEqual(
      complaints({ addresses, processes }).filter((text) => text.startsWith('virtual_addresses')),
      [
        'virtual_addresses warn: 10.0.0.1 is on eth0 already, with keepalived running | ' +
          'systemctl disable --now keepalived',
      ],
    );
  });

  it('takes no keepalived of another network namespace for the one that set an address', () => {
    const addresses = [{ index: 2, address: '10.0.0.1', prefix: 32 }];
    const processes = [{ name: 'keepalived', pid: 7, elsewhere: true }] as const;
    assert.deepEqual(
      complaints({ addresses, processes }).filter((text) => text.startsWith('virtual_addresses')),
      [
        'virtual_addresses fail: 10.0.0.1 is on eth0 already, and not by xlb | ' +
          'ip address delete 10.0.0.1/32 dev eth0',
      ],
    );
  });

  it('finds virtual addresses that somebody else has set, and real servers behind a router', () => {
    const addresses = [
      { index: 2, address: '10.0.0.254', prefix: 24 },
      { index: 2, address: '10.0.0.1', prefix: 32 },
    ];
    const route = () => ({ kind: 'unicast', index: 2, gateway: '10.0.0.250' }) as const;
    assert.deepEqual(complaints({ addresses, route }), [
      'virtual_addresses fail: 10.0.0.1 is on eth0 already, and not by xlb | ip address delete 10.0.0.1/32 dev eth0',
      'real_servers fail: real server 10.0.0.2 is behind 10.0.0.250 | give the director an interface in the segment ' +
        'of its real servers',
    ]);
    assert.deepEqual(complaints({ addresses, owned: new Set(['10.0.0.1 on eth0']) }), []);
  });

  it('looks at what it can where there is no configuration', () => {
    assert.deepEqual(complaints({ config: undefined }), [
      'configuration warn: test.conf cannot run, or is not there | xlb check test.conf',
    ]);
  });
});
