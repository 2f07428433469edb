/** What the faulty services (faulty_services.ts) are told, and what their client (service_client.ts) tells. */

export interface Service {
  readonly kind: 'tcp' | 'http' | 'https' | 'smtp' | 'dns' | 'udp';
  readonly port: number;
}

/** `none`: all is well. `wrong`: an answer that says that it is not well. */
export type Fault = 'none' | 'refusing' | 'hanging' | 'wrong';

export interface ServiceOrder {
  readonly port: number;
  readonly fault: Fault;
}

/** One request of a client. */
export interface Asked {
  readonly port: number;
  /** Wall clock. */
  readonly begunMs: number;
  readonly endedMs: number;
  /** Name of the real server that answered, 'some' where the answer does not say; empty: it failed. */
  readonly from: string;
}
