/** What an error of a socket says: about the real server, or about the director. */
import type { CheckResult } from './checker.ts';

/** errno of connect(2) that speaks of the director, not the real server: no files, memory, ports; a firewall. */
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
  'ENOMEM',
  'EPERM',
]);

/** SOCKERR, or L4CON. */
export function resultOfError({ code, message, syscall }: NodeJS.ErrnoException): CheckResult {
  const local = syscall === 'bind' || (code !== undefined && localErrors.has(code));
  return { code: local ? 'SOCKERR' : 'L4CON', detail: code ?? message };
}
