import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { statusDetailScreen } from '../../src/cli/status_detail_screen.ts';
import type { CheckResultStatus, DestinationStatus, VirtualServerStatus } from '../../src/control/status.ts';
import { destinationStatus } from '../helpers/destination_status.ts';

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 2, 3, 4, seconds, 678)).toISOString();

const passed = (seconds: number, ms: number): CheckResultStatus => ({
  at: at(seconds),
  code: 'L4OK',
  latency_ms: ms,
});

const destinations: readonly DestinationStatus[] = [
  destinationStatus('10.0.0.2', {
    weight: 1,
    up: true,
    since: at(12),
    transitions: [
      { at: at(12), up: true, why: 'TCP CHECK succeed on service' },
      { at: at(6), up: false, why: 'TCP CHECK failed on service' },
    ],
    checks: [
      {
        kind: 'TCP_CHECK',
        up: true,
        since: at(12),
        next: at(30),
        latency_ms: { min: 0.25, avg: 12.345, max: 123.4 },
        results: [
          passed(24, 0.25),
          passed(18, 123.4),
          passed(12, 1),
          { at: at(6), code: 'L4CON', detail: 'ECONNREFUSED', latency_ms: 0.1 },
        ],
      },
      { kind: 'PING_CHECK', up: true, since: at(0), results: [] },
    ],
  }),
  destinationStatus('10.0.0.3', {
    weight: 0,
    up: false,
    since: at(0),
    transitions: [{ at: at(0), up: false, why: 'CHECK failed on service : HTTP/SSL request failed' }],
    checks: [
      {
        kind: 'HTTP_GET',
        up: false,
        since: at(0),
        next: at(59),
        results: [
          {
            at: at(0),
            code: 'L7RSP',
            detail: 'MD5 digest is 98830dcf337557b99d37d0e3a5165607, not 9b3a0c853c9bb1a4a1b1e4b5a0c5e1aa',
            latency_ms: 20.5,
          },
        ],
      },
    ],
  }),
  destinationStatus('10.0.0.4', {
    weight: 1,
    up: true,
    since: at(0),
    transitions: [],
    checks: [],
  }),
  destinationStatus('10.0.0.9', { weight: 0, up: false, gone: true }),
];

const server: VirtualServerStatus = {
  protocol: 'TCP',
  address: '10.0.0.1',
  port: 80,
  scheduler: 'wlc',
  connections: 0,
  packets: 0,
  bytes: 0,
  destinations,
};

describe('the screen of one virtual server', () => {
  const screen = statusDetailScreen({ virtual_servers: [server] });

  it('shows what checks answered, and when real servers went up and down', () => {
    assert.equal(
      `\n${screen}\n`,
      `
TCP 10.0.0.1:80 wlc: 0 connections, 0 packets, 0 bytes
Real server Weight Active Inact Check
10.0.0.2:80      1      0     0 up
10.0.0.3:80      0      0     0 down
10.0.0.4:80      1      0     0 up
10.0.0.9:80      0      0     0 leaving

10.0.0.2:80 up since 2026-01-02 03:04:12
  TCP_CHECK up, min/avg/max 0.25/12.3/123 ms, next 03:04:30
    At       Result   Took
    03:04:24 L4OK * 3 123 ms  from 03:04:12 on
    03:04:06 L4CON    0.10 ms ECONNREFUSED
  PING_CHECK up, asks now
    no answer yet
  went up 2026-01-02 03:04:12: TCP CHECK succeed on service
  went down 2026-01-02 03:04:06: TCP CHECK failed on service

10.0.0.3:80 down since 2026-01-02 03:04:00
  HTTP_GET down, next 03:04:59
    At       Result Took
    03:04:00 L7RSP  20.5 ms MD5 digest is 98830dcf337557b99d37d0e3a5165607, not
      9b3a0c853c9bb1a4a1b1e4b5a0c5e1aa
  went down 2026-01-02 03:04:00: CHECK failed on service : HTTP/SSL request
    failed

10.0.0.4:80 up since 2026-01-02 03:04:00
  no checks: it counts as always up
`,
    );
  });

  it('fits 80 columns', () => {
    assert.deepEqual(
      screen.split('\n').filter((line) => line.length > 80),
      [],
    );
  });
});
