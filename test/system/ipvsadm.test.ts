import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { addon } from '../../src/addon/addon.ts';
import { Director, destinationOf, serverOf } from '../helpers/director.ts';
import { sample, sampleFile } from '../helpers/ipvsadm_screens.ts';
import { keepalivedConf } from '../helpers/keepalived_conf.ts';
import { createLab, type Lab, type LabNode } from '../helpers/lab.ts';
import { needs, system } from '../helpers/needs.ts';
import { startAllNginx } from '../helpers/peers.ts';
import { counts, Traffic } from '../helpers/traffic.ts';

const vip = '10.77.0.100';
const other = '10.77.0.101';

/** A build of an earlier state has tables without persistence, thresholds and settings. */
const settingsOfAddon = (): string | false =>
  'setSettings' in addon().Forwarder.prototype
    ? false
    : 'an addon that takes settings (npm run build:native)';

describe('xlb ipvsadm on a running director', {
  skip: system('nginx', 'curl') || needs(settingsOfAddon),
  timeout: 300_000,
}, () => {
  let lab: Lab;
  let director: Director;
  let client: Traffic;
  let first: LabNode;
  let second: LabNode;
  let third: LabNode;

  before(async () => {
    lab = await createLab({ name: 'ipvsadm', vips: [vip, other] });
    await startAllNginx(lab);
    [first = lab.director, second = lab.director, third = lab.director] = lab.realServers;
    // The second address has no virtual server in the file: one is made by hand.
    const servers = [{ at: `${vip} 80`, pool: [{ address: first.ipv4 }, { address: second.ipv4 }] }];
    director = await Director.start(lab, keepalivedConf({ vips: [vip, other], servers }));
    await director.untilResolved();
    client = new Traffic(lab);
  });
  after(() => lab?.close());

  const ipvsadm = async (line: string, input?: string): Promise<string> => {
    const argv = [process.execPath, ...director.arguments('ipvsadm'), ...line.split(' ')];
    const { stdout } = await lab.run(lab.director, argv, input === undefined ? {} : { input });
    return stdout;
  };

  /** Until a list shows what is wanted: a next hop, the sweeper or the estimator come in their own time. */
  const untilListed = (line: string, wanted: RegExp) =>
    director.until(`${wanted.source} in ${line}`, async () => wanted.test(await ipvsadm(line)));

  it('lists what the configuration made, and connections with their states', async () => {
    assert.deepEqual(counts(await client.open(vip, 4)), { rs1: 2, rs2: 2 });
    assert.equal(
      await ipvsadm('-Ln'),
      [
        'IP Virtual Server version 1.2.1 (size=4096)',
        'Prot LocalAddress:Port Scheduler Flags',
        '  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn',
        `TCP  ${vip}:80 rr`,
        `  -> ${`${first.ipv4}:80`.padEnd(28)} Route   1      2          0         `,
        `  -> ${`${second.ipv4}:80`.padEnd(28)} Route   1      2          0         `,
        '',
      ].join('\n'),
    );
    const [title, columns, ...rows] = (await ipvsadm('-Lnc')).trimEnd().split('\n');
    assert.deepEqual(
      [title, columns],
      ['IPVS connection entries', 'pro expire state       source             virtual            destination'],
    );
    const row = new RegExp(`^TCP 1[45]:\\d\\d  ESTABLISHED ${lab.client.ipv4}:\\d+ +${vip}:80 +\\S+:80$`);
    assert.equal(rows.filter((line) => row.test(line)).length, 4, rows.join('\n'));
    await client.close();
  });

  it('changes weights and real servers, and traffic follows', async () => {
    await ipvsadm(`-E -t ${vip}:80 -s wrr`);
    await ipvsadm(`-e -t ${vip}:80 -r ${first.ipv4} -w 3`);
    assert.deepEqual(counts(await client.get(vip, 8)), { rs1: 6, rs2: 2 });
    await ipvsadm(`-a -t ${vip}:80 -r ${third.ipv4}:80 -g -w 4`);
    await ipvsadm(`-d -t ${vip}:80 -r ${second.ipv4}:80`);
    await director.until('the third to answer', async () => counts(await client.get(vip, 7))['rs3'] === 4);
    assert.deepEqual(counts(await client.get(vip, 14)), { rs1: 6, rs3: 8 });
  });

  it('makes a virtual server by hand that outlives a reload about something else', async () => {
    await ipvsadm('-R', `-A -t ${other}:80 -s rr -p 30\n-a -t ${other}:80 -r ${second.ipv4}\n`);
    await director.until('it to answer', async () => counts(await client.get(other, 2))['rs2'] === 2);
    const servers = [
      { at: `${vip} 80`, pool: [{ address: first.ipv4 }, { address: second.ipv4, weight: 5 }] },
    ];
    await director.reloadWith(keepalivedConf({ vips: [vip, other], servers }));
    assert.equal(destinationOf(serverOf(await director.status(), `TCP ${vip}:80`), second.ipv4).weight, 5);
    assert.deepEqual(counts(await client.get(other, 3)), { rs2: 3 });
    await untilListed('-Ln --persistent-conn', /-> 10\.77\.0\.\d+:80 +1 +1 /);
  });

  it('saves and restores', async () => {
    const saved = await ipvsadm('-Sn');
    assert.match(saved, new RegExp(`^-A -t ${other}:80 -s rr -p 30$`, 'm'));
    await ipvsadm('-C');
    assert.equal(await ipvsadm('-Sn'), '');
    // The address is the director's own, whose stack answers now.
    assert.deepEqual(counts(await client.get(vip, 1)), { 'failed: ECONNREFUSED': 1 });
    await ipvsadm('-R', saved);
    assert.equal(await ipvsadm('-Sn'), saved);
    await director.until('it to answer', async () => counts(await client.get(other, 1))['rs2'] === 1);
  });

  it('counts anew after -Z, and takes timeouts', async () => {
    assert.notEqual((await ipvsadm('-Ln --stats --exact')).match(/^TCP.* [1-9]\d* /m), null);
    await ipvsadm('-Z');
    assert.equal((await ipvsadm('-Ln --stats --exact')).match(/^TCP.* [1-9]\d* /m), null);
    await ipvsadm('--set 77 0 33');
    assert.equal(await ipvsadm('-L --timeout'), 'Timeout (tcp tcpfin udp): 77 120 33\n');
    await client.open(vip, 1);
    assert.match(await ipvsadm('-Lnc'), /^TCP 01:1\d {2}ESTABLISHED /m);
    await client.close();
    await client.get(vip, 50);
    await untilListed('-Ln --rate', /^TCP .* [1-9]\d* /m);
  });

  it('says no in the words of ipvsadm', async () => {
    const said = async (...words: readonly string[]) => {
      const { code, stderr } = await director.xlb('ipvsadm', ...words);
      return [code, stderr];
    };
    assert.deepEqual(await said('-A', '-t', `${vip}:80`), [255, 'Service already exists\n']);
    assert.deepEqual(await said('-A', '-t', `${vip}:81`, '-s', 'nosuch'), [
      255,
      'Scheduler or persistence engine not found\n',
    ]);
    assert.deepEqual(await said('-d', '-t', `${vip}:80`, '-r', '10.77.0.9'), [255, 'No such destination\n']);
  });

  it('makes the captured setup of ipvsadm 1.31, but for what xlb does not do', async () => {
    const here = (line: string) => !/ -m | -i |--sctp-service/.test(line);
    const setup = sampleFile('00-setup.txt')
      .split('\n')
      .filter((line) => /^-[Aa] /.test(line) && here(line));
    await ipvsadm('-C');
    await ipvsadm('-R', `${setup.join('\n')}\n`);
    assert.equal(await ipvsadm('-Sn'), sample('Sn.txt').split('\n').filter(here).join('\n'));
    const rows = (screen: string) =>
      screen
        .split('\n')
        .filter((row) => !/Masq|Tunnel|^SCTP|:2905/.test(row))
        .map((row) => row.replace(/(\d+ +)\d+ +\d+ +$/, '$1'));
    assert.deepEqual(rows(await ipvsadm('-Ln')), rows(sample('Ln.txt')));
  });
});
