/** Whether traffic should come to this director. Pure. */
import type { Status } from '../control/status.ts';

export interface ReadinessFacts {
  readonly status: Pick<Status, 'dataplane' | 'vrrp' | 'interfaces' | 'virtual_servers'>;
  /** What the tables or the host could not take of the configuration, one sentence each. */
  readonly problems: readonly string[];
}

/** Why not, one sentence each; none: it is ready. A file that a reload refused is no reason: the one before goes on. */
export function hindrances({ status, problems }: ReadinessFacts): string[] {
  const reasons: string[] = [];
  if (!status.dataplane)
    reasons.push('The dataplane worker is being restarted: forwarding goes on, nothing can be changed');
  if (!status.vrrp) reasons.push('The VRRP worker is being restarted: addresses stay, elections wait');
  if (status.dataplane && status.interfaces.length === 0 && status.virtual_servers.length > 0)
    reasons.push('Nothing is forwarded: the packet path is on no interface; xlb doctor says why');
  return [...reasons, ...problems];
}
