import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Examined } from '../../src/doctor/finding.ts';
import { mainFile } from '../helpers/director.ts';
import { system } from '../helpers/needs.ts';
import { VrrpLab, vrrpConf } from '../helpers/vrrp_lab.ts';

describe('xlb doctor', { skip: system('keepalived'), timeout: 300_000 }, () => {
  let lab: VrrpLab;

  before(async () => {
    lab = await VrrpLab.create('doctor');
  });
  after(() => lab?.close());

  /** What it finds in the namespace of side a, without what depends on the machine that the tests run on. */
  async function examined(...words: readonly string[]): Promise<{ code: number | string; found: string[] }> {
    const argv = [process.execPath, mainFile, 'doctor', '--json', '--instance', lab.lab.instance, ...words];
    const { code, stdout } = await lab.lab.run(lab.nodes.a, argv, { mayFail: true });
    const { findings } = JSON.parse(stdout) as { findings: readonly Examined[] };
    const elsewhere = new Set(['requirements', 'btf', 'bpf_jit', 'processes', 'ip_vs', 'queues']);
    const found = findings
      .filter(({ check, state }) => state !== 'ok' && !elsewhere.has(check))
      .map(({ check, state, cure }) => `${check} ${state}: ${cure}`);
    return { code, found };
  }

  it('hears another cluster with the same number, and finds an address that is here already', async () => {
    const other = lab.start(
      'keepalived',
      'b',
      vrrpConf([{ vips: ['10.77.0.150'], lines: ['advert_int 1'] }]),
    );
    try {
      await lab.untilHeld('10.77.0.150', [other]);
      const ours = lab.start('xlb', 'a', vrrpConf([{ vips: ['10.77.0.100'] }]));
      await ours.end();
      await lab.lab.run(lab.nodes.a, ['ip', 'address', 'add', '10.77.0.100/32', 'dev', 'eth0']);
      const { code, found } = await examined('--listen', '4', '-f', join(ours.directory, 'test.conf'));
      assert.deepEqual(
        [code, found],
        [
          1,
          [
            'virtual_addresses fail: ip address delete 10.77.0.100/32 dev eth0',
            'virtual_routers fail: give one of them another virtual_router_id; its addresses must be the same on all ' +
              'its directors',
          ],
        ],
      );
    } finally {
      await other.end();
      await lab.lab.run(lab.nodes.a, ['ip', 'address', 'flush', 'to', '10.77.0.100/32'], { mayFail: true });
    }
  });

  it('has commands for a real server that cure it', async () => {
    const before = await examined('--realserver', '10.77.0.100');
    const argv = [
      process.execPath,
      mainFile,
      'realserver',
      'up',
      '10.77.0.100',
      '--run-dir',
      lab.lab.directory,
    ];
    await lab.lab.run(lab.nodes.a, argv);
    const after = await examined('--realserver');
    assert.deepEqual(
      [before, after],
      [
        {
          code: 1,
          found: [
            'virtual_address fail: xlb realserver up 10.77.0.100',
            'arp_ignore fail: sysctl -w net.ipv4.conf.all.arp_ignore=1',
            'arp_announce fail: sysctl -w net.ipv4.conf.all.arp_announce=2',
          ],
        },
        { code: 0, found: [] },
      ],
    );
  });
});
