/** A packet to the real server and its reply: what PING_CHECK, UDP_CHECK and DNS_CHECK have in common. */
import { getSystemErrorName } from 'node:util';
import type { AddonError, ProbeSocket, ProbeSocketOptions } from '../addon/addon.ts';
import type { CommonCheckConfig } from '../config/model.ts';
import type { CheckCode, CheckResult } from './checker.ts';

export interface Exchange {
  readonly protocol: 'echo' | 'udp';
  readonly payload: Uint8Array;
  /** Undefined: this reply is not the one, and another is waited for. */
  judge(reply: Uint8Array): CheckResult | undefined;
  /** When the time is over. */
  readonly silence: CheckResult;
  /** When ICMP says that there is no way to it. */
  readonly unreachable: CheckCode;
}

type Ends = Pick<CommonCheckConfig, 'connectIp' | 'connectPort' | 'bindto' | 'bindPort'>;

/** Once a reply is judged, ICMP speaks or `signal` says that the time is over. */
export async function exchange(
  check: Ends,
  { protocol, payload, judge, silence, unreachable }: Exchange,
  signal: AbortSignal,
): Promise<CheckResult> {
  // Loaded late: a thread that makes no such check has no use for it.
  const { addon } = await import('../addon/addon.ts');
  if (signal.aborted) return silence;
  const { ProbeSocket: Socket } = addon();
  return new Promise((resolve) => {
    let socket: ProbeSocket | undefined;
    const end = (result: CheckResult) => {
      signal.removeEventListener('abort', onAbort);
      socket?.close();
      resolve(result);
    };
    const onAbort = () => end(silence);
    const onError = (error: unknown) => end(resultOfError(error as AddonError, unreachable));
    signal.addEventListener('abort', onAbort);
    try {
      socket = new Socket(optionsOf(check, protocol), {
        onReplies(replies) {
          const result = replies.map(judge).find((one) => one !== undefined);
          if (result !== undefined) end(result);
        },
        onError,
      });
      socket.send(payload);
    } catch (error) {
      onError(error);
    }
  });
}

function optionsOf(
  { connectIp, connectPort, bindto, bindPort }: Ends,
  protocol: Exchange['protocol'],
): ProbeSocketOptions {
  const source = bindto === undefined ? {} : { sourceAddress: bindto };
  if (protocol === 'echo') return { destination: connectIp, ...source };
  return {
    destination: connectIp,
    port: connectPort,
    ...source,
    ...(bindPort === undefined ? {} : { sourcePort: bindPort }),
  };
}

/** What an ICMP destination unreachable becomes (icmp_err_convert, icmpv6_err_convert), and a route that is missing. */
const unreachableErrors: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENONET',
  'ENOPROTOOPT',
]);

function resultOfError({ errno, message }: AddonError, unreachable: CheckCode): CheckResult {
  if (typeof errno !== 'number' || errno === 0) return { code: 'SOCKERR', detail: message };
  const detail = getSystemErrorName(-errno);
  return { code: unreachableErrors.has(detail) ? unreachable : 'SOCKERR', detail };
}
