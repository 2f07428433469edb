/** Whether traffic should come to this director. Pure. */

export interface ReadinessFacts {
  /** How many have the packet path; undefined while the dataplane worker does not answer. */
  readonly interfaces: number | undefined;
  /** Its worker answers. */
  readonly vrrp: boolean;
  /** How many are configured. */
  readonly virtualServers: number;
  /** What the tables or the host could not take of the configuration, one sentence each. */
  readonly problems: readonly string[];
}

/** Why not, one sentence each; none: it is ready. A file that a reload refused is no reason: the one before goes on. */
export function hindrances({ interfaces, vrrp, virtualServers, problems }: ReadinessFacts): string[] {
  const reasons: string[] = [];
  if (interfaces === undefined)
    reasons.push('The dataplane worker is being restarted: forwarding goes on, nothing can be changed');
  if (!vrrp) reasons.push('The VRRP worker is being restarted: addresses stay, elections wait');
  if (interfaces === 0 && virtualServers > 0)
    reasons.push('Nothing is forwarded: the packet path is on no interface; xlb doctor says why');
  return [...reasons, ...problems];
}
