import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describe as describeLeft, leftOf } from '../../src/cli/drain_wait.ts';
import type { DestinationStatus, Status, VirtualServerStatus } from '../../src/control/status.ts';

const destination = (address: string, [active, inactive, persistent]: readonly number[]) =>
  ({ address, port: 80, active, inactive, persistent }) as DestinationStatus;
const server = (protocol: 'TCP' | 'UDP', destinations: readonly DestinationStatus[]) =>
  ({ protocol, address: '10.0.0.1', port: 80, destinations }) as VirtualServerStatus;
const status = {
  virtual_servers: [
    server('TCP', [destination('10.0.0.2', [3, 4, 5]), destination('10.0.0.3', [9, 9, 9])]),
    server('UDP', [destination('10.0.0.2', [0, 2, 0])]),
  ],
} as unknown as Status;
const of = (protocol: string) => ({
  virtualServer: `[10.0.0.1]:${protocol}:80`,
  realServer: `[10.0.0.2]:${protocol}:80`,
});

describe('what is left of a drained real server', () => {
  it('is its active connections; those that are closing are not waited for', () =>
    assert.deepEqual(leftOf([of('tcp')], status), { active: 3, closing: 4, persistent: 5 }));

  it('is every flow of UDP, which knows no end', () =>
    assert.deepEqual(leftOf([of('tcp'), of('udp')], status), { active: 5, closing: 4, persistent: 5 }));

  it('is said in one line', () => {
    assert.deepEqual(
      [
        describeLeft({ active: 1, closing: 0, persistent: 0 }, 1_400),
        describeLeft({ active: 2, closing: 3, persistent: 4 }, 60_000),
        describeLeft({ active: 0, closing: 0, persistent: 0 }, 61_000),
      ],
      [
        '1 connection is left; 1 s',
        '2 connections are left, 3 closing, 4 persistent clients may return (xlb_expire_quiescent_template); 60 s',
        'No connection is left; 61 s',
      ],
    );
  });
});
