/** TCP_CHECK: a real server is healthy when a connection to it completes. */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { TcpCheckConfig } from '../config/model.ts';
import type { Checker } from './checker.ts';
import { connectOptions } from './connect_options.ts';
import { resultOfError } from './socket_error.ts';

export const tcpCheck: Checker<TcpCheckConfig> = {
  keyword: 'TCP_CHECK',
  passed: (service) => `TCP connection to ${service} success.`,
  attemptFailed: (service, _, { code }) =>
    `TCP connection to ${service} ${code === 'L4TOUT' ? 'timedout' : 'failed'}.`,
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
