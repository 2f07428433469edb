/** UDP_CHECK: a real server is healthy while ICMP does not say that its port is closed, or when it replies. */
import type { UdpCheckConfig } from '../config/model.ts';
import type { Checker, CheckResult } from './checker.ts';
import { exchange } from './exchange.ts';

/** As long as keepalived's where no payload is written. */
const ANY_PAYLOAD = Buffer.alloc(32, 'xlb UDP_CHECK ');

export const udpCheck: Checker<UdpCheckConfig> = {
  keyword: 'UDP_CHECK',
  passed: (service) => `UDP connection to ${service} success.`,
  attemptFailed: (service, _, { code }) =>
    code === 'L7RSP'
      ? `UDP check to ${service} reply data mismatch.`
      : `UDP connection to ${service} failed.`,
  run(check, signal) {
    const { payload, reply } = check;
    return exchange(
      check,
      {
        protocol: 'udp',
        payload: payload === undefined ? ANY_PAYLOAD : Buffer.from(payload, 'hex'),
        judge: (bytes) => judgeReply(bytes, reply),
        silence:
          reply === undefined ? { code: 'L4OK', detail: 'no reply, and none required' } : { code: 'L7TOUT' },
        unreachable: 'L4CON',
      },
      signal,
    );
  },
};

/** As keepalived, as much as both have is compared; min_reply_length says what may not be missing. */
export function judgeReply(bytes: Uint8Array, reply: UdpCheckConfig['reply']): CheckResult {
  if (reply === undefined) return { code: 'L4OK' };
  const { pattern, minBytes, maxBytes } = reply;
  if (bytes.length < minBytes || bytes.length > maxBytes)
    return { code: 'L7RSP', detail: `reply of ${bytes.length} bytes` };
  const digits = Buffer.from(bytes.subarray(0, pattern.length / 2)).toString('hex');
  const wrong = [...digits].findIndex((digit, at) => pattern[at] !== 'x' && pattern[at] !== digit);
  if (wrong === -1) return { code: 'L7OK' };
  return { code: 'L7RSP', detail: `byte ${Math.floor(wrong / 2) + 1} of the reply is another` };
}
