/** vrrp_instance: fields -> model. */
import { quote } from './diagnostic.ts';
import type { VirtualAddressLine } from './keywords/vrrp_instance.ts';
import type { VirtualAddressConfig, VrrpInstanceConfig } from './model.ts';
import type { RootFields, ValidateContext } from './validate.ts';

type Parsed = RootFields['vrrp_instance'][number];

interface Seen {
  readonly names: Map<string, number>;
  /** By interface, family and VRID. */
  readonly routers: Map<string, string>;
  readonly addresses: Map<string, string>;
}

export function buildVrrpInstances(
  parsed: readonly Parsed[],
  context: ValidateContext,
): VrrpInstanceConfig[] {
  const seen: Seen = { names: new Map(), routers: new Map(), addresses: new Map() };
  return parsed.flatMap((instance) => {
    const built = buildInstance(instance, { ...context, seen });
    return built ? [built] : [];
  });
}

/** Of what is not read from the file yet. */
const keepalivedDefaults = {
  version: 2,
  preempt: true,
  preemptDelayMs: 0,
  strict: false,
  accept: true,
  skipCheckAdvAddr: false,
  lowerPrioNoAdvert: false,
  higherPrioSendAdvert: false,
  ownerIgnoreAdverts: false,
  downTimerAdverts: 3,
  transport: {
    trackSource: false,
    multicastGroup: '224.0.0.18',
    peers: [],
    unicast: false,
    unicastTtl: 255,
    faultWithoutPeers: false,
    checkUnicastSource: false,
    oldUnicastChecksum: 'auto',
    v3ChecksumAsV2: false,
  },
  vmacForAddresses: false,
  garp: {
    masterDelayMs: 5_000,
    masterRepeat: 5,
    masterRefreshMs: 0,
    masterRefreshRepeat: 1,
    lowerPrioDelayMs: 5_000,
    lowerPrioRepeat: 5,
    arpIntervalMs: 0,
    naIntervalMs: 0,
    extraInterfacesMs: 0,
    extraInterfacesAll: false,
  },
  tracking: { scripts: [], interfaces: [], files: [], processes: [] },
  trackPrimary: true,
  notify: { priorityChanges: false, mail: false },
  promoteSecondaries: false,
  routes: [],
  rules: [],
} as const;

type Context = ValidateContext & { readonly seen: Seen };

function buildInstance(
  { head, at, fields, written }: Parsed,
  context: Context,
): VrrpInstanceConfig | undefined {
  const { diagnostics, seen } = context;
  const earlier = seen.names.get(head.name);
  if (earlier !== undefined)
    diagnostics.error('DUPLICATE', at, {
      message: `Cannot have two vrrp_instance ${quote(head.name)}: the first is on line ${earlier}`,
    });
  else seen.names.set(head.name, at.line);
  if (!written.has('interface'))
    diagnostics.error('MISSING_KEYWORD', at, {
      message: `Cannot run vrrp_instance ${quote(head.name)}: it names no interface`,
      help: 'write `interface IF`, the interface that shall hold its addresses',
    });
  if (!written.has('virtual_router_id'))
    diagnostics.error('MISSING_KEYWORD', at, {
      message: `Cannot run vrrp_instance ${quote(head.name)}: it has no virtual_router_id`,
      help: 'write `virtual_router_id N`, 1 to 255, the same on every director of this instance',
    });
  if (!fields.interface || !fields.virtual_router_id) return undefined;
  const named = fields.interface.value;
  const virtualRouterId = fields.virtual_router_id.value;
  const lines = [...fields.virtual_ipaddress, ...fields.virtual_ipaddress_excluded];
  const router = `${named.name} ${lines[0]?.family ?? 4} ${virtualRouterId}`;
  const other = seen.routers.get(router);
  if (other !== undefined)
    diagnostics.error('DUPLICATE', fields.virtual_router_id.at, {
      message: `Cannot use virtual_router_id ${virtualRouterId} twice on ${named.name}`,
      help: `vrrp_instance ${quote(other)} has it`,
    });
  else seen.routers.set(router, head.name);
  if (!written.has('virtual_ipaddress') && !written.has('virtual_ipaddress_excluded'))
    diagnostics.warning('EMPTY', at, {
      message: `vrrp_instance ${quote(head.name)} has no virtual_ipaddress to hold`,
    });
  const state = fields.state?.value ?? (fields.priority?.value === 255 ? 'MASTER' : 'BACKUP');
  if (state === 'BACKUP')
    diagnostics.warning('NOT_YET', fields.state?.at ?? at, {
      message: `Election is not supported yet: vrrp_instance ${quote(head.name)} is master at once`,
      help: 'run only one director with these addresses',
    });
  return {
    name: head.name,
    interface: named,
    virtualRouterId,
    priority: fields.priority?.value ?? (state === 'MASTER' ? 255 : 100),
    state,
    advertIntMs: fields.advert_int.value,
    family: lines[0]?.family ?? 4,
    ...keepalivedDefaults,
    addresses: lines.flatMap((line) => {
      const address = buildAddress(line, { ...context, instance: head.name, fallback: named.name });
      return address ? [address] : [];
    }),
    span: at,
  };
}

function buildAddress(
  line: VirtualAddressLine,
  { diagnostics, seen, instance, fallback }: Context & { instance: string; fallback: string },
): VirtualAddressConfig | undefined {
  const { address, prefix, span, dev, broadcast, scope, label } = line;
  const holder = seen.addresses.get(address);
  if (holder !== undefined) {
    diagnostics.warning('DUPLICATE', span, {
      message: `Cannot add address ${address} twice: this line is left out`,
      help: `vrrp_instance ${quote(holder)} holds it`,
    });
    return undefined;
  }
  seen.addresses.set(address, instance);
  return {
    address,
    prefix,
    interface: dev?.name ?? fallback,
    ...(label === undefined ? {} : { label }),
    ...(broadcast === undefined ? {} : { broadcast }),
    ...(scope === undefined ? {} : { scope }),
    span,
    ...(dev ? { interfaceSpan: dev.span } : {}),
  };
}
