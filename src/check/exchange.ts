/** A packet to the real server and its reply: what PING_CHECK, UDP_CHECK and DNS_CHECK have in common. */
import { getSystemErrorName } from 'node:util';
import type { AddonError, ProbeSocket, ProbeSocketOptions } from '../addon/addon.ts';
import type { CheckCode, CheckResult } from './checker.ts';
import { type Ends, noSocket, originOf } from './connect_options.ts';

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
    const onError = (error: unknown) => end(resultOfError(check, error as AddonError, unreachable));
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

function optionsOf(check: Ends, protocol: Exchange['protocol']): ProbeSocketOptions {
  const { sourcePort, ...origin } = originOf(check);
  const { connectIp: destination, connectPort: port } = check;
  if (protocol === 'echo') return { destination, ...origin };
  return { destination, port, ...origin, ...(sourcePort === undefined ? {} : { sourcePort }) };
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

function resultOfError(check: Ends, error: AddonError, unreachable: CheckCode): CheckResult {
  const { errno } = error;
  const detail = typeof errno === 'number' && errno !== 0 ? getSystemErrorName(-errno) : '';
  return unreachableErrors.has(detail) ? { code: unreachable, detail } : noSocket(check, error);
}
