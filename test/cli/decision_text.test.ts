import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decisionJson, decisionLine } from '../../src/cli/decision_text.ts';
import type { Decision } from '../../src/control/decision.ts';

const wallNs = (timeNs: bigint) => timeNs + 1_700_000_000_000_000_000n;
const sent: Decision = {
  timeNs: 123_456_789n,
  interface: 'eth0',
  verdict: 'FORWARDED',
  action: 'forward',
  meaning: 'sent to a real server',
  length: 60,
  frameLength: 74,
  version: 4,
  protocol: 'TCP',
  tcpFlags: 'S',
  client: '192.0.2.7',
  clientPort: 40_112,
  vip: '10.0.0.100',
  vipPort: 80,
  virtualServer: { port: 80 },
  realServer: '10.0.0.11',
  mac: '02:00:00:00:00:11',
  egress: 'eth0',
  isNew: true,
  template: false,
  persistent: false,
  state: 'SYN_RECV',
};
const { tcpFlags: _flags, state: _state, egress: _egress, ...plain } = sent;

describe('a decision', () => {
  it('is a line: packet, then what became of it and why', () => {
    const line = (decision: Decision) => decisionLine(decision, { colours: false, wallNs }).slice(16);
    const dropped = {
      verdict: 'NO_NEIGHBOUR',
      action: 'drop',
      meaning: 'its MAC is not known',
    } as const;
    const { mac: _mac, ...unresolved } = sent;
    const { client: _client, vip: _vip, realServer: _server, ...foreign } = { ...plain, isNew: false };
    assert.deepEqual(
      [
        line(sent),
        line({ ...sent, isNew: false, stateBefore: 'SYN_RECV', state: 'ESTABLISHED' }),
        line({ ...unresolved, ...dropped }),
        line({ ...foreign, verdict: 'NOT_IP', action: 'pass', meaning: 'neither IPv4 nor IPv6' }),
        line({ ...plain, isNew: false, icmpError: true }),
        line({ ...sent, client: '2001:db8::7', vip: 'fd00::100', template: true }),
      ],
      [
        'TCP 192.0.2.7:40112 > 10.0.0.100:80 S new to 10.0.0.11 02:00:00:00:00:11 SYN_RECV',
        'TCP 192.0.2.7:40112 > 10.0.0.100:80 S to 10.0.0.11 02:00:00:00:00:11 SYN_RECV>ESTABLISHED',
        'TCP 192.0.2.7:40112 > 10.0.0.100:80 S new drop NO_NEIGHBOUR (10.0.0.11): its MAC is not known SYN_RECV',
        '74 bytes on eth0 pass NOT_IP: neither IPv4 nor IPv6',
        'ICMP error, TCP 192.0.2.7:40112 > 10.0.0.100:80 to 10.0.0.11 02:00:00:00:00:11',
        'TCP [2001:db8::7]:40112 > [fd00::100]:80 S new to 10.0.0.11 02:00:00:00:00:11 by template SYN_RECV',
      ],
    );
  });

  it('begins with the time of day and is cut to the terminal, what was dropped is red there', () => {
    const line = decisionLine({ ...sent, action: 'drop' }, { colours: true, columns: 40, wallNs });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal takes for red
    assert.match(line, /^\x1b\[31m\d\d:\d\d:20\.123456 TCP 192\.0\.2\.7:40112 > 1…\x1b\[0m$/);
  });

  it('is one object of JSON, with nanoseconds', () => {
    assert.deepEqual(JSON.parse(decisionJson(sent, wallNs)), {
      at: '2023-11-14T22:13:20.123456789Z',
      interface: 'eth0',
      protocol: 'TCP',
      client: '192.0.2.7',
      client_port: 40_112,
      vip: '10.0.0.100',
      vip_port: 80,
      tcp_flags: 'S',
      length: 60,
      frame_length: 74,
      verdict: 'FORWARDED',
      action: 'forward',
      meaning: 'sent to a real server',
      virtual_server: { port: 80 },
      real_server: '10.0.0.11',
      mac: '02:00:00:00:00:11',
      egress: 'eth0',
      new: true,
      by_template: false,
      persistent: false,
      state: 'SYN_RECV',
    });
  });
});
