/** What HTTP_GET and SSL_GET ask, and what they take for a good answer. */
import type { CommonCheckConfig } from './model.ts';

interface WebCheckConfig extends CommonCheckConfig {
  /** At least one. */
  readonly urls: readonly UrlConfig[];
  /** 1.0C: HTTP/1.0 with `Connection: close`, which 1.1 always has. */
  readonly httpProtocol: '1.0' | '1.0C' | '1.1';
  /** No wait between urls while the server is not known to be up. */
  readonly fastRecovery?: boolean;
}

export interface HttpGetConfig extends WebCheckConfig {
  readonly kind: 'HTTP_GET';
}

export interface SslGetConfig extends WebCheckConfig {
  readonly kind: 'SSL_GET';
  /** What is shown to servers that ask for a certificate. */
  readonly identity?: SslIdentityConfig;
}

/** SSL: paths of files in PEM. A certificate and its key are there both, or neither. */
export interface SslIdentityConfig {
  readonly certificate?: string;
  readonly key?: string;
  readonly ca?: string;
  readonly password?: string;
  /** Another one where the files held something else. */
  readonly revision: string;
}

/** All that is given must hold. */
export interface UrlConfig {
  readonly path: string;
  /** The Host of the request. */
  readonly host: string;
  /** What SSL_GET names in its handshake; absent: nothing. */
  readonly serverName?: string;
  /** Inclusive ranges. */
  readonly statusCodes: readonly (readonly [first: number, last: number])[];
  /** MD5 of the body, in lower case. */
  readonly digest?: string;
  readonly regex?: RegexConfig;
}

/** A JavaScript regular expression that means what the one in the file means to PCRE. */
export interface RegexConfig {
  readonly source: string;
  /** 'u': over characters of UTF-8; else over bytes. */
  readonly flags: string;
  /** firstline: a match begins on the first line. */
  readonly firstLine?: boolean;
  /** A match is what must not be. */
  readonly noMatch?: boolean;
  /** Where a match may begin: bytes of the body, inclusive. */
  readonly minOffset?: number;
  readonly maxOffset?: number;
}
