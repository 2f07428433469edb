/** The interfaces of the VM of the stories about virtio-net. */
import type { Nic } from '../../bench/vm/nic.ts';

/** Of the one that is the director's port of the bridge. */
export const portMac = '02:77:00:00:01:02';
/** Of the director's eth1, whose driver refuses XDP. */
export const refusingMac = '02:77:00:00:02:02';

export const nics: readonly Nic[] = [
  { mac: '02:77:00:00:00:02', queues: 2 },
  { mac: portMac, queues: 2 },
];
export const refusing: Nic = { mac: refusingMac, queues: 2, xdp: false };
