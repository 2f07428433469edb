/** Whether enough of a virtual server's pool is alive: keepalived's rule (ipwrapper.c, update_quorum_state). Pure. */
import type { VirtualServerConfig } from '../config/model.ts';
import { effectiveWeight, type RealServerState } from './real_server.ts';

/** Numbers behind a decision. */
export interface QuorumCount {
  readonly quorum: number;
  readonly hysteresis: number;
  /** Of the live real servers together. */
  readonly weight: number;
}

export function countQuorum(
  { quorum = 1, hysteresis = 0 }: Pick<VirtualServerConfig, 'quorum' | 'hysteresis'>,
  realServers: readonly RealServerState[],
): QuorumCount {
  const weight = realServers.reduce((sum, server) => sum + effectiveWeight(server), 0);
  return { quorum, hysteresis, weight };
}

/** Between the two limits it stays as it `was`. */
export function hasQuorum(was: boolean, { quorum, hysteresis, weight }: QuorumCount): boolean {
  return was ? weight > 0 && weight >= quorum - hysteresis : weight >= quorum + hysteresis;
}
