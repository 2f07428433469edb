/** ipvsadm's options: every spelling, whether it takes a value, and the column of its rule (see legality.ts). Pure. */

export interface Option {
  /** What the parser knows it by. */
  readonly name: string;
  readonly long: string;
  readonly short?: string;
  readonly value: 'none' | 'required' | 'optional';
}

/** An option must come first that is one of these. */
export const commandOptions = [
  { name: 'add-service', long: 'add-service', short: 'A', value: 'none' },
  { name: 'edit-service', long: 'edit-service', short: 'E', value: 'none' },
  { name: 'delete-service', long: 'delete-service', short: 'D', value: 'none' },
  { name: 'flush', long: 'clear', short: 'C', value: 'none' },
  { name: 'list', long: 'list', short: 'L', value: 'none' },
  { name: 'list', long: 'list', short: 'l', value: 'none' },
  { name: 'zero', long: 'zero', short: 'Z', value: 'none' },
  { name: 'add-server', long: 'add-server', short: 'a', value: 'none' },
  { name: 'edit-server', long: 'edit-server', short: 'e', value: 'none' },
  { name: 'delete-server', long: 'delete-server', short: 'd', value: 'none' },
  { name: 'set', long: 'set', value: 'none' },
  { name: 'restore', long: 'restore', short: 'R', value: 'none' },
  { name: 'save', long: 'save', short: 'S', value: 'none' },
  { name: 'start-daemon', long: 'start-daemon', value: 'required' },
  { name: 'stop-daemon', long: 'stop-daemon', value: 'required' },
  { name: 'help', long: 'help', short: 'h', value: 'none' },
  { name: 'version', long: 'version', short: 'v', value: 'none' },
] as const satisfies readonly Option[];

export const otherOptions = [
  { name: 'tcp-service', long: 'tcp-service', short: 't', value: 'required' },
  { name: 'udp-service', long: 'udp-service', short: 'u', value: 'required' },
  { name: 'sctp-service', long: 'sctp-service', value: 'required' },
  { name: 'fwmark-service', long: 'fwmark-service', short: 'f', value: 'required' },
  { name: 'scheduler', long: 'scheduler', short: 's', value: 'required' },
  { name: 'persistent', long: 'persistent', short: 'p', value: 'optional' },
  { name: 'netmask', long: 'netmask', short: 'M', value: 'required' },
  { name: 'real-server', long: 'real-server', short: 'r', value: 'required' },
  { name: 'masquerading', long: 'masquerading', short: 'm', value: 'none' },
  { name: 'ipip', long: 'ipip', short: 'i', value: 'none' },
  { name: 'gatewaying', long: 'gatewaying', short: 'g', value: 'none' },
  { name: 'weight', long: 'weight', short: 'w', value: 'required' },
  { name: 'u-threshold', long: 'u-threshold', short: 'x', value: 'required' },
  { name: 'l-threshold', long: 'l-threshold', short: 'y', value: 'required' },
  { name: 'numeric', long: 'numeric', short: 'n', value: 'none' },
  { name: 'connection', long: 'connection', short: 'c', value: 'none' },
  { name: 'mcast-interface', long: 'mcast-interface', value: 'required' },
  { name: 'syncid', long: 'syncid', value: 'required' },
  { name: 'timeout', long: 'timeout', value: 'none' },
  { name: 'daemon', long: 'daemon', value: 'none' },
  { name: 'stats', long: 'stats', value: 'none' },
  { name: 'rate', long: 'rate', value: 'none' },
  { name: 'thresholds', long: 'thresholds', value: 'none' },
  { name: 'persistent-conn', long: 'persistent-conn', value: 'none' },
  { name: 'nosort', long: 'nosort', value: 'none' },
  { name: 'sort', long: 'sort', value: 'none' },
  { name: 'exact', long: 'exact', short: 'X', value: 'none' },
  { name: 'ipv6', long: 'ipv6', short: '6', value: 'none' },
  { name: 'ops', long: 'ops', short: 'o', value: 'none' },
  { name: 'pe', long: 'pe', value: 'required' },
  { name: 'sched-flags', long: 'sched-flags', short: 'b', value: 'required' },
  { name: 'mcast-group', long: 'mcast-group', value: 'required' },
  { name: 'mcast-port', long: 'mcast-port', value: 'required' },
  { name: 'mcast-ttl', long: 'mcast-ttl', value: 'required' },
  { name: 'sync-maxlen', long: 'sync-maxlen', value: 'required' },
  { name: 'tun-info', long: 'tun-info', value: 'none' },
  { name: 'tun-type', long: 'tun-type', value: 'required' },
  { name: 'tun-port', long: 'tun-port', value: 'required' },
  { name: 'tun-nocsum', long: 'tun-nocsum', value: 'none' },
  { name: 'tun-csum', long: 'tun-csum', value: 'none' },
  { name: 'tun-remcsum', long: 'tun-remcsum', value: 'none' },
] as const satisfies readonly Option[];

export type CommandName = (typeof commandOptions)[number]['name'];
export type OptionName = (typeof otherOptions)[number]['name'];

export function isCommand(name: string): name is CommandName {
  return commandOptions.some((option) => option.name === name);
}
