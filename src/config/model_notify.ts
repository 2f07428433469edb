/** What a configuration file says of programs that are run and people that are told. */
import type { Span } from './model.ts';

/** A program to run. */
export interface ScriptConfig {
  /** As written between the quotes: a program with arguments, or text that needs a shell. */
  readonly command: string;
  /** Its own or script_user; absent: keepalived_script where the host has that user, else root. */
  readonly user?: string;
  readonly group?: string;
  readonly span: Span;
}

export interface NotifyConfig {
  readonly master?: ScriptConfig;
  readonly backup?: ScriptConfig;
  readonly fault?: ScriptConfig;
  readonly stop?: ScriptConfig;
  readonly deleted?: ScriptConfig;
  /** notify_deleted: of an instance that a reload removes, DELETED is said and not FAULT. */
  readonly sayDeleted: boolean;
  readonly masterReceivesLowerPriority?: ScriptConfig;
  /** `notify`: after the others, with kind, name, state and priority appended. */
  readonly any?: ScriptConfig;
  /** Priority changes are written to the FIFOs. */
  readonly priorityChanges: boolean;
  readonly mail: boolean;
}

export interface FifoConfig {
  /** Whose changes: everything's, the virtual routers', the virtual servers'. */
  readonly of: 'all' | 'vrrp' | 'lvs';
  readonly path: string;
  /** Reads the FIFO; started once, with the path appended. */
  readonly script?: ScriptConfig;
  readonly span: Span;
}

export interface MailConfig {
  /** None: no mail is sent. */
  readonly to: readonly string[];
  /** Absent: the process's user at the host's name. */
  readonly from?: string;
  /** Absent: no mail is sent. */
  readonly server?: { readonly host: string; readonly port: number };
  readonly connectTimeoutMs: number;
  /** Absent: the host's name. */
  readonly helo?: string;
  /** Absent: virtual servers send none, real servers do. */
  readonly ofCheckers?: boolean;
  /** no_checker_emails: of a real server that goes up or down, not of each of its checks that does. */
  readonly notOfChecks?: true;
  /** no_email_faults. */
  readonly faults: boolean;
}

/** xlb_events. Paths are absolute. */
export type EventOutletConfig =
  | { readonly kind: 'file' | 'fifo'; readonly path: string }
  /** Its path, or a name and password in it, may be a secret. */
  | { readonly kind: 'webhook'; readonly url: string };
