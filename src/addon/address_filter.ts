/** The table of nf_tables that keeps virtual addresses from being accepted. Types only. */

export interface FilteredAddress {
  readonly address: string;
  /** Of a link-local IPv6 address, which is one per link; of any other it says nothing. */
  readonly interface: string;
}

/**
 * A table `inet NAME` of nf_tables: what comes for its addresses and what would leave from them is dropped, neighbour
 * discovery excepted. It outlives the process. Every change is one transaction. Opens nothing before the first call.
 */
export interface AddressFilter {
  /** Throws what this kernel has not for such a table: nothing is left of the attempt. */
  check(): void;
  /** [] where there is no table. */
  addresses(): FilteredAddress[];
  /** Exactly these, whatever was there; with [] the table goes. */
  replace(addresses: readonly FilteredAddress[]): void;
  /** To a table that is there: ENOENT where it is not. */
  add(addresses: readonly FilteredAddress[]): void;
  /** ENOENT where one of them, or the table, is not there: then nothing is removed. */
  remove(addresses: readonly FilteredAddress[]): void;
  close(): void;
}
