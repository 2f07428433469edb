import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import type { CheckStatus, Status } from '../../src/control/status.ts';
import { Director } from '../helpers/director.ts';
import { keepalivedConf } from '../helpers/keepalived_conf.ts';
import { createLab, type Lab } from '../helpers/lab.ts';
import { system } from '../helpers/needs.ts';
import { kill, startNginx } from '../helpers/peers.ts';

const [first, second] = ['10.77.0.100', '10.77.0.101'] as const;

describe('a check that two virtual servers share', { skip: system('nginx'), timeout: 300_000 }, () => {
  let lab: Lab;
  let director: Director;
  let nginx: ChildProcess[];
  const configuration = (vips: readonly string[]) =>
    keepalivedConf({
      vips,
      servers: vips.map((vip) => ({
        at: `${vip} 80`,
        pool: lab.realServers.slice(0, 2).map(({ ipv4 }) => ({ address: ipv4 })),
      })),
    });
  const history = async () => {
    const { stdout } = await director.xlb('status', '--json');
    return JSON.parse(stdout) as Status;
  };
  const checksOf = ({ virtual_servers: servers }: Status, address: string): readonly CheckStatus[] =>
    servers.flatMap(({ destinations }) =>
      destinations.filter((one) => one.address === address).flatMap(({ checks = [] }) => checks),
    );

  before(async () => {
    lab = await createLab({ name: 'share', vips: [first, second] });
    nginx = await Promise.all(lab.realServers.slice(0, 2).map((node) => startNginx(lab, node)));
    director = await Director.start(lab, configuration([first, second]));
  });
  after(() => lab?.close());

  it('is made once: both have the same results of the same moments', async () => {
    const { ipv4 = '' } = lab.realServers[0] ?? {};
    await director.until('results', async () => {
      const checks = checksOf(await history(), ipv4);
      return checks.length === 2 && checks.every(({ results }) => results.length >= 2);
    });
    const [one, other] = checksOf(await history(), ipv4);
    assert.deepEqual(one?.results, other?.results);
  });

  it('takes a dead real server out of both, and goes on when a reload takes one of them away', async () => {
    const { ipv4 = '' } = lab.realServers[0] ?? {};
    await Promise.all(nginx.slice(0, 1).map(kill));
    await director.untilStatus('it to be out of both', ({ virtual_servers: servers }) =>
      servers.every(({ destinations }) => destinations.every((one) => one.up === (one.address !== ipv4))),
    );
    const [newest] = checksOf(await history(), ipv4)[0]?.results ?? [];
    await director.reloadWith(configuration([second]));
    const after = checksOf(await history(), ipv4);
    const goesOn = after[0]?.results.some(({ at }) => at === newest?.at);
    assert.deepEqual([after.length, after[0]?.up, goesOn], [1, false, true]);
  });

  it('is shown with what it answered by xlb status VIP; a VIP that is none is an error', async () => {
    const { stdout } = await director.xlb('status', second);
    assert.match(stdout, /^TCP 10\.77\.0\.101:80 /);
    assert.match(stdout, /TCP_CHECK down/);
    assert.match(stdout, /L4CON/);
    assert.match(stdout, /went down .*: TCP CHECK failed on service/);
    assert.ok(stdout.split('\n').every((line) => line.length <= 80));
    const { stderr, code } = await director.xlb('status', '10.9.9.9');
    assert.match(stderr, /Cannot find a virtual server 10\.9\.9\.9/);
    assert.notEqual(code, 0);
  });
});
