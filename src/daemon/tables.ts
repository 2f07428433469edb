/** The tables as ipvsadm sees and changes them: between the control socket, the director and the data path. */
import type { DestinationState, VirtualServerKey, VirtualServerState } from '../addon/addon.ts';
import { reasonOf } from '../base/errors.ts';
import type { ChangeResults, ServiceSettings, TableChange } from '../control/table_change.ts';
import type { Counted, TableDestination, TableService, Timeouts } from '../control/tables.ts';
import type { DataplaneClient } from '../dataplane/client.ts';
import { keysOf } from '../dataplane/difference.ts';
import type { ServiceRates } from '../dataplane/rates.ts';
import type { HandChange, HandService } from '../director/by_hand.ts';
import type { Director } from '../director/director.ts';

export interface TablesShell {
  readonly director: Director;
  readonly dataplane: Pick<DataplaneClient, 'ask'>;
  /** Sends what the director wants; answers, when the tables have it, with what they refuse. */
  readonly wish: () => Promise<readonly string[]>;
  /** 0: as it is. Takes effect with the next wish. */
  readonly setTimeouts: (timeouts: Timeouts) => void;
}

/** Makes the changes in their order. One that is refused stops nothing, as with ipvsadm -R. */
export async function changeTables(
  changes: readonly TableChange[],
  { director, dataplane, wish, setTimeouts }: TablesShell,
): Promise<ChangeResults> {
  const results: (string | null)[] = [];
  const problems: string[] = [];
  let waiting: HandChange[] = [];
  async function settle(): Promise<void> {
    if (waiting.length === 0) return;
    const refusals = director.changeByHand(waiting);
    results.push(...refusals.map((refusal) => refusal ?? null));
    waiting = [];
    if (refusals.includes(undefined)) problems.push(...(await wish()));
  }
  for (const change of changes) {
    if (change.change !== 'zero' && change.change !== 'set_timeouts') {
      waiting.push(handChange(change));
      continue;
    }
    await settle();
    if (change.change === 'set_timeouts') {
      setTimeouts(change);
      problems.push(...(await wish()));
      results.push(null);
      continue;
    }
    const zeroed = zero(change.key, { director, dataplane });
    // What comes after it does not fail for it, nor does what was made before.
    results.push(await zeroed.then((found) => (found ? null : 'No such service'), reasonOf));
  }
  await settle();
  return { results, problems };
}

/** False: there is no such virtual server. Rejects while the worker is being restarted. */
async function zero(
  key: VirtualServerKey | undefined,
  { dataplane, director }: Pick<TablesShell, 'dataplane' | 'director'>,
): Promise<boolean> {
  if (key === undefined) return dataplane.ask({ ask: 'zero' }).then(() => true);
  const server = director.find(key);
  // The tables may have a group under another of its members.
  for (const one of server === undefined ? [] : keysOf(server))
    if ((await dataplane.ask({ ask: 'zero', key: one })).found) return true;
  return false;
}

/** The whole flow table, a stretch at a time, no faster than it is read. */
export async function* connectionStretches(
  dataplane: Pick<DataplaneClient, 'ask'>,
): AsyncGenerator<Uint8Array> {
  for (let stretch = 0; ; stretch++) {
    const { lines } = await dataplane.ask({ ask: 'connections', stretch });
    if (lines === undefined) return;
    if (lines.length > 0) yield lines;
  }
}

/** Without destinations that only linger for their flows: IPVS does not list those either. */
export function tableServices(
  servers: readonly VirtualServerState[],
  rates: readonly ServiceRates[],
): TableService[] {
  return servers.map((server, index) => {
    const { protocol, address, port, fwmark, scheduler, persistence } = server;
    return {
      protocol,
      address,
      port,
      ...(fwmark === undefined ? {} : { fwmark }),
      scheduler,
      schedulerFlags: server.schedulerFlags ?? 0,
      ...(persistence === undefined ? {} : { persistence }),
      onePacket: server.onePacket ?? false,
      members: server.members ?? [],
      ...counted(server, rates[index]?.own),
      destinations: server.destinations.flatMap((one, at) =>
        one.gone ? [] : [tableDestination(one, rates[index]?.destinations[at])],
      ),
    };
  });
}

function tableDestination(state: DestinationState, rates: Counted['rates'] | undefined): TableDestination {
  const { address, weight, upperThreshold = 0, lowerThreshold = 0, active, inactive, persistent } = state;
  return {
    address,
    ...(state.nexthop.kind === 'local' ? { local: true } : {}),
    weight,
    upperThreshold,
    lowerThreshold,
    active,
    inactive,
    persistent,
    ...counted(state, rates),
  };
}

function counted(
  {
    connections,
    packets,
    bytes,
    zeroed,
  }: Pick<DestinationState, 'connections' | 'packets' | 'bytes' | 'zeroed'>,
  rates: Counted['rates'] = { connections: 0, packets: 0, bytes: 0 },
): Counted {
  return {
    counters: {
      connections: connections - zeroed.connections,
      packets: packets - zeroed.packets,
      bytes: bytes - zeroed.bytes,
    },
    rates,
  };
}

/** In the director's terms what is off is absent. */
export function handChange(change: Exclude<TableChange, { change: 'zero' | 'set_timeouts' }>): HandChange {
  switch (change.change) {
    case 'add_service':
    case 'edit_service':
      return { change: change.change, service: handService(change.service) };
    case 'add_destination':
    case 'edit_destination': {
      const { address, weight, upperThreshold, lowerThreshold } = change.destination;
      const destination = {
        address,
        weight,
        ...(upperThreshold === 0 ? {} : { upperThreshold }),
        ...(lowerThreshold === 0 ? {} : { lowerThreshold }),
      };
      return { change: change.change, key: change.key, destination };
    }
    case 'delete_service':
    case 'delete_destination':
    case 'clear':
      return change;
  }
}

function handService({ schedulerFlags, onePacket, ...service }: ServiceSettings): HandService {
  return {
    ...service,
    ...(schedulerFlags === 0 ? {} : { schedulerFlags }),
    ...(onePacket ? { onePacket } : {}),
  };
}
