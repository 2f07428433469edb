/** What a traffic child (traffic_child.ts) can be told to do, and what it answers. Times in milliseconds. */

interface Server {
  readonly host: string;
  readonly port: number;
}

export type Order =
  /** HTTP requests with a connection each. */
  | (Server & { readonly do: 'get'; readonly count: number; readonly atOnce: number })
  /** Opens kept connections, each with a first request. */
  | (Server & { readonly do: 'open'; readonly count: number })
  /** One request over each of the kept connections; one that broke is not opened anew. */
  | { readonly do: 'ask' }
  /** Closes the kept connections. */
  | { readonly do: 'close' }
  /** Until `unload`: a new connection every so often, and requests over the kept ones. */
  | (Server & { readonly do: 'load'; readonly everyMs: number })
  /** What became of all requests since `load`. */
  | { readonly do: 'unload' }
  /** From each of these ports so many datagrams, each sent when the one before is answered. */
  | (Server & {
      readonly do: 'udp';
      readonly ports: readonly number[];
      readonly each: number;
      readonly bytes: number;
      readonly withinMs: number;
    });

/** One request or datagram. */
export interface Answer {
  /** Name of the real server that answered, or 'failed: REASON'. */
  readonly from: string;
  /** Of the client; 0 where there was none. */
  readonly port: number;
  readonly over: 'new' | 'kept';
}

export interface Ordered {
  readonly serial: number;
  readonly order: Order;
}

export interface Answered {
  readonly serial: number;
  readonly answers: readonly Answer[];
}
