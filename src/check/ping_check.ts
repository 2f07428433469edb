/** PING_CHECK: a real server is healthy when it answers an ICMP echo request. */
import { randomFillSync } from 'node:crypto';
import type { PingCheckConfig } from '../config/model.ts';
import type { Checker } from './checker.ts';
import { exchange } from './exchange.ts';

/** As ping(8) sends. Random: by its payload a reply is known for ours. */
const PAYLOAD_BYTES = 56;

export const pingCheck: Checker<PingCheckConfig> = {
  keyword: 'PING_CHECK',
  title: 'ICMP CHECK',
  passed: (service) => `ICMP connection to ${service} success.`,
  attemptFailed: (service, _, { code }) =>
    code === 'L3TOUT'
      ? `ICMP connection to address ${service} timeout.`
      : `ICMP connection to ${service} failed.`,
  run(check, signal) {
    const payload = randomFillSync(new Uint8Array(PAYLOAD_BYTES));
    return exchange(
      check,
      {
        protocol: 'echo',
        payload,
        judge: (reply) => (Buffer.compare(reply, payload) === 0 ? { code: 'L3OK' } : undefined),
        silence: { code: 'L3TOUT' },
        unreachable: 'L3ERR',
      },
      signal,
    );
  },
};
