import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { interfaceBlock, packetBlock, sectionHeader } from '../../src/cli/pcapng.ts';
import { frameBytes } from '../helpers/frames.ts';
import { command, needs } from '../helpers/needs.ts';
import { tcp, udp } from '../helpers/packets.ts';

const header = sectionHeader({ application: 'xlb 1', system: 'Linux' });

describe('a pcapng file', () => {
  it('has blocks that say their length at both ends, and a comment with each packet', () => {
    const packet = packetBlock({
      interfaceId: 1,
      timeNs: 0x1_0000_0002n,
      bytes: Uint8Array.of(1, 2, 3),
      frameLength: 60,
      comment: 'why',
    });
    assert.equal(
      packet.toString('hex'),
      [
        ['06000000', '38000000', '01000000', '01000000', '02000000', '03000000', '3c000000'],
        ['01020300', '01000300', '77687900', '00000000', '38000000'],
      ]
        .flat()
        .join('')
        .replaceAll('38000000', '30000000'),
    );
  });

  it('is read by tcpdump: times to the nanosecond, two interfaces', {
    skip: needs(command('tcpdump')),
  }, () => {
    const frames = [tcp('S', '10.1.0.1:1024'), udp({ client: '10.1.0.2:7', to: '10.0.0.100:53' })];
    const file = Buffer.concat([
      header,
      interfaceBlock('eth0', 1_600),
      interfaceBlock('a name', 1_600),
      ...frames.map((frame, index) =>
        packetBlock({
          interfaceId: index,
          timeNs: 1_700_000_000_123_456_789n + BigInt(index),
          bytes: frameBytes(frame),
          frameLength: frameBytes(frame).length,
          comment: 'FORWARDED: to 10.0.0.11',
        }),
      ),
    ]);
    const argv = ['-r', '-', '-n', '-tt', '-q', '--nano'];
    const { stdout, stderr } = spawnSync('tcpdump', argv, { input: file, encoding: 'utf8' });
    assert.deepEqual(
      [stdout.split('\n'), /error|truncated|invalid/i.test(stderr)],
      [
        [
          '1700000000.123456789 IP 10.1.0.1.1024 > 10.0.0.100.80: tcp 0',
          '1700000000.123456790 IP 10.1.0.2.7 > 10.0.0.100.53: UDP, length 0',
          '',
        ],
        false,
      ],
    );
  });
});
