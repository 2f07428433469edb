/** Network interfaces of a VM: virtio-net with several queues, on a bridge in a network namespace of qemu's own. */

export interface Nic {
  readonly mac: string;
  /** Pairs, one for each processor of the VM as a rule. */
  readonly queues: number;
  /** False: the driver cannot have whole frames of its device, and refuses XDP. */
  readonly xdp?: boolean;
}

/**
 * What a command is to be started by to have the segment, which ends with it. No vhost, which the machine's kernel
 * may not have.
 */
export function segmentFor(nics: readonly Nic[]): string[] {
  if (nics.length === 0) return [];
  const taps = nics.map(
    (_, index) =>
      `ip tuntap add tap${index} mode tap multi_queue vnet_hdr; ip link set tap${index} master br0 up; `,
  );
  const make = 'ip link add br0 type bridge mcast_snooping 0; ip link set br0 up; ';
  const quiet = 'sysctl -qw net.ipv6.conf.default.disable_ipv6=1; ';
  return ['unshare', '--net', 'sh', '-c', `set -e; ${quiet}${make}${taps.join('')}exec "$@"`, 'sh'];
}

/** `iommu_platform`: the driver has its buffers mapped for DMA, without which it has no zero-copy. */
export function nicArguments({ mac, queues, xdp = true }: Nic, index: number): string[] {
  const device = ['virtio-net-pci', `netdev=net${index}`, `mac=${mac}`, 'romfile='];
  if (!xdp) device.push('ctrl_guest_offloads=off');
  const several = ['mq=on', `vectors=${2 * queues + 2}`, 'disable-legacy=on', 'iommu_platform=on'];
  const tap = [`tap,id=net${index}`, `ifname=tap${index}`, 'script=no', 'downscript=no', 'vhost=off'];
  return [
    ...['-netdev', [...tap, `queues=${queues}`].join(',')],
    ...['-device', [...device, ...several].join(',')],
  ];
}
