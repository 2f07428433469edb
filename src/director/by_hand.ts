/**
 * Changes of the tables by hand (ipvsadm), on top of what the configuration and its checks want. Pure.
 *
 * The tables are to an operator what IPVS's are under keepalived: the configuration is written into them once, later
 * only what changes in it. So a change by hand stays until the configuration, or a check, changes the same thing.
 * The rules and the order in which they are checked are the kernel's (ip_vs_ctl.c), the words ipvsadm's.
 */
import type { DestinationSpec, SchedulerName, VirtualServerKey, VirtualServerSpec } from '../addon/addon.ts';
import { familyOf, isMappedAddress, isUnicast } from '../base/address.ts';
import { schedulerKeywords } from '../config/model.ts';
import { keysOf, nameOf } from '../dataplane/difference.ts';

/** Settings of a virtual server that -A and -E give as a whole. */
export interface HandService extends Omit<VirtualServerSpec, 'scheduler' | 'destinations' | 'members'> {
  readonly scheduler: string;
}

export type HandChange =
  | { readonly change: 'add_service' | 'edit_service'; readonly service: HandService }
  | { readonly change: 'delete_service'; readonly key: VirtualServerKey }
  | { readonly change: 'clear' }
  | {
      readonly change: 'add_destination' | 'edit_destination';
      readonly key: VirtualServerKey;
      readonly destination: DestinationSpec;
    }
  | { readonly change: 'delete_destination'; readonly key: VirtualServerKey; readonly address: string };

/** The tables as they shall be, by the names that virtual servers had when they came in. */
export interface HandTables {
  /** What the configuration and its checks wanted when last looked at. */
  readonly configured: ReadonlyMap<string, VirtualServerSpec>;
  readonly services: ReadonlyMap<string, VirtualServerSpec>;
}

export const refusals = {
  serviceExists: 'Service already exists',
  noScheduler: 'Scheduler or persistence engine not found',
  noService: 'No such service',
  serviceNotDefined: 'Service not defined',
  destinationExists: 'Destination already exists',
  noDestination: 'No such destination',
  range: 'Numerical result out of range',
  invalid: 'Invalid operation.  Possibly wrong module version, address not unicast, ...',
} as const;

type Refusal = (typeof refusals)[keyof typeof refusals];

export function startTables(configured: readonly VirtualServerSpec[]): HandTables {
  const services = new Map(configured.map((spec) => [nameOf(spec), spec]));
  return { configured: services, services };
}

/** The tables after the configuration or a check has changed what it wants. */
export function follow(tables: HandTables, wanted: readonly VirtualServerSpec[]): HandTables {
  const configured = new Map(wanted.map((spec) => [nameOf(spec), spec]));
  const services = new Map<string, VirtualServerSpec>();
  for (const [name, after] of configured) {
    const before = tables.configured.get(name);
    const present = tables.services.get(name);
    // One that was deleted by hand stays away until the configuration has brought it anew.
    if (present !== undefined) services.set(name, merge(before, after, present));
    else if (before === undefined) services.set(name, after);
  }
  for (const [name, spec] of tables.services)
    if (!configured.has(name) && !tables.configured.has(name)) services.set(name, spec);
  return { configured, services };
}

/** Makes the changes in their order; for each of them what was in the way, undefined where it was made. */
export function changeByHand(
  tables: HandTables,
  changes: readonly HandChange[],
): { readonly tables: HandTables; readonly results: readonly (Refusal | undefined)[] } {
  const working = new Working(tables.services);
  const results = changes.map((change) => working.make(change));
  return { tables: { configured: tables.configured, services: working.services }, results };
}

/** The virtual server that takes traffic for `key`: itself, or the group that it is a member of. */
export function findService(tables: HandTables, key: VirtualServerKey): VirtualServerSpec | undefined {
  return new Working(tables.services).find(key);
}

/** A copy of the tables that many changes are made in, with an index of all keys. */
class Working {
  readonly services: Map<string, VirtualServerSpec>;
  /** The name that a key is found under. */
  readonly #names = new Map<string, string>();

  constructor(services: ReadonlyMap<string, VirtualServerSpec>) {
    this.services = new Map(services);
    for (const [name, spec] of services) for (const key of keysOf(spec)) this.#names.set(nameOf(key), name);
  }

  find(key: VirtualServerKey): VirtualServerSpec | undefined {
    return this.services.get(this.#names.get(nameOf(key)) ?? '');
  }

  make(change: HandChange): Refusal | undefined {
    switch (change.change) {
      case 'add_service':
        return this.#addService(change.service);
      case 'edit_service':
        return this.#editService(change.service);
      case 'delete_service':
        return this.#deleteService(change.key);
      case 'clear':
        this.services.clear();
        this.#names.clear();
        return undefined;
      case 'add_destination':
      case 'edit_destination':
        return this.#setDestination(change);
      case 'delete_destination': {
        const { key, address } = change;
        const spec = this.find(key);
        if (spec === undefined) return refusals.serviceNotDefined;
        if (!has(spec, address)) return refusals.noDestination;
        return this.#replace(key, { ...spec, destinations: without(spec.destinations, address) });
      }
    }
  }

  #replace(key: VirtualServerKey, spec: VirtualServerSpec): undefined {
    this.services.set(this.#names.get(nameOf(key)) ?? nameOf(key), spec);
  }

  #addService(service: HandService): Refusal | undefined {
    if (this.find(service) !== undefined) return refusals.serviceExists;
    const { scheduler } = service;
    if (!isScheduler(scheduler)) return refusals.noScheduler;
    const everyPort = service.protocol !== 'FWM' && service.port === 0;
    if (isMappedAddress(service.address) || (everyPort && service.persistence === undefined))
      return refusals.invalid;
    // The name may be that of a group whose own address was deleted by hand.
    const name = this.services.has(nameOf(service)) ? `${nameOf(service)} by hand` : nameOf(service);
    this.#names.set(nameOf(service), name);
    this.services.set(name, { ...service, scheduler, destinations: [] });
    return undefined;
  }

  #editService(service: HandService): Refusal | undefined {
    const spec = this.find(service);
    if (spec === undefined) return refusals.noService;
    const { scheduler, schedulerFlags, persistence, onePacket } = service;
    if (!isScheduler(scheduler)) return refusals.noScheduler;
    const { schedulerFlags: _flags, persistence: _persistence, onePacket: _onePacket, ...rest } = spec;
    return this.#replace(service, {
      ...rest,
      scheduler,
      ...(schedulerFlags === undefined ? {} : { schedulerFlags }),
      ...(persistence === undefined ? {} : { persistence }),
      ...(onePacket === undefined ? {} : { onePacket }),
    });
  }

  /** Of a group only the member goes, as in IPVS, where every member is a service of its own. */
  #deleteService(key: VirtualServerKey): Refusal | undefined {
    const spec = this.find(key);
    if (spec === undefined) return refusals.noService;
    const deleted = nameOf(key);
    const name = this.#names.get(deleted) ?? deleted;
    this.#names.delete(deleted);
    const {
      members: _members,
      protocol: _protocol,
      address: _address,
      port: _port,
      fwmark: _fwmark,
      ...settings
    } = spec;
    const [first, ...others] = keysOf(spec).filter((one) => nameOf(one) !== deleted);
    if (first === undefined) this.services.delete(name);
    else
      this.services.set(name, { ...settings, ...first, ...(others.length === 0 ? {} : { members: others }) });
    return undefined;
  }

  #setDestination({
    change,
    key,
    destination,
  }: HandChange & { change: 'add_destination' | 'edit_destination' }): Refusal | undefined {
    const spec = this.find(key);
    if (spec === undefined) return refusals.serviceNotDefined;
    const { address, upperThreshold = 0, lowerThreshold = 0 } = destination;
    if (lowerThreshold > upperThreshold) return refusals.range;
    const listed = has(spec, address);
    if (change === 'edit_destination') {
      if (!listed) return refusals.noDestination;
      const destinations = spec.destinations.map((one) => (one.address === address ? destination : one));
      return this.#replace(key, { ...spec, destinations });
    }
    if (listed) return refusals.destinationExists;
    if (familyOf(address) !== familyOf(spec.address) || !isUnicast(address) || isMappedAddress(address))
      return refusals.invalid;
    // ip_vs_add_dest puts a new destination at the head of the list.
    return this.#replace(key, { ...spec, destinations: [destination, ...spec.destinations] });
  }
}

/** `present` with what has changed between `before` and `after`. */
function merge(
  before: VirtualServerSpec | undefined,
  after: VirtualServerSpec,
  present: VirtualServerSpec,
): VirtualServerSpec {
  if (before === after || before === present) return before === present ? after : present;
  const from: Partial<VirtualServerSpec> = before ?? {};
  const changed = Object.fromEntries(
    (['scheduler', 'schedulerFlags', 'persistence', 'onePacket', 'members'] as const)
      .filter((field) => JSON.stringify(from[field]) !== JSON.stringify(after[field]))
      .map((field) => [field, after[field]]),
  );
  const merged = Object.entries({ ...present, ...changed }).filter(([, value]) => value !== undefined);
  const destinations = mergeDestinations(
    before?.destinations ?? [],
    after.destinations,
    present.destinations,
  );
  return { ...(Object.fromEntries(merged) as unknown as VirtualServerSpec), destinations };
}

function mergeDestinations(
  before: readonly DestinationSpec[],
  after: readonly DestinationSpec[],
  present: readonly DestinationSpec[],
): DestinationSpec[] {
  const beforeByAddress = new Map(before.map((one) => [one.address, one]));
  const afterByAddress = new Map(after.map((one) => [one.address, one]));
  const listed = new Set(present.map(({ address }) => address));
  const coming = after.filter(({ address }) => !beforeByAddress.has(address) && !listed.has(address));
  const staying = present
    .filter(({ address }) => afterByAddress.has(address) || !beforeByAddress.has(address))
    .map((one) => {
      const wanted = afterByAddress.get(one.address);
      const same = JSON.stringify(wanted) === JSON.stringify(beforeByAddress.get(one.address));
      return wanted === undefined || same ? one : wanted;
    });
  return [...coming, ...staying];
}

function isScheduler(name: string): name is SchedulerName {
  return (schedulerKeywords as readonly string[]).includes(name);
}

function has({ destinations }: VirtualServerSpec, address: string): boolean {
  return destinations.some((one) => one.address === address);
}

function without(destinations: readonly DestinationSpec[], address: string): DestinationSpec[] {
  return destinations.filter((one) => one.address !== address);
}
