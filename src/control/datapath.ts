/** What POST /api/v1/datapath takes and answers: the data path by hand, until the next reload. */
import type { XdpMode } from '../addon/addon.ts';
import { type Datapath, datapaths } from '../config/model.ts';

export interface DatapathOrder {
  readonly datapath: Datapath;
}

export interface DatapathAnswer {
  /** What could not be done, one sentence each; forwarding goes on. */
  readonly problems: readonly string[];
}

/** From the body, of which nothing is believed; or one sentence that says what is wrong. */
export function readDatapathOrder(body: unknown): DatapathOrder | string {
  const asked = typeof body === 'object' && body !== null && 'datapath' in body ? body.datapath : undefined;
  const datapath = datapaths.find((known) => known === asked);
  return datapath === undefined ? `datapath must be one of ${datapaths.join(', ')}` : { datapath };
}

/** The data path that an interface has, in the words of xlb_datapath. `sockets`: those of AF_XDP, where it has any. */
export function pathOf(mode: XdpMode, sockets: object | undefined): Exclude<Datapath, 'auto'> {
  if (sockets !== undefined) return 'af_xdp';
  return mode === 'native' ? 'xdp' : 'skb';
}
