/** The interfaces of a configuration: drivers, queues, MTU, programs, and the settings of the kernel about them. */
import type { Link } from '../addon/addon.ts';
import { configuredLinks, type Facts, sysctl, type XdpProgram } from './facts.ts';
import { type Check, type Finding, fail, ok, warn } from './finding.ts';

/** Drivers with XDP of their own (the kernel's ndo_bpf), as Linux 6.1 and later have them. */
const nativeDrivers = new Set(
  (
    'veth tun virtio_net mlx4_en mlx4_core mlx5_core ixgbe ixgbevf i40e iavf ice igb igc bnxt_en nfp ena sfc qede ' +
    'nicvf thunder-nicvf hv_netvsc stmmac st_gmac fsl_dpaa2_eth fsl_enetc rvu_nicpf gve mana fec ' +
    'ti_cpsw lan966x-switch netsec mvneta mvpp2 bond atlantic funeth tsnep vmxnet3'
  ).split(' '),
);

const OUR_PROGRAM = 'xlb_forward';

/** A page without headroom and tail: a longer frame lies in several buffers. */
const ONE_BUFFER_MTU = 3_498;

/** A check of one interface. */
function eachLink(
  look: (link: Link, facts: Facts) => readonly Finding[],
): (facts: Facts) => readonly Finding[] {
  return (facts) => configuredLinks(facts).flatMap((link) => look(link, facts));
}

function driverOf({ name, type }: Link, { files }: Facts): string {
  return files.target(`/sys/class/net/${name}/device/driver`) ?? type;
}

function ourProgram({ name }: Link, { xdp }: Facts): XdpProgram | undefined {
  return xdp?.find((one) => one.interface === name && one.name === OUR_PROGRAM);
}

/** Where our program is not there yet: by what the driver says of itself, or is known for. */
function isGeneric(link: Link, facts: Facts): boolean {
  const ours = ourProgram(link, facts);
  if (ours !== undefined) return ours.mode === 'generic';
  return !(facts.xdpFeatures(link.index)?.native ?? nativeDrivers.has(driverOf(link, facts)));
}

export const interfaceChecks: readonly Check<Facts>[] = [
  {
    name: 'interface',
    look: eachLink((link) => {
      if (!link.up)
        return [
          fail(`${link.name} is down`, {
            means: 'its virtual routers are in FAULT',
            cure: `ip link set ${link.name} up`,
          }),
        ];
      if (!link.running)
        return [
          fail(`${link.name} has no carrier`, {
            means: 'its virtual routers are in FAULT',
            cure: 'see to the cable and the switch port',
          }),
        ];
      return [ok(`${link.name} is up, with carrier`)];
    }),
  },
  {
    name: 'xdp_mode',
    look: eachLink((link, facts) => {
      const driver = driverOf(link, facts);
      const ours = ourProgram(link, facts);
      if (isGeneric(link, facts))
        return [
          warn(
            `${link.name} (driver ${driver || 'unknown'}) ${ours ? 'runs' : 'would likely run'} XDP in generic mode`,
            {
              means: 'it forwards, but each packet costs as much as in the kernel’s own network stack',
              cure: 'use an interface whose driver has XDP; xlb status says why native mode failed',
            },
          ),
        ];
      return [ok(`${link.name} (driver ${driver}) ${ours ? 'runs' : 'can run'} XDP in native mode`)];
    }),
  },
  { name: 'zero_copy', look: eachLink((link, facts) => [zeroCopy(link, facts)]) },
  {
    name: 'xdp_others',
    look: eachLink((link, { xdp }) => {
      const other = xdp?.find((one) => one.interface === link.name && one.name !== OUR_PROGRAM);
      if (other === undefined) return [];
      return [
        fail(`${link.name} has another XDP program: ${other.name}, id ${other.id}`, {
          means: 'there can be one; xlb does not replace it and cannot attach its own',
          cure: `end what attached it, or: ip link set dev ${link.name} xdp off`,
        }),
      ];
    }),
  },
  {
    name: 'queues',
    look: eachLink(({ name }, { files, processors }) => {
      const queues = files
        .list(`/sys/class/net/${name}/queues`)
        .filter((one) => one.startsWith('rx-')).length;
      if (queues === 0) return [];
      const text = `${name} has ${queues} receive ${queues === 1 ? 'queue' : 'queues'} for ${processors} processors`;
      if (queues >= Math.min(processors, 4)) return [ok(text)];
      return [
        warn(text, {
          means: 'no more processors than queues forward packets',
          cure: `ethtool -L ${name} combined ${processors}`,
        }),
      ];
    }),
  },
  {
    name: 'mtu',
    look: eachLink(({ name, mtu }) => {
      if (mtu <= ONE_BUFFER_MTU) return [ok(`${name} has MTU ${mtu}`)];
      return [
        warn(`${name} has MTU ${mtu}: a frame lies in several buffers`, {
          means: 'a driver that cannot do that with XDP attaches it in generic mode only',
          cure: `xlb status shows the mode; where it is generic: ip link set ${name} mtu 1500`,
        }),
      ];
    }),
  },
  { name: 'rp_filter', look: eachLink((link, facts) => [reversePath(link, facts)]) },
  { name: 'send_redirects', look: eachLink((link, facts) => [redirects(link, facts)]) },
  { name: 'arp', look: eachLink((link, facts) => [arpAnswers(link, facts)]) },
  {
    name: 'ip_forward',
    look: (facts) => [
      ok(
        `net.ipv4.ip_forward is ${sysctl(facts, 'net.ipv4.ip_forward') ?? 'unknown'}: XDP forwards with either`,
      ),
    ],
  },
];

/**
 * Of the data path af_xdp. A driver that says that it can may lack something of the device for it, and copy: where it
 * runs, that counts.
 */
function zeroCopy(link: Link, facts: Facts): Finding {
  const { name } = link;
  const running = facts.afXdp.find((one) => one.interface === name);
  const can = canZeroCopy(link, facts);
  if (running?.zeroCopy) return ok(`AF_XDP on ${name} is zero-copy: its driver writes into xlb’s buffers`);
  if (running === undefined && (can !== false || facts.config?.global.datapath !== 'af_xdp'))
    return ok(wouldBe(name, can));
  return warn(`AF_XDP on ${name} ${running ? 'copies' : 'would copy'} each frame, in and out`, {
    means:
      can === false
        ? 'there is no zero-copy with its driver or device, or in generic mode: af_xdp costs more than auto'
        : 'its driver has zero-copy perhaps, but not with this device: each packet costs more than it could',
    cure:
      can === false
        ? 'xlb datapath set auto; to keep it: xlb_datapath auto'
        : 'docs/datapath.md says what virtio_net asks for; dmesg may say why',
  });
}

/** As VIRTIO_F_ACCESS_PLATFORM of the VIRTIO standard: the number of a feature bit. */
const ACCESS_PLATFORM = 33;

/** Undefined: only a socket shows it. */
function canZeroCopy(link: Link, facts: Facts): boolean | undefined {
  if (isGeneric(link, facts)) return false;
  const can = facts.xdpFeatures(link.index)?.zeroCopy;
  if (can !== true || driverOf(link, facts) !== 'virtio_net') return can;
  // It says so of every device, and then wants one for which it may map memory (virtqueue_dma_dev).
  const bits = facts.files.read(`/sys/class/net/${link.name}/device/features`);
  return bits === undefined ? undefined : bits[ACCESS_PLATFORM] === '1';
}

function wouldBe(name: string, can: boolean | undefined): string {
  if (can === undefined) return `AF_XDP on ${name}: this kernel cannot say whether it would be zero-copy`;
  if (can) return `AF_XDP on ${name} would be zero-copy: its driver says that it can`;
  return `AF_XDP on ${name} would copy each frame, in and out; auto, xdp and skb do not need it`;
}

/** The kernel takes the larger of the interface's and `all`. */
function larger(facts: Facts, name: string, setting: string): number {
  const values = ['all', name].map((scope) =>
    Number(sysctl(facts, `net/ipv4/conf/${scope}/${setting}`) ?? 0),
  );
  return Math.max(...values);
}

function reversePath({ name }: Link, facts: Facts): Finding {
  if (larger(facts, name, 'rp_filter') !== 1)
    return ok(`${name} takes packets whichever way they come (rp_filter)`);
  return warn(`${name} drops packets that come in by another way than answers leave (rp_filter is 1)`, {
    means:
      'with several interfaces, adverts, answers to checks and what XDP leaves to the kernel may be lost',
    cure: `sysctl -w net.ipv4.conf.all.rp_filter=2 net.ipv4.conf.${name}.rp_filter=2`,
  });
}

function redirects({ name }: Link, facts: Facts): Finding {
  if (larger(facts, name, 'send_redirects') === 0) return ok(`${name} sends no redirects`);
  if (sysctl(facts, 'net.ipv4.ip_forward') !== '1')
    return ok(`${name} would send redirects, but the kernel forwards nothing (ip_forward is 0)`);
  return warn(`${name} sends redirects (send_redirects is 1)`, {
    means: 'what the kernel forwards itself it answers with redirects past this director',
    cure: `sysctl -w net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.${name}.send_redirects=0`,
  });
}

function arpAnswers({ name }: Link, facts: Facts): Finding {
  if (larger(facts, name, 'arp_ignore') < 8) return ok(`${name} answers ARP for its addresses`);
  return fail(`${name} answers no ARP for its own addresses (arp_ignore is 8)`, {
    means: 'nobody finds the virtual addresses',
    cure: `sysctl -w net.ipv4.conf.all.arp_ignore=0 net.ipv4.conf.${name}.arp_ignore=0`,
  });
}
