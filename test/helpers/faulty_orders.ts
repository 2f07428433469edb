/** What the faulty services (faulty_services.ts) are told. */

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
