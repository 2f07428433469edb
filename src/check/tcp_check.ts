/** TCP_CHECK: a real server is healthy when a connection to it completes. */
import { once } from 'node:events';
import { connect, type TcpNetConnectOpts } from 'node:net';
import type { TcpCheckConfig } from '../config/model.ts';
import type { Checker, CheckResult } from './checker.ts';

export const tcpCheck: Checker<TcpCheckConfig> = {
  keyword: 'TCP_CHECK',
  passed: (service) => `TCP connection to ${service} success.`,
  async run(check, signal) {
    if (signal.aborted) return { code: 'L4TOUT' };
    const socket = connect({ ...connectOptions(check), signal });
    // An error can follow the one that ended the attempt; nobody waits for it, and unheard it would end the
    // thread.
    socket.on('error', () => {});
    try {
      await once(socket, 'connect');
      return { code: 'L4OK' };
    } catch (error) {
      return signal.aborted ? { code: 'L4TOUT' } : resultOfError(error as NodeJS.ErrnoException);
    } finally {
      socket.destroy();
    }
  },
};

function connectOptions({ connectIp, connectPort, bindto, bindPort }: TcpCheckConfig): TcpNetConnectOpts {
  return {
    host: connectIp,
    port: connectPort,
    ...(bindto === undefined ? {} : { localAddress: bindto }),
    ...(bindPort === undefined ? {} : { localPort: bindPort }),
  };
}

/** errno of connect(2) that speaks of the director, not the real server: no files, memory, ports; a firewall. */
const localErrors: ReadonlySet<string> = new Set([
  'EACCES',
  'EADDRINUSE',
  'EADDRNOTAVAIL',
  'EAGAIN',
  'EAFNOSUPPORT',
  'EINVAL',
  'EMFILE',
  'ENFILE',
  'ENOBUFS',
  'ENOMEM',
  'EPERM',
]);

function resultOfError({ code, message, syscall }: NodeJS.ErrnoException): CheckResult {
  const local = syscall === 'bind' || (code !== undefined && localErrors.has(code));
  return { code: local ? 'SOCKERR' : 'L4CON', detail: code ?? message };
}
