import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { signalNumbers } from '../../src/daemon/signal_numbers.ts';
import { until } from '../../src/demo/pause.ts';
import { system } from '../helpers/needs.ts';
import { type Kind, type Speaker, VrrpLab, vrrpConf } from '../helpers/vrrp_lab.ts';

/** Both directors get the same, one after the other. */
const configuration = vrrpConf(
  [
    {
      vips: ['10.77.0.100/24 label eth0:1', '10.77.0.101'],
      lines: [
        'advert_int 1',
        'garp_master_delay 2',
        'authentication {',
        'auth_type PASS',
        'auth_pass secret',
        '}',
        'virtual_ipaddress_excluded {',
        '10.77.0.102/32',
        '}',
        'virtual_routes {',
        '192.0.2.0/24 via 10.77.0.9 dev eth0',
        'blackhole 203.0.113.0/24',
        '}',
        'virtual_rules {',
        'from 10.77.0.100 priority 1000 lookup 100',
        '}',
        'track_interface {',
        'lo weight 5',
        '}',
        'notify_master "/usr/bin/true to master"',
        'notify /usr/bin/true',
      ],
    },
    {
      name: 'VI_6',
      vrid: 52,
      priority: 90,
      vips: ['fd77::100/64'],
      lines: ['version 3', 'advert_int 0.5', 'nopreempt', 'preempt_delay 3'],
    },
    {
      name: 'VI_3',
      vrid: 53,
      vips: ['10.77.0.130'],
      lines: ['strict_mode on', 'advert_int 1', 'smtp_alert', 'dont_track_primary'],
    },
  ],
  ['global_defs {', '    enable_script_security', '}'],
);

interface Dumped {
  readonly data: string;
  readonly stats: string;
  readonly json: readonly {
    readonly data: Record<string, unknown>;
    readonly stats: Record<string, number>;
  }[];
}

describe('the dumps of xlb', { skip: system('keepalived'), timeout: 300_000 }, () => {
  let lab: VrrpLab;
  let dumped: Readonly<Record<Kind, Dumped>>;

  before(async () => {
    lab = await VrrpLab.create('dump');
    dumped = { keepalived: await dumpsOf('keepalived'), xlb: await dumpsOf('xlb') };
  });
  after(() => lab?.close());

  async function dump(speaker: Speaker, order: 'DATA' | 'STATS' | 'JSON' | 'STATS_CLEAR', file: string) {
    rmSync(file, { force: true });
    process.kill(speaker.pid, signalNumbers[order]);
    // keepalived writes it in pieces, and a file has no other end: it is whole when it does not grow any more.
    let before = '';
    return until(`${file} to be written`, { everyMs: 250, atMostMs: 30_000 }, async () => {
      const last = before;
      before = existsSync(file) ? readFileSync(file, 'utf8') : '';
      return before !== '' && before === last ? before : undefined;
    });
  }

  /** Of a director that is master of everything. */
  async function dumpsOf(kind: Kind): Promise<Dumped> {
    const directory = join(lab.lab.directory, `tmp-${kind}`);
    mkdirSync(directory);
    process.env['TMPDIR'] = directory;
    const speaker = lab.start(kind, 'a', configuration);
    delete process.env['TMPDIR'];
    try {
      for (const vip of ['10.77.0.100', '10.77.0.130', 'fd77::100']) await lab.untilHeld(vip, [speaker]);
      return {
        data: await dump(speaker, 'DATA', join(directory, 'keepalived.data')),
        stats: await dump(speaker, 'STATS', join(directory, 'keepalived.stats')),
        // keepalived drops packets to the addresses of a strict instance by nftables.
        json: JSON.parse(
          (await dump(speaker, 'JSON', join(directory, 'keepalived.json'))).replaceAll(' nftable_set', ''),
        ),
      };
    } finally {
      await speaker.end();
    }
  }

  const plain = (text: string) => text.replaceAll(/(Sent|Received): \d+/g, '$1: N');

  it('of statistics are keepalived’s, byte for byte but for the counts', () => {
    assert.equal(plain(dumped.xlb.stats), plain(dumped.keepalived.stats));
  });

  it('in JSON have the members of keepalived’s, in its order, with its values', () => {
    const comparable = ({ json }: Dumped) =>
      json.map(({ data, stats }) => ({ data: { ...data, last_transition: 0 }, stats: Object.keys(stats) }));
    assert.deepEqual(comparable(dumped.xlb), comparable(dumped.keepalived));
    const names = ({ json }: Dumped) => json.map(({ data }) => Object.keys(data));
    assert.deepEqual(names(dumped.xlb), names(dumped.keepalived));
  });

  it('of the state say of virtual routers nothing that keepalived would not', () => {
    const known = new Set(dumped.keepalived.data.split('\n').map(comparableLine));
    const topology = /------< VRRP Topology >------\n([\s\S]*?)(------|$)/.exec(dumped.xlb.data)?.[1] ?? '';
    const ours = topology.trimEnd().split('\n').map(comparableLine);
    assert.deepEqual([ours.length > 80, ours.filter((line) => !known.has(line))], [true, []]);
  });

  it('can begin the counters anew', async () => {
    const directory = join(lab.lab.directory, 'tmp-clear');
    mkdirSync(directory);
    process.env['TMPDIR'] = directory;
    const speaker = lab.start('xlb', 'a', configuration);
    delete process.env['TMPDIR'];
    try {
      await lab.untilHeld('10.77.0.100', [speaker]);
      const file = join(directory, 'keepalived.stats');
      const texts = [await dump(speaker, 'STATS_CLEAR', file), await dump(speaker, 'STATS', file)];
      assert.deepEqual(
        texts.map((text) => /Became master: (\d)/.exec(text)?.[1]),
        ['1', '0'],
      );
    } finally {
      await speaker.end();
    }
  });
});

function comparableLine(line: string): string {
  return line
    .replace(/(Last transition = ).*/, '$1')
    .replace(/, (uid:gid 0:0|ifindex \d+)$/, '')
    .replace(' nftable_set', '');
}
