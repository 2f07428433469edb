/** The rates of all virtual servers and their destinations, kept up as long as they are in the tables. */
import type { Counters, VirtualServerKey, VirtualServerState } from '../addon/addon.ts';
import { nameOf } from './difference.ts';
import { type Estimate, nextEstimate, ratesOf, startEstimate } from './estimator.ts';

export interface ServiceRates {
  readonly own: Counters;
  /** In the order of the state's destinations. */
  readonly destinations: readonly Counters[];
}

const noRates: Counters = { connections: 0, packets: 0, bytes: 0 };

interface Estimates {
  readonly own: Estimate;
  readonly destinations: ReadonlyMap<string, Estimate>;
}

export class Rates {
  #estimates = new Map<string, Estimates>();

  /** To be called every ESTIMATION_MS. */
  take(servers: readonly VirtualServerState[]): void {
    this.#estimates = new Map(
      servers.map((server) => {
        const name = nameOf(server);
        const before = this.#estimates.get(name);
        const destinations = server.destinations.map(
          (one) => [one.address, next(before?.destinations.get(one.address), one)] as const,
        );
        return [name, { own: next(before?.own, server), destinations: new Map(destinations) }];
      }),
    );
  }

  /** Begins at 0 again, as IPVS does when counters are zeroed; absent: all of them. */
  reset(key?: VirtualServerKey): void {
    if (key === undefined) this.#estimates.clear();
    else this.#estimates.delete(nameOf(key));
  }

  of(server: VirtualServerState): ServiceRates {
    const found = this.#estimates.get(nameOf(server));
    return {
      own: rates(found?.own),
      destinations: server.destinations.map(({ address }) => rates(found?.destinations.get(address))),
    };
  }
}

function next(before: Estimate | undefined, counters: Counters): Estimate {
  return before === undefined ? startEstimate(counters) : nextEstimate(before, counters);
}

function rates(estimate: Estimate | undefined): Counters {
  return estimate === undefined ? noRates : ratesOf(estimate);
}
