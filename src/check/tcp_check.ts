/** TCP_CHECK: a real server is healthy when a connection to it completes. */
import type { TcpCheckConfig } from '../config/model.ts';
import type { Checker } from './checker.ts';
import { resultOfError } from './socket_error.ts';
import { startConnection } from './tcp_connection.ts';

export const tcpCheck: Checker<TcpCheckConfig> = {
  keyword: 'TCP_CHECK',
  keepsTime: true,
  passed: (service) => `TCP connection to ${service} success.`,
  attemptFailed: (service, _, { code }) =>
    `TCP connection to ${service} ${code === 'L4TOUT' ? 'timedout' : 'failed'}.`,
  run: (check) =>
    new Promise((resolve) => {
      const started = startConnection(check, {
        timeoutMs: check.connectTimeoutMs,
        onEvent(event) {
          if (event.kind === 'connected') resolve({ code: 'L4OK' });
          else if (event.kind === 'failed') resolve(resultOfError(event.code));
          else resolve({ code: 'L4TOUT' });
        },
      });
      if (typeof started !== 'number') resolve(started);
    }),
};
