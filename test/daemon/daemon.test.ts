import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { Config } from '../../src/config/model.ts';
import type { Notifier } from '../../src/notify/notifier.ts';
import { configWith, daemonOn, turn } from '../helpers/daemon_on.ts';
import { FakeHost, linkOf, tableOf } from '../helpers/fake_host.ts';
import { needs, root } from '../helpers/needs.ts';
import { span } from '../helpers/sample_config.ts';

describe('xlb run', { skip: needs(root) }, () => {
  it('forwards before addresses come up, and takes them away first when it ends', async () => {
    const host = new FakeHost();
    const { begun, ended, options, paths, signals } = daemonOn(host, () =>
      configWith('10.0.0.2', '10.0.0.3'),
    );
    await begun;
    assert.deepEqual(
      host.takeDone().filter((what) => !/^(ensure|nexthop)/.test(what)),
      [
        'set TCP 10.0.0.1:80 rr: 10.0.0.3=1 10.0.0.2=1',
        'attach 2 auto',
        'add 10.0.0.1/32 to 2',
        'announce 10.0.0.1 on 2 5 times',
      ],
    );
    assert.equal(existsSync(options.pidFiles[0] ?? ''), true);
    await turn();
    signals.emit('SIGTERM');
    assert.equal(await ended, 0);
    assert.deepEqual(
      host.takeDone().filter((what) => !/^(release 10|ensure)/.test(what)),
      [
        'delete 10.0.0.1/32 from 2',
        'end the checks',
        'detach 2',
        'close the tables',
        `remove pins ${paths.pinDirectory}`,
        'close the control socket',
        `remove pins ${paths.pinDirectory}`,
        'release the lock',
      ],
    );
    assert.equal(existsSync(options.pidFiles[0] ?? ''), false);
    assert.equal(signals.eventNames().length, 0);
  });

  it('touches nothing when the configuration is wrong', async () => {
    const host = new FakeHost();
    assert.equal(await daemonOn(host, () => undefined).ended, 2);
    assert.deepEqual(host.done, []);
  });

  it('refuses to be the second for an instance, naming the first', async () => {
    const host = new FakeHost();
    host.lockedBy = 123;
    const { ended, paths } = daemonOn(host, () => configWith('10.0.0.2'));
    await assert.rejects(ended, {
      code: 'ALREADY_RUNNING',
      message: `Cannot run instance "test" in ${paths.runDirectory}: process 123 runs a director there`,
    });
    assert.deepEqual(host.done, []);
  });

  it('takes a real server out of service when its check fails', async () => {
    const host = new FakeHost();
    const { begun, checks, ended, signals } = daemonOn(host, () => configWith('10.0.0.2', '10.0.0.3'));
    await begun;
    await turn();
    host.takeDone();
    checks.answer('10.0.0.2', false);
    await turn();
    assert.deepEqual(host.takeDone(), ['set TCP 10.0.0.1:80 rr: 10.0.0.3=1']);
    signals.emit('SIGTERM');
    await ended;
  });

  it('tells the event log what happens, causes first', async () => {
    const host = new FakeHost();
    const { begun, checks, ended, events, signals } = daemonOn(host, () => configWith('10.0.0.2'));
    await begun;
    checks.answer('10.0.0.2', false);
    await turn();
    signals.emit('SIGTERM');
    await ended;
    assert.deepEqual(
      events.last().map(({ kind }) => kind),
      [
        'interface_attached',
        'vrrp_role_changed',
        'daemon_started',
        'check_failed',
        'real_server_down',
        'quorum_lost',
        'daemon_stopping',
        'vrrp_role_changed',
      ],
    );
  });

  it('checks real servers with ha_suspend only while it is master of the address', async () => {
    const host = new FakeHost();
    const config = configWith('10.0.0.2');
    const [server = assert.fail()] = config.virtualServers;
    const instances = config.vrrpInstances.map((instance) => ({ ...instance, priority: 100 }));
    const { begun, checks, clock, ended, lines, signals } = daemonOn(host, () => ({
      ...config,
      vrrpInstances: instances,
      virtualServers: [{ ...server, haSuspend: true }],
    }));
    await begun;
    await turn();
    const before = checks.running;
    await clock.run(5_000);
    await turn();
    assert.deepEqual([before, checks.running], [[], ['[10.0.0.2]:tcp:80']]);
    assert.deepEqual(
      lines.filter((line) => line.includes('healthcheckers')),
      [
        'notice Suspending healthcheckers of VS [10.0.0.1]:tcp:80: another director is master of its address',
        'notice Resuming healthcheckers of VS [10.0.0.1]:tcp:80',
      ],
    );
    signals.emit('SIGTERM');
    await ended;
  });

  it('keeps a real server resolved that is not in service, and its sorry server', async () => {
    const host = new FakeHost();
    const config = configWith('10.0.0.2');
    const [server = assert.fail()] = config.virtualServers;
    const sorryServer = { address: '10.0.0.9', port: 80, inhibit: false, span };
    const { begun, checks, ended, signals } = daemonOn(host, () => ({
      ...config,
      virtualServers: [{ ...server, sorryServer }],
    }));
    await begun;
    await turn();
    const asked = host.takeDone().filter((what) => what.startsWith('ensure'));
    checks.answer('10.0.0.2', false);
    await turn();
    assert.deepEqual(
      [asked.length, host.takeDone().filter((what) => /^(set|release)/.test(what))],
      [2, ['set TCP 10.0.0.1:80 rr: 10.0.0.9=1']],
    );
    signals.emit('SIGTERM');
    await ended;
  });

  it('tells a problem that lasts once', async () => {
    const host = new FakeHost();
    host.failing.add('attach 2 auto');
    host.adopted = true;
    const { begun, checks, ended, lines, signals } = daemonOn(host, () => configWith('10.0.0.2', '10.0.0.3'));
    await begun;
    await turn();
    checks.answer('10.0.0.2', false);
    await turn();
    assert.deepEqual(
      lines.filter((line) => line.startsWith('warn')),
      ['warn Cannot attach 2 auto: no'],
    );
    signals.emit('SIGTERM');
    await ended;
  });

  it('does not begin where the program can be on no interface, and draws no client', async () => {
    const host = new FakeHost();
    host.failing.add('attach 2 auto');
    const { ended, paths } = daemonOn(host, () => configWith('10.0.0.2'));
    await assert.rejects(ended, { code: 'HOST', message: 'Cannot attach 2 auto: no' });
    assert.deepEqual(
      host.done.filter((what) => /^(add|remove|release)/.test(what)),
      ['release 10.0.0.2 on 2', `remove pins ${paths.pinDirectory}`, 'release the lock'],
    );
  });

  it('sends what a thousand checks say in two wishes', async () => {
    const host = new FakeHost();
    const servers = Array.from(
      { length: 1_000 },
      (_, at) => `10.1.${Math.trunc(at / 250)}.${(at % 250) + 1}`,
    );
    const { begun, checks, ended, signals } = daemonOn(host, () => configWith(...servers));
    await begun;
    await turn();
    host.takeDone();
    for (const server of servers) checks.answer(`[${server}]`, false);
    await turn();
    assert.equal(host.done.length, 2);
    assert.equal(host.done[1], 'set TCP 10.0.0.1:80 rr: ');
    signals.emit('SIGTERM');
    await ended;
  });

  it('puts back an address that somebody else removed; without its interface it holds none', async () => {
    const host = new FakeHost();
    const { begun, ended, lines, signals } = daemonOn(host, () => configWith('10.0.0.2'));
    await begun;
    await turn();
    host.takeDone();
    host.addresses = host.addresses.filter(({ address }) => address !== '10.0.0.1');
    host.tell({ kind: 'address', removed: true, index: 2, address: '10.0.0.1', prefix: 32 });
    assert.ok(
      lines.includes('warn (VI_1) 10.0.0.1/32 on eth0 was removed, and not by xlb: it is put back'),
      lines.join('\n'),
    );
    for (const running of [false, true])
      host.tell({ ...linkOf(2, 'eth0', { running }), kind: 'link', removed: false });
    assert.deepEqual(
      host.takeDone().filter((what) => /^(add|delete|announce)/.test(what)),
      [
        'add 10.0.0.1/32 to 2',
        'announce 10.0.0.1 on 2 5 times',
        'delete 10.0.0.1/32 from 2',
        'add 10.0.0.1/32 to 2',
        'announce 10.0.0.1 on 2 5 times',
      ],
    );
    signals.emit('SIGTERM');
    await ended;
  });

  it('brings no address back when it is stopped during a reload', async () => {
    const host = new FakeHost();
    const { begun, ended, signals } = daemonOn(host, () => configWith('10.0.0.2'));
    await begun;
    await turn();
    signals.emit('SIGHUP');
    signals.emit('SIGTERM');
    assert.equal(await ended, 0);
    assert.equal(
      host.addresses.some(({ address }) => address === '10.0.0.1'),
      false,
    );
  });

  it('starts nothing again when it is stopped while a reload changes who is told', async () => {
    const host = new FakeHost();
    let mail: Config['global']['mail'] = configWith().global.mail;
    const config = (): Config => {
      const plain = configWith('10.0.0.2');
      return { ...plain, global: { ...plain.global, mail } };
    };
    let made: (notifier: Notifier) => void = () => assert.fail('no notifier was made');
    const { begun, ended, lines, signals } = daemonOn(
      host,
      config,
      () =>
        new Promise((resolve) => {
          made = resolve;
        }),
    );
    await begun;
    await turn();
    mail = { ...mail, to: ['root@example.com'] };
    signals.emit('SIGHUP');
    await turn();
    signals.emit('SIGTERM');
    await turn();
    const starts: unknown[] = [];
    made({ start: () => void starts.push('start') } as unknown as Notifier);
    assert.equal(await ended, 0);
    await turn();
    assert.deepEqual(
      {
        held: host.addresses.some(({ address }) => address === '10.0.0.1'),
        starts,
        reloaded: lines.some((line) => line.includes('Reloaded')),
      },
      { held: false, starts: [], reloaded: false },
    );
  });

  it('reloads at SIGHUP, and keeps what it has when the file is wrong', async () => {
    const host = new FakeHost();
    let config: Config | undefined = configWith('10.0.0.2');
    const { begun, checks, ended, lines, signals } = daemonOn(host, () => config);
    await begun;
    await turn();
    host.takeDone();
    config = undefined;
    signals.emit('SIGHUP');
    await turn();
    assert.deepEqual(host.takeDone(), []);
    assert.equal(lines.at(-1), 'error Reload of test.conf refused: nothing was changed');
    config = configWith('10.0.0.2', '10.0.0.3');
    signals.emit('SIGHUP');
    await turn();
    assert.deepEqual(host.takeDone(), [
      'ensure 10.0.0.3 on 2',
      'nexthop 10.0.0.3: unresolved',
      'set TCP 10.0.0.1:80 rr: 10.0.0.3=1 10.0.0.2=1',
    ]);
    assert.deepEqual(checks.running, ['[10.0.0.2]:tcp:80', '[10.0.0.3]:tcp:80']);
    signals.emit('SIGINT');
    assert.equal(await ended, 0);
  });

  it('makes the tables at least as large as the file says, and tells the packet path its settings', async () => {
    const host = new FakeHost();
    const config = configWith('10.0.0.2');
    const rule = { fwmark: 7, prefix: '10.9.0.7/32', ports: [80, 90] } as const;
    const global = { ...config.global, flowTableSize: 3_000, persistenceTableSize: 3_000 };
    let wanted: Config = { ...config, global, markRules: [{ ...rule, host: '10.9.0.7', span }] };
    const { begun, ended, lines, signals } = daemonOn(host, () => wanted);
    await begun;
    await turn();
    wanted = { ...config, global: { ...global, persistenceTableSize: 4_000 } };
    signals.emit('SIGHUP');
    await turn();
    assert.deepEqual(
      { limits: host.limits, settings: host.settings, markRules: host.markRules },
      {
        limits: { flowSlots: 8_192, templateSlots: 8_192 },
        settings: [config.global.dataplane],
        markRules: [[rule], []],
      },
    );
    assert.deepEqual(lines.slice(-2), [
      'warn xlb_persistence_table_size has changed: it takes effect when xlb is stopped and started',
      'notice Reloaded test.conf: 2 changes',
    ]);
    signals.emit('SIGTERM');
    await ended;
  });

  it('changes its tables by hand, and forgets it where a reload changes the same thing', async () => {
    const host = new FakeHost();
    let config = configWith('10.0.0.2');
    const { begun, ended, signals } = daemonOn(host, () => config);
    const running = await begun;
    await turn();
    const key = { protocol: 'TCP', address: '10.0.0.1', port: 80 } as const;
    const weight = (one: number) => ({
      address: '10.0.0.2',
      weight: one,
      upperThreshold: 0,
      lowerThreshold: 0,
    });
    const shown = async () => {
      const { timeouts, services } = await running.tables();
      return [timeouts.tcp, timeouts.udp, ...services.map(({ destinations }) => destinations[0]?.weight)];
    };
    assert.deepEqual(
      await running.changeTables([
        { change: 'edit_destination', key, destination: weight(7) },
        { change: 'set_timeouts', tcp: 77, tcpFin: 0, udp: 0 },
        { change: 'delete_service', key: { ...key, port: 81 } },
      ]),
      { results: [null, null, 'No such service'], problems: [] },
    );
    assert.deepEqual(await shown(), [77, 300, 7]);
    host.failing.add('set TCP 10.0.0.1:80 rr: 10.0.0.2=8');
    assert.deepEqual(
      await running.changeTables([{ change: 'edit_destination', key, destination: weight(8) }]),
      { results: [null], problems: ['Cannot set TCP 10.0.0.1:80 rr: 10.0.0.2=8: no'] },
    );
    await running.changeTables([{ change: 'edit_destination', key, destination: weight(7) }]);
    assert.deepEqual(host.settings.at(-1)?.timeouts, { tcp: 77, tcpFin: 120, udp: 300 });
    const { dataplane } = config.global;
    const timeouts = { ...dataplane.timeouts, udp: 30 };
    config = { ...config, global: { ...config.global, dataplane: { ...dataplane, timeouts } } };
    signals.emit('SIGHUP');
    await turn();
    assert.deepEqual(await shown(), [900, 30, 7]);
    signals.emit('SIGTERM');
    await ended;
  });

  it('leaves a server out of service that was so when the process before died, until its check passes', async () => {
    const host = new FakeHost();
    const config = configWith('10.0.0.2', '10.0.0.3');
    const nexthop = {
      kind: 'link',
      index: 2,
      mac: '02:00:00:00:00:aa',
      source: '02:00:00:00:00:02',
    } as const;
    const spec = { protocol: 'TCP', address: '10.0.0.1', port: 80, scheduler: 'rr' } as const;
    host.adopted = true;
    host.tables = [tableOf({ ...spec, destinations: [{ address: '10.0.0.3', weight: 1 }] }, nexthop)];
    const { begun, checks, ended, signals } = daemonOn(host, () => config);
    const running = await begun;
    await turn();
    assert.deepEqual(
      host.takeDone().filter((what) => /^(set|remove)/.test(what)),
      [],
    );
    assert.deepEqual(
      (await running.status()).virtual_servers[0]?.destinations.map(({ address, up }) => [address, up]),
      [
        ['10.0.0.2', false],
        ['10.0.0.3', true],
      ],
    );
    checks.answer('10.0.0.2', true);
    await turn();
    assert.deepEqual(
      host.takeDone().filter((what) => what.startsWith('set')),
      ['set TCP 10.0.0.1:80 rr: 10.0.0.2=1 10.0.0.3=1'],
    );
    signals.emit('SIGTERM');
    await ended;
  });

  it('is forced to end when a part of it hangs, and cleans up all the same', async () => {
    const host = new FakeHost();
    const { begun, clock, ended, lines, paths, signals } = daemonOn(host, () => configWith('10.0.0.2'));
    await begun;
    await turn();
    host.hangsAt = 'stop';
    signals.emit('SIGTERM');
    await turn();
    clock.advance(5_000);
    assert.equal(await ended, 1);
    assert.equal(lines.at(-1), 'error Stop: not done after 5 s: forcing it');
    assert.ok(host.done.includes(`remove pins ${paths.pinDirectory}`));
  });

  it('is forced to end while it starts, and leaves nothing', async () => {
    const host = new FakeHost();
    host.hangsAt = 'want';
    const { clock, ended, paths, signals } = daemonOn(host, () => configWith('10.0.0.2'));
    await turn();
    signals.emit('SIGTERM');
    clock.advance(5_000);
    assert.equal(await ended, 1);
    assert.ok(host.done.includes(`remove pins ${paths.pinDirectory}`));
    assert.equal(existsSync(paths.lockFile), false);
  });

  it('is forced to end by a second signal, and cleans up all the same', async () => {
    const host = new FakeHost();
    const { begun, ended, lines, paths, signals } = daemonOn(host, () => configWith('10.0.0.2'));
    await begun;
    await turn();
    host.takeDone();
    signals.emit('SIGTERM');
    signals.emit('SIGTERM');
    assert.equal(await ended, 1);
    assert.equal(lines.at(-1), 'error Stop: SIGTERM came again: forcing it');
    assert.ok(host.done.includes(`remove pins ${paths.pinDirectory}`));
    assert.equal(
      host.addresses.some(({ address }) => address === '10.0.0.1'),
      false,
    );
  });
});
