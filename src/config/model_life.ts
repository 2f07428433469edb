/** What a configuration file says of the life of a virtual server: when it counts as up, and who is told. */
import type { Span } from './model.ts';
import type { ScriptConfig } from './model_notify.ts';

/** Serves while the quorum is lost. */
export interface SorryServerConfig {
  /** One of the director's own: packets go to its own stack. */
  readonly address: string;
  readonly port: number;
  /** Stays in the pool with weight 0 while it is not needed. */
  readonly inhibit: boolean;
  readonly span: Span;
}

/** Of a virtual server; absent: off, or as said. */
export interface VirtualServerLifeConfig {
  /** Weight of live real servers that counts as up; absent: 1. At most the weight of all. */
  readonly quorum?: number;
  /** So much more than the quorum to come up, so much less to go down; absent: 0. */
  readonly hysteresis?: number;
  readonly quorumUp?: ScriptConfig;
  readonly quorumDown?: ScriptConfig;
  /** notify_down and quorum_down are run when xlb stops. */
  readonly omega?: true;
  /** Checks are made only while this director holds the address. */
  readonly haSuspend?: true;
  readonly sorryServer?: SorryServerConfig;
  /** Gaining and losing the quorum is told by mail. */
  readonly mail?: true;
}

/** Of a real server; absent: none, or off. */
export interface RealServerLifeConfig {
  readonly notifyUp?: ScriptConfig;
  readonly notifyDown?: ScriptConfig;
  /** xlb_slow_start: when it returns, its weight grows for so long. */
  readonly slowStartMs?: number;
  /** Going up and down is not told by mail. */
  readonly noMail?: true;
}
