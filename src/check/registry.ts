/** Every checker that asks the real server, one row each. The pool's threads load it: import only what is needed. */
import type { NetworkCheckConfig } from '../config/model.ts';
import type { Checker } from './checker.ts';
import { dnsCheck } from './dns_check.ts';
import { httpGet } from './http_get.ts';
import { pingCheck } from './ping_check.ts';
import { smtpCheck } from './smtp_check.ts';
import { sslGet } from './ssl_get.ts';
import { tcpCheck } from './tcp_check.ts';
import { udpCheck } from './udp_check.ts';

export const checkers: {
  readonly [Kind in NetworkCheckConfig['kind']]: Checker<
    Extract<NetworkCheckConfig, { readonly kind: Kind }>
  >;
} = {
  HTTP_GET: httpGet,
  SSL_GET: sslGet,
  TCP_CHECK: tcpCheck,
  PING_CHECK: pingCheck,
  UDP_CHECK: udpCheck,
  DNS_CHECK: dnsCheck,
  SMTP_CHECK: smtpCheck,
};
