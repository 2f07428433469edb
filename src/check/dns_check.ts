/** DNS_CHECK: a real server is healthy when it answers a query over UDP without an error. */
import { randomInt } from 'node:crypto';
import type { DnsCheckConfig } from '../config/model.ts';
import type { Checker, CheckResult } from './checker.ts';
import { exchange } from './exchange.ts';

/** RFC 1035 §4.1.1. */
const HEADER_BYTES = 12;
const IS_RESPONSE = 0x8000;
const RCODE = 0x000f;
const RECURSION_DESIRED = 0x0100;

/** RFC 1035 §4.1.1 and RFC 2136 §2.2. */
const rcodes = [
  'NOERROR',
  'FORMERR',
  'SERVFAIL',
  'NXDOMAIN',
  'NOTIMP',
  'REFUSED',
  'YXDOMAIN',
  'YXRRSET',
  'NXRRSET',
  'NOTAUTH',
  'NOTZONE',
];

export const dnsCheck: Checker<DnsCheckConfig> = {
  keyword: 'DNS_CHECK',
  passed: (service) => `DNS_CHECK (${service}) success.`,
  attemptFailed: (service, _, { code, detail }) =>
    `DNS_CHECK (${service}) ${code === 'L7TOUT' ? 'read timeout from socket' : `failed: ${detail}`}.`,
  async run(check, signal) {
    // Loaded late: a thread that makes no such check has no use for it.
    const { encode } = await import('dns-packet');
    const id = randomInt(2 ** 16);
    const { type, name } = check;
    return exchange(
      check,
      {
        protocol: 'udp',
        payload: encode({ type: 'query', id, flags: RECURSION_DESIRED, questions: [{ type, name }] }),
        judge: (reply) => judgeAnswer(reply, id),
        silence: { code: 'L7TOUT' },
        unreachable: 'L4CON',
      },
      signal,
    );
  },
};

/**
 * keepalived's rules: what is no answer to this query is passed over; of the answer only the rcode counts, and it may
 * be cut or hold records of types that nobody here knows.
 */
export function judgeAnswer(reply: Uint8Array, id: number): CheckResult | undefined {
  if (reply.length < HEADER_BYTES) return undefined;
  const header = new DataView(reply.buffer, reply.byteOffset, HEADER_BYTES);
  const flags = header.getUint16(2);
  if (header.getUint16(0) !== id || (flags & IS_RESPONSE) === 0) return undefined;
  const rcode = flags & RCODE;
  return rcode === 0 ? { code: 'L7OK' } : { code: 'L7STS', detail: rcodes[rcode] ?? `rcode ${rcode}` };
}
