/** vrrp_instance: fields -> model. */
import { familyOf } from '../../base/address.ts';
import { quote } from '../diagnostic.ts';
import type { GlobalDefs } from '../keywords/global_defs.ts';
import type { RootFields } from '../keywords/root.ts';
import type { NamedInterface, TransportConfig, VrrpInstanceConfig } from '../model.ts';
import type { ValidateContext } from './context.ts';
import { buildElection } from './election.ts';
import { buildGarp, type Paces } from './garp.ts';
import { buildVmac, withMacvlans } from './macvlan.ts';
import { buildNotify } from './script.ts';
import type { RulePriorities } from './static.ts';
import type { Tracked } from './tracked.ts';
import { buildTracking, withoutWeights } from './tracking.ts';
import { buildTransport } from './transport.ts';
import { buildAddresses } from './vrrp_address.ts';

type Parsed = RootFields['vrrp_instance'][number];

export interface VrrpContext extends ValidateContext {
  readonly globals: GlobalDefs;
  readonly tracked: Tracked;
  /** Who has which address. */
  readonly taken: Map<string, string>;
  readonly priorities: RulePriorities;
  /** Of garp_group. */
  readonly paces: Paces;
}

interface Seen {
  readonly names: Map<string, number>;
  /** By interface, family and VRID. */
  readonly routers: Map<string, VrrpInstanceConfig[]>;
  readonly vmacs: Set<string>;
}

type Context = VrrpContext & { readonly seen: Seen };

export function buildVrrpInstances(parsed: readonly Parsed[], context: VrrpContext): VrrpInstanceConfig[] {
  const vmacs = new Set(parsed.flatMap(({ fields }) => fields.use_vmac?.value.name ?? []));
  const seen: Seen = { names: new Map(), routers: new Map(), vmacs };
  return parsed.flatMap((instance) => {
    sayDuplicate(instance, { ...context, seen });
    const built = buildInstance(instance, { ...context, seen });
    return built ? [built] : [];
  });
}

function sayDuplicate({ head, at }: Parsed, { diagnostics, seen }: Context): void {
  const earlier = seen.names.get(head.name);
  if (earlier === undefined) seen.names.set(head.name, at.line);
  else
    diagnostics.error('DUPLICATE', at, {
      message: `Cannot have two vrrp_instance ${quote(head.name)}: the first is on line ${earlier}`,
    });
}

function buildInstance(instance: Parsed, context: Context): VrrpInstanceConfig | undefined {
  const { head, at, fields } = instance;
  const { diagnostics, globals, seen } = context;
  const named = interfaceOf(instance, context);
  const virtualRouterId = routerIdOf(instance, context);
  if (!named || virtualRouterId === undefined) return undefined;
  const family = familyOfInstance(instance);
  const election = buildElection(instance, { ...context, family });
  const transport = buildTransport(instance, { ...context, family });
  const unicast = transport.peers.length > 0;
  const vmac = buildVmac(instance, { ...context, family, virtualRouterId, unicast, names: seen.vmacs });
  const name = `vrrp_instance ${quote(head.name)}`;
  const tracking = buildTracking(fields, context);
  const alone: VrrpInstanceConfig = {
    name: head.name,
    interface: named,
    family,
    virtualRouterId,
    ...election,
    transport,
    ...(vmac ? { vmac } : {}),
    garp: buildGarp(fields, { globals, strict: election.strict, paces: context.paces, on: named.name }),
    tracking:
      election.priority === 255
        ? withoutWeights(tracking, { why: 'its priority is always 255', diagnostics })
        : tracking,
    trackPrimary: !fields.dont_track_primary.value,
    notify: buildNotify(fields, globals),
    promoteSecondaries: fields.promote_secondaries.value,
    addresses: buildAddresses(
      { advertised: fields.virtual_ipaddress, excluded: fields.virtual_ipaddress_excluded },
      family,
      { name, fallback: named.name, taken: context.taken, diagnostics },
    ),
    routes: fields.virtual_routes,
    rules: context.priorities.complete(fields.virtual_rules),
    span: at,
  };
  const built = withMacvlans(alone, macvlansWanted(instance), {
    prefix: globals.vmac_prefix?.value ?? 'vrrp',
    names: seen.vmacs,
  });
  sayTrackGroups(instance, context);
  sayWithoutAddresses(instance, built, context);
  refuseTwins(built, instance, context);
  return built;
}

function interfaceOf({ head, at, fields, written }: Parsed, context: Context): NamedInterface | undefined {
  const { diagnostics, globals } = context;
  const named =
    fields.interface?.value ?? (written.has('interface') ? undefined : globals.default_interface?.value);
  if (!named && !written.has('interface'))
    diagnostics.error('MISSING_KEYWORD', at, {
      message: `Cannot run vrrp_instance ${quote(head.name)}: it names no interface`,
      help: 'write `interface IF`, the interface that shall hold its addresses',
    });
  if (named?.name === 'lo')
    diagnostics.error('BAD_VALUE', named.span, {
      message: 'Cannot use the loopback interface lo for VRRP: no other director hears adverts on it',
      help: 'name the interface that the directors share; `dev lo` puts a single address on lo',
    });
  return named;
}

function routerIdOf({ head, at, fields, written }: Parsed, { diagnostics }: Context): number | undefined {
  if (!written.has('virtual_router_id'))
    diagnostics.error('MISSING_KEYWORD', at, {
      message: `Cannot run vrrp_instance ${quote(head.name)}: it has no virtual_router_id`,
      help: 'write `virtual_router_id N`, 1 to 255, the same on every director of this instance',
    });
  return fields.virtual_router_id?.value;
}

function familyOfInstance({ fields }: Parsed): 4 | 6 {
  const [first] = fields.virtual_ipaddress;
  const source = fields.mcast_src_ip ?? fields.unicast_src_ip ?? fields.mcast_dst_ip;
  const address = source?.value ?? fields.unicast_peer[0]?.address;
  return (
    first?.family ??
    (address === undefined ? undefined : familyOf(address)) ??
    fields.virtual_ipaddress_excluded[0]?.family ??
    4
  );
}

function macvlansWanted({ fields }: Parsed): { all: boolean; chosen: ReadonlySet<string> } {
  const lines = [...fields.virtual_ipaddress, ...fields.virtual_ipaddress_excluded];
  const chosen = new Set(lines.filter(({ useVmac }) => useVmac === true).map(({ address }) => address));
  return { all: fields.use_vmac_addr.value, chosen };
}

function sayTrackGroups({ fields }: Parsed, { diagnostics }: Context): void {
  const { virtual_ipaddress, virtual_ipaddress_excluded, virtual_routes, virtual_rules } = fields;
  for (const { span, trackGroup } of [
    ...virtual_ipaddress,
    ...virtual_ipaddress_excluded,
    ...virtual_routes,
    ...virtual_rules,
  ])
    if (trackGroup !== undefined)
      diagnostics.warning('IGNORED', span, {
        message: 'Cannot use track_group here: it is for static addresses, routes and rules',
      });
}

function sayWithoutAddresses(
  { head, at, written }: Parsed,
  built: VrrpInstanceConfig,
  { diagnostics }: Context,
): void {
  const { addresses, version, strict } = built;
  const name = `vrrp_instance ${quote(head.name)}`;
  if (written.has('no_virtual_ipaddress') || (written.has('virtual_ipaddress') && diagnostics.failed)) return;
  if ((version === 3 || strict) && !addresses.some(({ excluded }) => !excluded))
    diagnostics.error('EMPTY', at, {
      message: `Cannot run ${name}: ${strict ? 'strict mode' : 'version 3'} wants a virtual_ipaddress`,
      help: 'write virtual_ipaddress { ... }, or no_virtual_ipaddress',
    });
  else if (addresses.length === 0)
    diagnostics.warning('EMPTY', at, { message: `${name} has no virtual_ipaddress to hold` });
}

/** Of one interface, family and number: they would hear each other's adverts as their own router's. */
function refuseTwins(
  built: VrrpInstanceConfig,
  { fields, at }: Parsed,
  { diagnostics, seen }: Context,
): void {
  const { interface: named, family, virtualRouterId, transport } = built;
  const key = `${named.name} ${family} ${virtualRouterId}`;
  const others = seen.routers.get(key) ?? [];
  seen.routers.set(key, [...others, built]);
  const twin = others.find((other) => sameAudience(transport, other.transport));
  if (twin)
    diagnostics.error('DUPLICATE', fields.virtual_router_id?.at ?? at, {
      message: `Cannot use virtual_router_id ${virtualRouterId} twice on ${named.name}`,
      help: `vrrp_instance ${quote(twin.name)} has it`,
    });
}

function sameAudience(one: TransportConfig, other: TransportConfig): boolean {
  if (one.peers.length === 0 || other.peers.length === 0)
    return one.peers.length === other.peers.length && one.multicastGroup === other.multicastGroup;
  return one.peers.some(({ address }) => other.peers.some((peer) => peer.address === address));
}
