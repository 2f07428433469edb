/** Rules of IPVS that no captured trace shows; each from the kernel's source that is named, written as a trace. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import type { Engine } from '../../src/addon/addon.ts';
import { repository } from '../helpers/tree.ts';
import { readTraceFile } from './format.ts';
import { Replayer } from './replay.ts';

const { topology } = JSON.parse(readFileSync(join(repository, 'test/core/ipvs/sorry.json'), 'utf8')) as {
  readonly topology: unknown;
};

interface Rule {
  readonly name: string;
  readonly vip?: string;
  readonly setup: readonly string[];
  readonly sysctl?: Readonly<Record<string, number>>;
  readonly events: readonly (readonly unknown[])[];
}

/** 'wrr -p 30': a service of the VIP; 'rs1*2': its real servers, the first one added first. */
function service(settings: string, servers: string, at = '-t 10.0.0.100:80'): string[] {
  const pool = servers.split(' ').map((server) => server.split('*'));
  return [
    `-A ${at} -s ${settings}`,
    ...pool.map(([name = '', weight]) => `-a ${at} -r 10.0.0.1${name.slice(2)} -g -w ${weight}`),
  ];
}

const template = (protocol: string, server: string, end: string): string =>
  `${protocol} 10.1.0.1:0 10.0.0.100:80 10.0.0.1${server.slice(2)}:80 ${end}`;

const rules: readonly Rule[] = [
  {
    name: 'one-packet scheduling leaves nothing that a template would control (ip_vs_conn_put)',
    setup: service('rr -p 30 -o', 'rs1*1', '-u 10.0.0.100:80'),
    events: [
      ['udp', '10.1.0.1:1', 'rs1'],
      ['conn', '10.1.0.1:0', [template('UDP', 'rs1', 'NONE 30')]],
      ['sleep', 31, 'ok'],
      ['conn', '10.1.0.1:0', []],
    ],
  },
  {
    name: 'a connection that is established by its first packet assures its template (set_tcp_state)',
    setup: service('rr -p 30', 'rs1*1'),
    sysctl: { 'net.ipv4.vs.sloppy_tcp': 1 },
    events: [
      ['A', '10.1.0.1:1', 'rs1'],
      ['conn', '10.1.0.1:0', [template('TCP', 'rs1', 'ASSURED 30')]],
    ],
  },
  {
    name: 'a template that is found no more goes with its last connection (ip_vs_check_template)',
    setup: service('rr -p 30', 'rs1*1 rs2*1'),
    events: [
      ['S', '10.1.0.1:1', 'rs2'],
      ['ipvsadm', '-d -t 10.0.0.100:80 -r 10.0.0.12', 'ok'],
      ['S', '10.1.0.1:2', 'rs1'],
      ['ipvsadm', '-a -t 10.0.0.100:80 -r 10.0.0.12 -w 1', 'ok'],
      ['sleep', 200, 'ok'],
      ['conn', '10.1.0.1:0', []],
    ],
  },
  {
    name: 'connections find their template when persistence has ended (ip_vs_control_del)',
    setup: service('rr -p 30', 'rs1*1'),
    events: [
      ['S', '10.1.0.1:1', 'rs1'],
      ['ipvsadm', '-E -t 10.0.0.100:80 -s rr', 'ok'],
      ['sleep', 31, 'ok'],
      ['conn', '10.1.0.1:0', [template('TCP', 'rs1', 'NONE 59')]],
      ['sleep', 60, 'ok'],
      ['conn', '10.1.0.1:0', []],
    ],
  },
  {
    name: 'with expire_nodest_conn=1 a SYN leaves a drained server whatever conn_reuse_mode says (Linux 5.16)',
    setup: service('rr', 'rs1*1 rs2*1'),
    sysctl: { 'net.ipv4.vs.expire_nodest_conn': 1, 'net.ipv4.vs.conn_reuse_mode': 0 },
    events: [
      ['S A', '10.1.0.1:1', 'rs2'],
      ['ipvsadm', '-e -t 10.0.0.100:80 -r 10.0.0.12 -w 0', 'ok'],
      ['A', '10.1.0.1:1', 'rs2'],
      ['S', '10.1.0.1:1', 'rs1'],
    ],
  },
  {
    name: 'with expire_nodest_conn=1 a server that returns finds nothing (ip_vs_expire_nodest_conn_flush)',
    setup: service('rr', 'rs1*1 rs2*1'),
    sysctl: { 'net.ipv4.vs.expire_nodest_conn': 1 },
    events: [
      ['S A', '10.1.0.1:1', 'rs2'],
      ['ipvsadm', '-d -t 10.0.0.100:80 -r 10.0.0.12', 'ok'],
      ['ipvsadm', '-a -t 10.0.0.100:80 -r 10.0.0.12 -w 1', 'ok'],
      ['A', '10.1.0.1:1', 'rst'],
    ],
  },
  {
    name: 'port 21 lets other ports be where it has no server for them (ip_vs_leave)',
    vip: '10.0.0.100:21',
    setup: service('rr -p 30', 'rs1*0', '-t 10.0.0.100:21'),
    events: [
      ['S', '10.1.0.1:1', '10.0.0.100:21', 'icmp:3/3'],
      ['S', '10.1.0.1:1', '10.0.0.100:2000', 'rst'],
    ],
  },
  {
    name: 'wrr goes on when only its service is edited (ip_vs_edit_service)',
    setup: service('wrr', 'rs1*3 rs2*3 rs3*3'),
    events: [
      ['S', '10.1.0.1:1', 'rs3'],
      ['ipvsadm', '-E -t 10.0.0.100:80 -s wrr -p 30', 'ok'],
      ['S', '10.1.0.2:1', 'rs2'],
      ['ipvsadm', '-e -t 10.0.0.100:80 -r 10.0.0.11 -w 3', 'ok'],
      ['S', '10.1.0.3:1', 'rs3'],
    ],
  },
];

/** A test a rule, on an engine as it is when it is made. */
export function testRules(newEngine: () => Engine): void {
  let replayer: Replayer | undefined;
  for (const rule of rules)
    it(rule.name, () => {
      const cases = [{ vip: '10.0.0.100:80', ...rule, after: {} }];
      const file = readTraceFile(JSON.stringify({ format: 'ipvs-trace/1', topology, cases }), 'rules');
      replayer ??= new Replayer(newEngine(), file.topology);
      const differences = file.cases.flatMap((one) => replayer?.replay(one) ?? []);
      replayer.empty();
      assert.deepEqual(differences, []);
    });
}
