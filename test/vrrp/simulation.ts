/** Directors on one network, in fake time: machines with their timers, and adverts that are late, lost or cut off. */
import assert from 'node:assert/strict';
import type { Timer } from '../../src/base/clock.ts';
import type { Random } from '../../src/base/random.ts';
import { initialState, step } from '../../src/vrrp/machine.ts';
import type {
  VirtualRouter,
  VrrpAction,
  VrrpEvent,
  VrrpState,
  VrrpTimer,
} from '../../src/vrrp/virtual_router.ts';
import { FakeClock } from '../helpers/fake_clock.ts';

export interface Weather {
  /** Of an advert on its way to one receiver. */
  readonly lossProbability: number;
  readonly mostDelayMs: number;
}

export const calm: Weather = { lossProbability: 0, mostDelayMs: 1 };

export class Network {
  readonly clock = new FakeClock();
  readonly directors: readonly Director[];
  readonly random: Random;
  weather = calm;

  constructor(routers: readonly VirtualRouter[], random: Random) {
    this.random = random;
    this.directors = routers.map((router) => new Director(router, this));
  }

  broadcast(sender: Director, priority: number): void {
    for (const receiver of this.directors) {
      if (receiver === sender || this.random.next() < this.weather.lossProbability) continue;
      const { address: source, advertIntMs: intervalMs } = sender.router;
      this.clock.setTimer(this.random.next() * this.weather.mostDelayMs, () =>
        receiver.receive({ kind: 'advert', source, priority, intervalMs }),
      );
    }
  }

  /** Names of those that hold the addresses. */
  holders(): string[] {
    return this.directors.filter(({ holds }) => holds).map(({ router }) => router.name);
  }

  roles(): string[] {
    return this.directors.map(({ state }) => state.role);
  }

  /** Moves on in steps of a millisecond; the number of those in which nobody held the addresses. */
  outageMs(ms: number): number {
    let outage = 0;
    for (let passed = 0; passed < ms; passed++) {
      this.clock.advance(1);
      if (this.holders().length === 0) outage++;
    }
    return outage;
  }
}

export class Director {
  readonly router: VirtualRouter;
  readonly #network: Network;
  readonly #timers = new Map<VrrpTimer, Timer>();
  #pausedUntilMs = 0;
  state: VrrpState;
  /** The addresses are on this director. */
  holds = false;

  constructor(router: VirtualRouter, network: Network) {
    this.router = router;
    this.#network = network;
    this.state = initialState(router);
  }

  tell(event: VrrpEvent): void {
    const { state, actions } = step(this.router, this.state, event);
    this.state = state;
    for (const action of actions) this.#carryOut(action);
    assert.equal(
      this.holds,
      state.role === 'master' || state.role === 'leaving',
      'addresses follow the role',
    );
  }

  start(): void {
    this.tell({ kind: 'start', faulty: false });
  }

  /** Without a word, and with its addresses. */
  crash(): void {
    this.#cancelTimers();
    this.holds = false;
    this.state = initialState(this.router);
  }

  /** Nothing runs; timers fire late. Half of what arrives meanwhile is lost, the rest waits in the socket. */
  pause(ms: number): void {
    this.#pausedUntilMs = this.#network.clock.nowMs() + ms;
  }

  receive(event: VrrpEvent): void {
    const waitMs = this.#pausedUntilMs - this.#network.clock.nowMs();
    if (waitMs <= 0) this.tell(event);
    else if (this.#network.random.next() < 0.5)
      this.#network.clock.setTimer(waitMs, () => this.receive(event));
  }

  #carryOut(action: VrrpAction): void {
    switch (action.do) {
      case 'send_advert':
        this.#network.broadcast(this, action.priority);
        break;
      case 'add_addresses':
        assert.equal(this.holds, false, 'addresses are added once');
        this.holds = true;
        break;
      case 'remove_addresses':
        assert.equal(this.holds, true, 'addresses are removed once');
        this.holds = false;
        break;
      case 'set_timer':
        this.#setTimer(action.timer, this.#network.clock.nowMs() + action.ms);
        break;
      case 'cancel_timer':
        this.#timers.get(action.timer)?.cancel();
        break;
      case 'cancel_timers':
        this.#cancelTimers();
        break;
      case 'announce':
      case 'notify':
      case 'notify_priority':
      case 'notify_lower_priority':
      case 'log':
      case 'count':
      case 'stopped':
        break;
    }
  }

  #setTimer(timer: VrrpTimer, dueMs: number): void {
    const { clock } = this.#network;
    this.#timers.get(timer)?.cancel();
    const fire = () => {
      const waitMs = this.#pausedUntilMs - clock.nowMs();
      if (waitMs > 0) this.#timers.set(timer, clock.setTimer(waitMs, fire));
      else this.tell({ kind: 'timer', timer, lateMs: clock.nowMs() - dueMs });
    };
    this.#timers.set(timer, clock.setTimer(dueMs - clock.nowMs(), fire));
  }

  #cancelTimers(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }
}
