/** What happened to a virtual server, and how the log says it. Pure. */
import type { LogFields } from '../base/forward_log.ts';
import type { QuorumCount } from './quorum.ts';
import type { MemberChange, SettingChange } from './settings.ts';

interface RealServerEvent {
  /** Names as in `[10.0.0.1]:tcp:80`. */
  readonly virtualServer: string;
  readonly realServer: string;
}

interface SorryServerEvent {
  readonly virtualServer: string;
  readonly sorryServer: string;
  /** It is in the pool all the time, with weight 0 while it is not needed. */
  readonly inhibited: boolean;
}

export type DirectorEvent =
  /** All its checks pass again. `inhibited`: it had stayed in the pool with weight 0. */
  | ({ readonly kind: 'real_server_up'; readonly inhibited: boolean } & RealServerEvent)
  /** The first of its checks failed. `inhibited`: it stays in the pool with weight 0. */
  | ({ readonly kind: 'real_server_down'; readonly inhibited: boolean } & RealServerEvent)
  /** The configuration brought it. */
  | ({ readonly kind: 'real_server_added' } & RealServerEvent)
  /** The configuration has it no more. */
  | ({ readonly kind: 'real_server_removed' } & RealServerEvent)
  | ({
      readonly kind: 'weight_changed';
      readonly from: number;
      readonly to: number;
      readonly alive: boolean;
    } & RealServerEvent)
  /** Set by hand; `byHand` absent: undone. `to`: what it weighs while it is alive. */
  | ({
      readonly kind: 'weight_by_hand';
      readonly from: number;
      readonly to: number;
      readonly byHand?: number;
    } & RealServerEvent)
  | ({ readonly kind: 'quorum_gained' | 'quorum_lost'; readonly virtualServer: string } & QuorumCount)
  | ({ readonly kind: 'sorry_server_added' } & SorryServerEvent)
  | ({ readonly kind: 'sorry_server_removed' } & SorryServerEvent)
  /** The sorry server serves instead of the real servers that are left. */
  | { readonly kind: 'pool_closed'; readonly virtualServer: string }
  | { readonly kind: 'pool_opened'; readonly virtualServer: string }
  /** ha_suspend: not master of the address, or master again. */
  | { readonly kind: 'checks_suspended' | 'checks_resumed'; readonly virtualServer: string }
  | {
      readonly kind: 'scheduler_changed';
      readonly virtualServer: string;
      readonly from: string;
      readonly to: string;
    }
  | ({ readonly kind: 'setting_changed'; readonly virtualServer: string } & SettingChange)
  | ({ readonly kind: 'members_changed'; readonly virtualServer: string } & MemberChange)
  | ({ readonly kind: 'thresholds_changed' } & RealServerEvent & SettingChange)
  | { readonly kind: 'virtual_server_added'; readonly virtualServer: string }
  | { readonly kind: 'virtual_server_removed'; readonly virtualServer: string };

/** Names for programs, as status and metrics have them. */
export function aboutEvent(event: DirectorEvent): LogFields {
  const { kind, virtualServer } = event;
  const realServer = 'realServer' in event ? { real_server: event.realServer } : {};
  return { event: kind, virtual_server: virtualServer, ...realServer };
}

/** keepalived's phrase where it has one. */
export function describeEvent(event: DirectorEvent): string {
  switch (event.kind) {
    case 'real_server_up':
      return event.inhibited
        ? `Enabling service ${event.realServer} of VS ${event.virtualServer}`
        : `Adding service ${event.realServer} to VS ${event.virtualServer}`;
    case 'real_server_down':
      return event.inhibited
        ? `Disabling service ${event.realServer} of VS ${event.virtualServer}`
        : `Removing service ${event.realServer} from VS ${event.virtualServer}`;
    case 'real_server_added':
      return `Adding service ${event.realServer} to VS ${event.virtualServer}`;
    case 'real_server_removed':
      return `Removing service ${event.realServer} from VS ${event.virtualServer}`;
    case 'weight_changed': {
      const { from, to, alive, realServer, virtualServer } = event;
      const activity = alive ? 'active' : 'inactive';
      return `Changing weight from ${from} to ${to} for ${activity} service ${realServer} of VS ${virtualServer}`;
    }
    case 'weight_by_hand':
      return describeHand(event);
    case 'quorum_gained':
    case 'quorum_lost':
      return `${quorumPhrase(event)} for VS ${event.virtualServer}`;
    case 'sorry_server_added':
      return event.inhibited
        ? `Enabling sorry server ${event.sorryServer} of VS ${event.virtualServer}`
        : `Adding sorry server ${event.sorryServer} to VS ${event.virtualServer}`;
    case 'sorry_server_removed':
      return event.inhibited
        ? `Disabling sorry server ${event.sorryServer} of VS ${event.virtualServer}`
        : `Removing sorry server ${event.sorryServer} from VS ${event.virtualServer}`;
    case 'pool_closed':
      return `Removing alive servers from the pool for VS ${event.virtualServer}`;
    case 'pool_opened':
      return `Adding alive servers to the pool for VS ${event.virtualServer}`;
    case 'checks_suspended':
      return `Suspending healthcheckers of VS ${event.virtualServer}: another director is master of its address`;
    case 'checks_resumed':
      return `Resuming healthcheckers of VS ${event.virtualServer}`;
    case 'scheduler_changed':
      return `Changing scheduler from ${event.from} to ${event.to} for VS ${event.virtualServer}`;
    case 'setting_changed':
      return `Changing ${event.setting} from ${event.from} to ${event.to} for VS ${event.virtualServer}`;
    case 'members_changed':
      return `Changing addresses of VS ${event.virtualServer}: ${event.added} added, ${event.removed} removed`;
    case 'thresholds_changed': {
      const { from, to, realServer, virtualServer } = event;
      return `Changing thresholds from ${from} to ${to} for service ${realServer} of VS ${virtualServer}`;
    }
    case 'virtual_server_added':
      return `Adding Virtual Server ${event.virtualServer}`;
    case 'virtual_server_removed':
      return `Removing Virtual Server ${event.virtualServer}`;
  }
}

/** 'Lost quorum 1-0=1 > 0', 'Gained quorum 2+1=3 <= 4'. */
export function quorumPhrase({
  kind,
  quorum,
  hysteresis,
  weight,
}: QuorumCount & { readonly kind: 'quorum_gained' | 'quorum_lost' }): string {
  return kind === 'quorum_gained'
    ? `Gained quorum ${quorum}+${hysteresis}=${quorum + hysteresis} <= ${weight}`
    : `Lost quorum ${quorum}-${hysteresis}=${quorum - hysteresis} > ${weight}`;
}

function describeHand({
  byHand,
  from,
  realServer,
  to,
  virtualServer,
}: DirectorEvent & { readonly kind: 'weight_by_hand' }): string {
  const whose = `service ${realServer} of VS ${virtualServer}`;
  if (byHand === 0) return `Draining by hand: ${whose}, weight ${from} to 0`;
  if (byHand !== undefined) return `Changing weight by hand from ${from} to ${to} for ${whose}`;
  return `Weight by hand undone: ${whose}, weight ${from} to ${to}`;
}
