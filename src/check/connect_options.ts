/** Where a check over TCP goes, and from where. */
import type { TcpNetConnectOpts } from 'node:net';
import type { CommonCheckConfig } from '../config/model.ts';

type Ends = Pick<CommonCheckConfig, 'connectIp' | 'connectPort' | 'bindto' | 'bindPort'>;

export function connectOptions({ connectIp, connectPort, bindto, bindPort }: Ends): TcpNetConnectOpts {
  return {
    host: connectIp,
    port: connectPort,
    ...(bindto === undefined ? {} : { localAddress: bindto }),
    ...(bindPort === undefined ? {} : { localPort: bindPort }),
  };
}
