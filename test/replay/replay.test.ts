/** Replaying a trace: what is like IPVS, what differs, and what is refused. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { addon } from '../../src/addon/addon.ts';
import { builtAddon, needs } from '../helpers/needs.ts';
import { repository } from '../helpers/tree.ts';
import { readTraceFile } from './format.ts';
import { readShell } from './marks.ts';
import { Replayer } from './replay.ts';
import { settingOf } from './sysctls.ts';

const real = JSON.parse(readFileSync(join(repository, 'test/core/ipvs/sorry.json'), 'utf8')) as {
  readonly topology: unknown;
};
const setup = ['-A -t 10.0.0.100:80 -s rr', '-a -t 10.0.0.100:80 -r 10.0.0.11:80 -w 1'];
const list = (active: number): string =>
  'IP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port Scheduler Flags\n' +
  '  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\nTCP  10.0.0.100:80 rr\n' +
  `  -> 10.0.0.11:80                 Route   1      ${active}          0         \n`;

function read(trace: object, file: object = {}) {
  const whole = { name: 'a case', vip: '10.0.0.100:80', setup, events: [], after: {}, ...trace };
  const text = JSON.stringify({
    format: 'ipvs-trace/1',
    topology: real.topology,
    cases: [whole],
    ...file,
  });
  return readTraceFile(text, 'x.json');
}

function differences(trace: object): string[] {
  const { topology, cases } = read(trace);
  const replayer = new Replayer(new (addon().Engine)({ kind: 'core', flowSlots: 1024 }), topology);
  return cases.flatMap((one) => replayer.replay(one));
}

describe('a replay', { skip: needs(builtAddon) }, () => {
  it('finds nothing where everything is as in IPVS', () => {
    const events = [
      ['S A', '10.1.0.1:1024', 'rs1'],
      ['conn', '10.1.0.1:1024', ['TCP 10.1.0.1:1024 10.0.0.100:80 10.0.0.11:80 ESTABLISHED 899']],
      ['sleep', 2.5, 'ok'],
      ['show', '-Ln', list(1)],
      ['udp', '10.1.0.1:1024', 'icmp:3/3'],
      ['A', '10.1.0.2:1024', 'rst'],
      ['ipvsadm', '-D -t 10.0.0.101:80', 'rc=255 No such service'],
    ];
    assert.deepEqual(differences({ events, after: { '-Ln': list(1) } }), []);
  });
  it('says event, IPVS and xlb of everything else', () => {
    const events = [
      ['S A', '10.1.0.1:1024', 'rs2'],
      ['conn', '10.1.0.1:1024', ['TCP 10.1.0.1:1024 10.0.0.100:80 10.0.0.11:80 ESTABLISHED 897']],
      ['conn', '10.1.0.1:1024', []],
      ['ipvsadm', '-D -t 10.0.0.101:80', 'ok'],
    ];
    assert.deepEqual(differences({ events, after: { '-Ln': list(2) } }), [
      'event 1, S A 10.1.0.1:1024: IPVS rs2, xlb rs1',
      'event 2, connections of 10.1.0.1 port 1024: IPVS has ' +
        '"TCP 10.1.0.1:1024 10.0.0.100:80 10.0.0.11:80 ESTABLISHED 897", xlb ' +
        '"TCP 10.1.0.1:1024 10.0.0.100:80 10.0.0.11:80 ESTABLISHED 900"',
      'event 3, connections of 10.1.0.1 port 1024: IPVS does not have ' +
        '"TCP 10.1.0.1:1024 10.0.0.100:80 10.0.0.11:80 ESTABLISHED 900", xlb does',
      'event 4, ipvsadm -D -t 10.0.0.101:80: ipvsadm said "ok", xlb "rc=255 No such service"',
      'after, ipvsadm -Ln: line 5: IPVS "  -> 10.0.0.11:80                 Route   1      2          0         ", ' +
        'xlb "  -> 10.0.0.11:80                 Route   1      1          0         "',
    ]);
  });
});

describe('a trace that cannot be read is refused by file, case and field', () => {
  const refused: readonly (readonly [string, object, object, string])[] = [
    ['another format', {}, { format: 'y' }, 'x.json: format is "y"; expected "ipvs-trace/1"'],
    ['no cases', {}, { cases: undefined }, 'x.json: cases is missing; expected an array'],
    ['a case without a name', { name: 5 }, {}, 'x.json: case 1: name is 5; expected text'],
    ['no setup', { setup: 'x' }, {}, 'x.json: case "a case": setup is "x"; expected an array'],
    [
      'an unknown event',
      { events: [['jump', 'x', 'y']] },
      {},
      'x.json: case "a case": event 1: kind is "jump"; expected TCP flags (letters of FSRPAU, - for none), udp, hex, ' +
        'open, close, reset, ipvsadm, show, conn, sysctl or sleep',
    ],
    [
      'a client without a port',
      { events: [['S', '10.0.0.1', 'rs1']] },
      {},
      'x.json: case "a case": event 1: client is "10.0.0.1"; expected address:port, as in 10.0.0.1:80 or [fd00::1]:80',
    ],
    [
      'a time that is none',
      { events: [['sleep', 'soon', 'ok']] },
      {},
      'x.json: case "a case": event 1: seconds (element 2) is "soon"; expected a number of seconds',
    ],
  ];
  for (const [title, trace, file, message] of refused)
    it(title, () => assert.throws(() => read(trace, file), { name: 'Refusal', message }));
});

describe('what a case sets before its setup', () => {
  it('reads rules that mark as mark rules, the first of tc and the last of iptables before others', () => {
    const shell = [
      'tc qdisc add dev eth0 clsact',
      'tc filter add dev eth0 ingress protocol ip u32 match ip dst 10.9.0.0/16 action skbedit mark 7',
      'tc filter add dev eth0 ingress protocol ip flower dst_ip 10.9.0.1 ip_proto tcp dst_port 80 '.concat(
        'action skbedit mark 8',
      ),
      'iptables -t mangle -A PREROUTING -d 10.8.0.1 -p udp --dport 53:54 -j MARK --set-mark 9',
      'nft add rule ip6 mangle prerouting ip6 daddr fd00:9::/64 meta mark set 0xa',
      'ip route add 10.0.0.11 dev eth0 mtu 1300',
    ];
    assert.deepEqual(readShell(shell), {
      marks: [
        { fwmark: 10, prefix: 'fd00:9::/64' },
        { fwmark: 9, prefix: '10.8.0.1/32', protocol: 'UDP', ports: [53, 54] },
        { fwmark: 7, prefix: '10.9.0.0/16' },
        { fwmark: 8, prefix: '10.9.0.1/32', protocol: 'TCP', ports: [80, 80] },
      ],
      mtus: new Map([['10.0.0.11', 1300]]),
    });
  });
  it('refuses what is no such rule, by its text', () => {
    assert.throws(() => readShell(['reboot']), /^Refusal: shell "reboot" is not replayed; expected rules/);
  });
  it('refuses a sysctl without an equal, by its name', () => {
    assert.throws(
      () => settingOf('net.ipv4.vs.drop_packet', '3'),
      /^Refusal: sysctl net.ipv4.vs.drop_packet=3: expected 0/,
    );
  });
});
