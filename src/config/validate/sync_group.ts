/** vrrp_sync_group and track_group: fields -> model. */
import { type Diagnostics, quote } from '../diagnostic.ts';
import type { GlobalDefs } from '../keywords/global_defs.ts';
import type { RootFields } from '../keywords/root.ts';
import type { MemberName } from '../keywords/vrrp_sync_group.ts';
import type { StaticConfig, VrrpInstanceConfig, VrrpSyncGroupConfig } from '../model.ts';
import { didYouMean } from '../suggest.ts';
import { buildNotify } from './script.ts';
import type { Tracked } from './tracked.ts';
import { buildTracking, weighted, withoutWeights } from './tracking.ts';

type Parsed = RootFields['vrrp_sync_group'][number];

interface Context {
  readonly diagnostics: Diagnostics;
  readonly globals: GlobalDefs;
  readonly tracked: Tracked;
  readonly instances: readonly VrrpInstanceConfig[];
}

export function buildSyncGroups(parsed: readonly Parsed[], context: Context): VrrpSyncGroupConfig[] {
  const names = new Map<string, number>();
  /** The group of each instance. */
  const groups = new Map<string, string>();
  return parsed.flatMap((group) => {
    const { head, at } = group;
    const earlier = names.get(head.name);
    if (earlier !== undefined)
      context.diagnostics.error('DUPLICATE', at, {
        message: `Cannot have two vrrp_sync_group ${quote(head.name)}: the first is on line ${earlier}`,
      });
    names.set(head.name, at.line);
    const built = earlier === undefined && buildGroup(group, { ...context, groups });
    return built ? [built] : [];
  });
}

function buildGroup(
  { head, at, fields }: Parsed,
  context: Context & { readonly groups: Map<string, string> },
): VrrpSyncGroupConfig | undefined {
  const { diagnostics, globals, instances } = context;
  const members = membersOf(head.name, fields.group.flat(), context);
  if (members.length < 2)
    diagnostics.warning('EMPTY', at, {
      message:
        members.length === 0
          ? `vrrp_sync_group ${quote(head.name)} has no instances: it is left out`
          : `vrrp_sync_group ${quote(head.name)} has one instance, which has nothing to change role with`,
      help: 'write group { ... } with the names of its instances',
    });
  if (members.length === 0) return undefined;
  const tracking = buildTracking(fields, context);
  const owner = instances.find(({ name, priority }) => priority === 255 && members.includes(name));
  const why = owner && `vrrp_instance ${quote(owner.name)} of the group has priority 255`;
  return {
    name: head.name,
    instances: members,
    tracking: why === undefined ? tracking : withoutWeights(tracking, { why, diagnostics, keep: true }),
    memberWeights: fields.sync_group_tracking_weight.value,
    notify: buildNotify(fields, globals),
    span: at,
  };
}

function membersOf(
  group: string,
  names: readonly MemberName[],
  { instances, groups, diagnostics }: Context & { readonly groups: Map<string, string> },
): string[] {
  return names.flatMap(({ name, span }) => {
    if (!instances.some((instance) => instance.name === name)) {
      sayUnknown({ name, span }, { instances, diagnostics });
      return [];
    }
    const other = groups.get(name);
    groups.set(name, other ?? group);
    if (other === undefined) return [name];
    diagnostics.warning('DUPLICATE', span, {
      message: `Cannot have vrrp_instance ${quote(name)} in ${other === group ? 'this group twice' : 'two groups'}`,
      help: other === group ? 'once is enough' : `it stays in vrrp_sync_group ${quote(other)}`,
    });
    return [];
  });
}

function sayUnknown(
  { name, span }: MemberName,
  { instances, diagnostics }: Pick<Context, 'instances' | 'diagnostics'>,
): void {
  diagnostics.warning('UNKNOWN_VALUE', span, {
    message: `Cannot find vrrp_instance ${quote(name)}: as in keepalived, the name is ignored`,
    help: didYouMean(
      name,
      instances.map((instance) => instance.name),
    ),
  });
}

/** Members of a group have one priority, so their weights count where the group says so only. */
export function withoutMemberWeights(
  instances: readonly VrrpInstanceConfig[],
  groups: readonly VrrpSyncGroupConfig[],
  diagnostics: Diagnostics,
): VrrpInstanceConfig[] {
  return instances.map((instance) => {
    const group = groups.find(({ instances: members }) => members.includes(instance.name));
    if (!group || group.memberWeights || weighted(instance.tracking).length === 0) return instance;
    const why = `it would part its instance from vrrp_sync_group ${quote(group.name)}`;
    return { ...instance, tracking: withoutWeights(instance.tracking, { why, diagnostics }) };
  });
}

export function buildTrackGroups(
  parsed: RootFields['track_group'],
  { instances, diagnostics }: Pick<Context, 'instances' | 'diagnostics'>,
): StaticConfig['trackGroups'] {
  return parsed.map(({ head, fields }) => ({
    name: head.name,
    instances: fields.group.flat().flatMap((member) => {
      if (instances.some(({ name }) => name === member.name)) return [member.name];
      sayUnknown(member, { instances, diagnostics });
      return [];
    }),
  }));
}
