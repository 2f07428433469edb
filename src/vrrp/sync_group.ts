/**
 * A vrrp_sync_group: its members change role together. Master only when every member can be; one yields, all yield;
 * one fault is everybody's. Pure: to be asked after every step of a member.
 */
import type { SyncOrder, VrrpState } from './virtual_router.ts';

export type GroupRole = 'initialize' | 'backup' | 'master' | 'fault';

export interface GroupMember {
  readonly name: string;
  readonly state: VrrpState;
  /** It takes over from a master of lower priority. */
  readonly preempts: boolean;
}

export interface GroupDecision {
  /** Another than before: to be logged (describeGroup) and notified. */
  readonly role: GroupRole;
  /** To be given to the members as events, all of them before the group is asked again. */
  readonly orders: readonly { readonly member: string; readonly order: SyncOrder }[];
}

/** What the group does next, from its last role and what its members are now. */
export function decideGroup(role: GroupRole, members: readonly GroupMember[]): GroupDecision {
  const order = (order: SyncOrder, those: (state: VrrpState) => boolean) =>
    members.filter(({ state }) => those(state)).map(({ name }) => ({ member: name, order }));

  if (members.some(({ state }) => hasFault(state)))
    return {
      role: 'fault',
      orders: order('fault', (state) => state.role === 'backup' || state.role === 'master'),
    };
  // Starting or stopping, one after the other: nobody is moved until all are through.
  if (members.some(({ state }) => isOut(state))) return { role, orders: [] };
  if (members.some(({ state }) => state.role === 'fault'))
    return { role: 'backup', orders: order('backup', (state) => state.role === 'fault') };
  if (members.every(({ state }) => state.role === 'master' || wantsMaster(state)))
    return { role: 'master', orders: order('master', wantsMaster) };
  // A member that just started has heard nobody yet: until it knows more, masters stay what they are.
  if (members.some(({ state }) => state.role === 'master') && !members.some(follows))
    return { role, orders: [] };
  return { role: 'backup', orders: order('backup', (state) => state.role === 'master') };
}

/** It has heard a master that it leaves the addresses to. */
function follows({ preempts, state }: GroupMember): boolean {
  if (state.role !== 'backup' || state.wantsMaster || state.master === undefined) return false;
  return !preempts || state.master.priority >= state.priority;
}

function hasFault(state: VrrpState): boolean {
  switch (state.role) {
    case 'initialize':
    case 'fault':
    case 'leaving':
      return state.faulty;
    case 'backup':
    case 'master':
      return false;
  }
}

function isOut(state: VrrpState): boolean {
  return state.role === 'initialize' || (state.role === 'leaving' && state.to === 'initialize');
}

function wantsMaster(state: VrrpState): boolean {
  return state.role === 'backup' && state.wantsMaster;
}

/** keepalived's phrase for a group that takes another role. */
export function describeGroup(name: string, role: Exclude<GroupRole, 'initialize'>): string {
  return `VRRP_Group(${name}) Syncing instances to ${role.toUpperCase()} state`;
}
