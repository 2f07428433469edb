/** The rates of all virtual servers and their destinations, kept up as long as they are in the tables. */
import type { Counters, VirtualServerKey, VirtualServerState } from '../addon/addon.ts';
import { nameOf } from './difference.ts';
import { type Estimate, nextEstimate, ratesOf, startEstimate } from './estimator.ts';

export interface ServiceRates {
  readonly own: Counters;
  /** In the order of the state's destinations. */
  readonly destinations: readonly Counters[];
}

const nothing: Counters = { connections: 0, packets: 0, bytes: 0 };

interface Estimates {
  readonly own: Estimate;
  readonly destinations: ReadonlyMap<string, Estimate>;
}

export class Rates {
  #estimates: Map<string, Estimates>;

  /** What was counted by an earlier process is no rate. */
  constructor(servers: readonly VirtualServerState[]) {
    this.#estimates = new Map(servers.map((server) => [nameOf(server), startEstimates(server)]));
  }

  /** To be called every ESTIMATION_MS. What has come since the last time began to count at 0. */
  take(servers: readonly VirtualServerState[]): void {
    this.#estimates = new Map(
      servers.map((server) => {
        const before = this.#estimates.get(nameOf(server));
        return [
          nameOf(server),
          {
            own: nextEstimate(before?.own ?? startEstimate(nothing), server),
            destinations: new Map(
              server.destinations.map((one) => [
                one.address,
                nextEstimate(before?.destinations.get(one.address) ?? startEstimate(nothing), one),
              ]),
            ),
          },
        ];
      }),
    );
  }

  /** Begins at 0 again, as IPVS does when counters are zeroed: the one of this key, absent: all of them. */
  restart(servers: readonly VirtualServerState[], key?: VirtualServerKey): void {
    for (const server of servers)
      if (key === undefined || nameOf(key) === nameOf(server))
        this.#estimates.set(nameOf(server), startEstimates(server));
  }

  of(server: VirtualServerState): ServiceRates {
    const found = this.#estimates.get(nameOf(server));
    return {
      own: rates(found?.own),
      destinations: server.destinations.map(({ address }) => rates(found?.destinations.get(address))),
    };
  }
}

function startEstimates(server: VirtualServerState): Estimates {
  const destinations = server.destinations.map((one) => [one.address, startEstimate(one)] as const);
  return { own: startEstimate(server), destinations: new Map(destinations) };
}

function rates(estimate: Estimate | undefined): Counters {
  return estimate === undefined ? nothing : ratesOf(estimate);
}
