/** What an operator has set besides the configuration: it holds until a reload has something else to say. */
import { isDeepStrictEqual } from 'node:util';
import type { Datapath, GlobalConfig } from '../config/model.ts';
import type { Timeouts } from '../control/tables.ts';

export class HandSettings {
  /** ipvsadm --set, until the configuration changes them. */
  #timeouts: Timeouts | undefined;
  /** `xlb datapath set`, until the next reload. */
  #datapath: Datapath | undefined;

  timeouts({ dataplane }: GlobalConfig): Timeouts {
    return this.#timeouts ?? dataplane.timeouts;
  }

  /** 0: stays as it is. */
  setTimeouts({ tcp, tcpFin, udp }: Timeouts, global: GlobalConfig): void {
    const old = this.timeouts(global);
    this.#timeouts = { tcp: tcp || old.tcp, tcpFin: tcpFin || old.tcpFin, udp: udp || old.udp };
  }

  datapath({ datapath }: GlobalConfig): Datapath {
    return this.#datapath ?? datapath;
  }

  setDatapath(datapath: Datapath): void {
    this.#datapath = datapath;
  }

  reloaded(before: GlobalConfig, after: GlobalConfig): void {
    this.#datapath = undefined;
    if (!isDeepStrictEqual(before.dataplane.timeouts, after.dataplane.timeouts)) this.#timeouts = undefined;
  }
}
