/** What a configuration file says about health checks. */
import type { Span } from './model.ts';
import type { HttpGetConfig, SslGetConfig } from './model_http.ts';
import type { ScriptConfig } from './model_notify.ts';
import type { TrackFileConfig } from './model_vrrp.ts';

/** One checker block; a closed union that grows by one member a checker. */
export type CheckConfig = NetworkCheckConfig | LocalCheckConfig;

/** Those that ask the real server. */
export type NetworkCheckConfig =
  | TcpCheckConfig
  | HttpGetConfig
  | SslGetConfig
  | PingCheckConfig
  | UdpCheckConfig
  | DnsCheckConfig
  | SmtpCheckConfig;

/** Those that ask the director's own host: a script, a file, a BFD session. */
export type LocalCheckConfig = MiscCheckConfig | FileCheckConfig | BfdCheckConfig;

/** When and how often; defaults already taken from the real and the virtual server. */
export interface CheckTimesConfig {
  /** Further attempts before an up server is called down. */
  readonly retry: number;
  readonly delayBeforeRetryMs: number;
  readonly delayLoopMs: number;
  /** The first check starts at a random moment within this. */
  readonly warmupMs: number;
  /** Counts as failed until it has passed. */
  readonly alpha?: true;
  /** Attempts that fail while it is up are logged, not only the last. */
  readonly logAllFailures?: true;
  readonly span: Span;
}

/** What every checker has that asks the real server. */
export interface CommonCheckConfig extends CheckTimesConfig {
  readonly connectIp: string;
  readonly connectPort: number;
  /** Source address and port of the check's connection. */
  readonly bindto?: string;
  readonly bindPort?: number;
  /** The interface by which its packets leave. */
  readonly bindIf?: string;
  /** Of its packets. */
  readonly fwmark?: number;
  readonly connectTimeoutMs: number;
  /** xlb_check_vip. */
  readonly vip?: VipProbeConfig;
}

/** What a real server must accept besides, in frames to its own MAC. */
export interface VipProbeConfig {
  /** Its address: the next hop there gets the frames. */
  readonly realServer: string;
  /** The virtual server's; at least one. */
  readonly targets: readonly { readonly address: string; readonly port: number }[];
}

export interface TcpCheckConfig extends CommonCheckConfig {
  readonly kind: 'TCP_CHECK';
}

/** Its port is not used. */
export interface PingCheckConfig extends CommonCheckConfig {
  readonly kind: 'PING_CHECK';
}

export interface UdpCheckConfig extends CommonCheckConfig {
  readonly kind: 'UDP_CHECK';
  /** Hexadecimal, two lower case digits a byte. */
  readonly payload?: string;
  /** Absent: none is required. */
  readonly reply?: {
    /** How it begins: as `payload`, an `x` for any digit. */
    readonly pattern: string;
    readonly minBytes: number;
    readonly maxBytes: number;
  };
}

export const dnsRecordTypes = ['A', 'NS', 'CNAME', 'SOA', 'MX', 'TXT', 'AAAA', 'RRSIG', 'DNSKEY'] as const;
export type DnsRecordType = (typeof dnsRecordTypes)[number];

export interface DnsCheckConfig extends CommonCheckConfig {
  readonly kind: 'DNS_CHECK';
  readonly type: DnsRecordType;
  /** Without a dot at its end, but for the root: '.'. */
  readonly name: string;
}

export interface SmtpCheckConfig extends CommonCheckConfig {
  readonly kind: 'SMTP_CHECK';
  readonly heloName: string;
}

export interface MiscCheckConfig extends CheckTimesConfig {
  readonly kind: 'MISC_CHECK';
  readonly script: ScriptConfig;
  readonly timeoutMs: number;
  /** An exit status of 2 to 255 passes and sets the weight to so much less 2. */
  readonly dynamic: boolean;
  /** enable_script_security. */
  readonly security: boolean;
  /** The real server's, for the log. */
  readonly address: string;
}

export interface FileCheckConfig extends CheckTimesConfig {
  readonly kind: 'FILE_CHECK';
  readonly file: TrackFileConfig;
  /** Multiplies the number in the file and is added to the real server's weight; 0: a number that is not 0 fails. */
  readonly weight: number;
  /** The number counts negative; with weight 0: a 0 fails. */
  readonly reverse: boolean;
}

export interface BfdCheckConfig extends CheckTimesConfig {
  readonly kind: 'BFD_CHECK';
  /** Of a bfd_instance that exists. */
  readonly session: string;
}
