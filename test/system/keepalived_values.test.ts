/**
 * The value of every keyword, at the edges of its range and beyond: what `keepalived -t` of this host (2.2.7 was the
 * one looked at) says of a line, and what we say of it. Each keyword is one file with a block for each value.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { Rows } from '../../src/config/keyword.ts';
import { grammar, parseConfig } from '../../src/daemon/grammar.ts';
import { command, needs } from '../helpers/needs.ts';
import { inOwnNamespace, sh } from '../helpers/netns.ts';

const folder = mkdtempSync(join(tmpdir(), 'xlb-values-'));
after(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'keepalived.conf');

const server = (n: number, lines: string, inside = ''): string =>
  `virtual_server 10.0.0.1 ${n} {\nlb_algo rr\nlb_kind DR\nprotocol TCP\n` +
  `real_server 10.0.1.1 ${n} {\n${inside}\n}\n${lines}\n}\n`;

const {
  vrrp_instance,
  vrrp_script,
  vrrp_track_process,
  track_file,
  garp_group,
  global_defs,
  virtual_server,
} = grammar.root.rows;
const { real_server } = virtual_server.block.rows;
const checkers: Rows = real_server.block.rows;

function rowsOf(checker: string): Rows {
  const row = checkers[checker];
  return row?.kind === 'block' ? row.block.rows : {};
}

/** A block around one line, the nth of its file. */
const blocks: Readonly<Record<string, { rows: Rows; around: (n: number, line: string) => string }>> = {
  global_defs: { rows: global_defs.block.rows, around: (_, line) => `global_defs {\n${line}\n}\n` },
  vrrp_instance: {
    rows: vrrp_instance.block.rows,
    around: (n, line) =>
      `vrrp_instance I${n} {\ninterface eth0\nvirtual_router_id ${n + 1}\n` +
      `virtual_ipaddress {\n10.0.2.${n + 1}\n}\n${line}\n}\n`,
  },
  virtual_server: { rows: virtual_server.block.rows, around: (n, line) => server(n + 1, line) },
  real_server: { rows: real_server.block.rows, around: (n, line) => server(n + 1, '', line) },
  TCP_CHECK: {
    rows: rowsOf('TCP_CHECK'),
    around: (n, line) => server(n + 1, '', `TCP_CHECK {\n${line}\n}`),
  },
  UDP_CHECK: {
    rows: rowsOf('UDP_CHECK'),
    around: (n, line) => server(n + 1, '', `UDP_CHECK {\n${line}\n}`),
  },
  MISC_CHECK: {
    rows: rowsOf('MISC_CHECK'),
    around: (n, line) => server(n + 1, '', `MISC_CHECK {\nmisc_path /bin/true\n${line}\n}`),
  },
  HTTP_GET: {
    rows: rowsOf('HTTP_GET'),
    around: (n, line) => server(n + 1, '', `HTTP_GET {\nurl {\npath /\nstatus_code 200\n}\n${line}\n}`),
  },
  vrrp_script: {
    rows: vrrp_script.block.rows,
    around: (n, line) => `vrrp_script s${n} {\nscript /bin/true\n${line}\n}\n`,
  },
  vrrp_track_process: {
    rows: vrrp_track_process.block.rows,
    around: (n, line) => `vrrp_track_process p${n} {\nprocess nginx${n}\n${line}\n}\n`,
  },
  track_file: {
    rows: track_file.block.rows,
    around: (n, line) => `track_file f${n} {\nfile /etc/hostname\n${line}\n}\n`,
  },
  garp_group: {
    rows: garp_group.block.rows,
    around: (_, line) => `garp_group {\ninterface eth0\n${line}\n}\n`,
  },
};

/** Their values are programs, files, users and hosts, or 2.2.7 does not know them. */
const leftOut = new RegExp(
  '^xlb_|script|fifo|process$|file$|user|^interface$|smtp_server|' +
    'owner_ignore|v3_checksum|after_boot|no_virtual_ip|sni_name|tls_|json_version',
);

/** What keepalived rejects and xlb takes without a word, and why. */
const lenient: Readonly<Record<string, string>> = {
  'global_defs vrrp_startup_delay': '0 is what it is without it',
  'global_defs vrrp_garp_extra_if': '0 is what it is without it',
  'global_defs vmac_prefix': 'keepalived minds that it is there twice, as xlb does',
  'global_defs vrrp_cpu_affinity': 'processors that this host lacks are found at the start',
  'global_defs bfd_cpu_affinity': 'processors that this host lacks are found at the start',
  'global_defs checker_cpu_affinity': 'processors that this host lacks are found at the start',
  'vrrp_instance garp_interval': '2.2.7 does not know it here',
  'vrrp_instance gna_interval': '2.2.7 does not know it here',
  'virtual_server sh-port': 'off needs no scheduler',
  'virtual_server sh-fallback': 'off needs no scheduler',
  'virtual_server mh-port': 'off needs no scheduler',
  'virtual_server mh-fallback': 'off needs no scheduler',
  'virtual_server sorry_server_inhibit': 'off needs no sorry server',
  'MISC_CHECK misc_timeout': 'decimals are taken',
  'vrrp_script interval': 'decimals are taken',
  'vrrp_script timeout': 'decimals are taken',
  'garp_group garp_interval': 'above 2147 s',
  'garp_group gna_interval': 'above 2147 s',
};

/** What keepalived takes and xlb refuses the configuration for, and why. */
const strict: Readonly<Record<string, string>> = {
  'global_defs default_interface': 'no interface has a name of 20 letters',
  'virtual_server persistence_granularity': 'IPVS would get a mask that is none',
  'virtual_server virtualhost': 'a blank is no part of a host',
  'real_server virtualhost': 'a blank is no part of a host',
  'HTTP_GET virtualhost': 'a blank is no part of a host',
  'UDP_CHECK min_reply_length': 'keepalived says it of the block, and the check would always fail',
  'real_server lthreshold': 'IPVS refuses it: the real server would be missing',
};

/** Ordinary ones, odd ones, and those around the range that the row names. */
function valuesFor(expects: string): string[] {
  const [, min, max] = /(-?[\d.]+) to ([\d.]+)/.exec(expects) ?? [];
  const edges = [min, max].flatMap((edge) =>
    edge === undefined ? [] : [-1, 0, 1].map((step) => String(Number(edge) + step)),
  );
  const odd = ['abc', '007', '1.5x', '4294967296', '99999999999999999999', '"5"', '+5', '0x10'];
  return [...new Set(['-1', '0', '1', '0.5', 'on', 'off', 'TRUE', ...odd, ...edges])];
}

interface Said {
  readonly text: string;
  /** The line of each value in it. */
  readonly lines: readonly (readonly [value: string, line: number])[];
}

function fileOf(keyword: string, expects: string, around: (n: number, line: string) => string): Said {
  let text = '';
  const lines = valuesFor(expects).map((value, n) => {
    const block = around(n, `${keyword} ${value}`);
    const line = text.split('\n').length + block.split('\n').indexOf(`${keyword} ${value}`);
    text += block;
    return [value, line] as const;
  });
  return { text, lines };
}

/** The lines that keepalived names; undefined where it crashed. */
function rejected(text: string): Map<number, string> | undefined {
  writeFileSync(file, text);
  const { status, stdout, stderr } = spawnSync('keepalived', ['-t', '-f', file], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  if (status === null) return undefined;
  const found = `${stdout}${stderr}`.matchAll(/(?:\(|: )Line (\d+)\) (.*)/g);
  return new Map([...found].map(([, line, said]) => [Number(line), said ?? '']));
}

function compare(name: string, { text, lines }: Said): string[] | undefined {
  const theirs = rejected(text);
  if (theirs === undefined) return undefined;
  const ours = parseConfig(text, { file }).diagnostics.filter(({ code }) => code !== 'DUPLICATE');
  return lines.flatMap(([value, line]) => {
    const here = ours.filter(({ at }) => at.line === line);
    const said = theirs.get(line);
    if (said !== undefined && here.length === 0 && lenient[name] === undefined)
      return [`${value}: only keepalived says: ${said}`];
    const error = here.find(({ severity }) => severity === 'error');
    if (said === undefined && error && strict[name] === undefined)
      return [`${value}: keepalived takes it, xlb says: ${error.message}`];
    return [];
  });
}

const skip = needs(command('keepalived'));

if (await inOwnNamespace(import.meta.url)) {
  sh('ip link add eth0 type veth peer name eth1; ip link set eth0 up; ip link set eth1 up');
  for (const [home, { rows, around }] of Object.entries(blocks))
    describe(`what keepalived says of values in ${home}, xlb says as well, and refuses no other`, {
      skip,
    }, () => {
      for (const [keyword, row] of Object.entries(rows)) {
        if (row.kind !== 'value' || leftOut.test(keyword)) continue;
        it(keyword, (test) => {
          const differences = compare(`${home} ${keyword}`, fileOf(keyword, row.expects, around));
          if (differences === undefined) test.skip('keepalived itself crashed');
          else assert.deepEqual(differences, []);
        });
      }
    });
}
