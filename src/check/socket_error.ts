/** What an error of connect(2) says: about the real server, or about the director. */
import type { CheckResult } from './checker.ts';

/** Of the director, not the real server: no files, memory, ports; a firewall. */
const localErrors: ReadonlySet<string> = new Set([
  'EACCES',
  'EADDRINUSE',
  'EADDRNOTAVAIL',
  'EAGAIN',
  'EAFNOSUPPORT',
  'EINVAL',
  'EMFILE',
  'EMSGSIZE',
  'ENFILE',
  'ENOBUFS',
  'ENODEV',
  'ENOMEM',
  'EPERM',
]);

/** SOCKERR, or L4CON. `code`: the system's, such as ECONNREFUSED. */
export function resultOfError(code: string): CheckResult {
  return { code: localErrors.has(code) ? 'SOCKERR' : 'L4CON', detail: code };
}
