/** What happened to a virtual server, and how the log says it. Pure. */
import type { MemberChange, SettingChange } from './settings.ts';

interface RealServerEvent {
  /** Names as in `[10.0.0.1]:tcp:80`. */
  readonly virtualServer: string;
  readonly realServer: string;
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
