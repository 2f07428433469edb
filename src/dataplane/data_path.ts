/** Where packets of virtual servers are decided about: in the kernel's program, or in threads of this process. */
import type { AfXdpState, Forwarder, XdpMode } from '../addon/addon.ts';
import { reasonOf } from '../base/errors.ts';
import type { Datapath } from '../config/model.ts';

/** How the program is attached for each. AF_XDP takes its frames from the program, wherever that runs. */
export const attachModes: Readonly<Record<Datapath, 'auto' | XdpMode>> = {
  auto: 'auto',
  xdp: 'native',
  af_xdp: 'auto',
  skb: 'generic',
};

export class DataPath {
  readonly #forwarder: Pick<Forwarder, 'useAfXdp' | 'leaveAfXdp' | 'afXdp'>;
  #wanted: Datapath = 'auto';
  /** Why AF_XDP is asked for and not there. */
  #problem: string | undefined;

  constructor(forwarder: Pick<Forwarder, 'useAfXdp' | 'leaveAfXdp' | 'afXdp'>) {
    this.#forwarder = forwarder;
  }

  /** None, or one sentence. */
  get problems(): readonly string[] {
    return this.#problem === undefined ? [] : [this.#problem];
  }

  get state(): AfXdpState {
    return this.#forwarder.afXdp();
  }

  /** To be called when the program was attached or detached somewhere. */
  use(wanted: Datapath): void {
    this.#wanted = wanted;
    this.lookAgain();
  }

  /** To be called now and then: interfaces get other numbers of queues, and sockets that were refused may be had. */
  lookAgain(): void {
    this.#problem = undefined;
    try {
      if (this.#wanted === 'af_xdp') this.#forwarder.useAfXdp();
      else this.#forwarder.leaveAfXdp();
    } catch (error) {
      this.#problem = `${reasonOf(error)}: the XDP program goes on forwarding in place of AF_XDP`;
    }
  }
}
