/** Words of ip-route and ip-rule that the configuration and the addon share. Types only. */

export type RouteType =
  | 'unicast'
  | 'local'
  | 'broadcast'
  | 'multicast'
  | 'anycast'
  | 'blackhole'
  | 'unreachable'
  | 'prohibit'
  | 'throw';

/** What the kernel is told of a rule, in ip-rule's words. */
export interface RuleSpec {
  readonly family: 4 | 6;
  readonly action: 'lookup' | 'goto' | 'nop' | 'blackhole' | 'unreachable' | 'prohibit';
  /** Of 'lookup'. */
  readonly table?: number;
  /** Of 'goto': the priority of the rule to go on with. */
  readonly target?: number;
  readonly not?: boolean;
  /** '10.0.0.0/8'. */
  readonly from?: string;
  readonly to?: string;
  /** Absent: the kernel's choice; then a deletion takes the first rule that fits the rest. */
  readonly priority?: number;
  readonly fwmark?: number;
  readonly fwmask?: number;
  /** Names: the interface need not exist. */
  readonly inputInterface?: string;
  readonly outputInterface?: string;
  readonly tos?: number;
  /** RTPROT_*; 18 (keepalived) where absent. */
  readonly protocol?: number;
  /** IPPROTO_*. */
  readonly ipProtocol?: number;
  readonly sourcePorts?: readonly [first: number, last: number];
  readonly destinationPorts?: readonly [first: number, last: number];
  readonly users?: readonly [first: number, last: number];
  readonly suppressPrefixLength?: number;
  readonly suppressGroup?: number;
}
