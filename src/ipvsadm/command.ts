/** What a command line of ipvsadm asks for, as a closed union, and how it fails. Pure. */
import type { VirtualServerKey } from '../addon/addon.ts';
import type { TableChange } from '../control/table_change.ts';

/** Which columns a list has. */
export type Columns = 'connections' | 'stats' | 'rate' | 'thresholds' | 'persistent_conn' | 'tun_info';

export interface ListFormat {
  readonly columns: Columns;
  readonly numeric: boolean;
  /** --exact: large numbers are not shortened. */
  readonly exact: boolean;
  readonly sorted: boolean;
}

export type Command =
  | { readonly do: 'list'; readonly format: ListFormat; readonly service?: VirtualServerKey }
  /** -c; `engines`: with --persistent-conn the title names two more columns. */
  | { readonly do: 'connections'; readonly numeric: boolean; readonly engines: boolean }
  | { readonly do: 'timeouts' }
  /** --daemon: xlb has no sync daemon, so there is nothing to print. */
  | { readonly do: 'daemons' }
  | { readonly do: 'save'; readonly numeric: boolean }
  | { readonly do: 'restore' }
  | { readonly do: 'change'; readonly change: TableChange }
  | { readonly do: 'help' }
  | { readonly do: 'version' };

/** ipvsadm says this on standard error and ends with `exit`. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly exit: number;

  constructor(message: string, exit = 2) {
    super(message);
    this.exit = exit;
  }
}

/** How names on the command line are read; undefined where there is no such name. */
export interface Lookups {
  /** An IPv4 address. */
  address(host: string): string | undefined;
  port(service: string, protocol: 'TCP' | 'UDP' | 'SCTP' | undefined): number | undefined;
}
