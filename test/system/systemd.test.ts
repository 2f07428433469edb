import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { until } from '../../src/demo/pause.ts';
import { keepalivedConf } from '../helpers/keepalived_conf.ts';
import { createLab, type Lab } from '../helpers/lab.ts';
import { system } from '../helpers/needs.ts';
import { SystemdHost, systemdHost } from '../helpers/systemd_host.ts';
import { repository } from '../helpers/tree.ts';

const vip = '10.77.0.100';
const pool = [{ address: '10.77.0.11', check: 0 }];
const file = '/etc/keepalived/keepalived.conf';
const configuration = keepalivedConf({ vips: [vip], servers: [{ at: `${vip} 80`, pool }] });
const often = { everyMs: 50, atMostMs: 60_000 };

describe('the package under a real systemd', {
  skip: system('dpkg-deb', 'dpkg-shlibdeps', 'strip', 'curl') || systemdHost(),
  timeout: 300_000,
}, () => {
  let lab: Lab;
  let host: SystemdHost;

  before(async () => {
    const made = execFileSync('packaging/package_deb', { cwd: repository, encoding: 'utf8' }).trim();
    lab = await createLab({ name: 'systemd', realServers: 1, vips: [vip] });
    serveFrom(lab);
    host = await SystemdHost.boot(lab);
    await host.write(file, configuration);
    await host.receive(join(repository, made), '/xlb.deb');
    await host.read('dpkg', '-i', '/xlb.deb');
  });
  after(async () => {
    await host?.close();
    await lab?.close();
  });

  const show = (property: string) => host.read('systemctl', 'show', '--value', '-p', property, 'xlb');
  const mainPid = () => show('MainPID');
  const addresses = () => host.read('ip', '-4', '-o', 'address', 'show', 'dev', 'eth0');
  const journal = (...words: string[]) => host.read('journalctl', '-u', 'xlb', '-o', 'cat', ...words);
  /** But for those of timers that a busy machine fires late. */
  const warnings = async (...words: string[]) =>
    (await journal('-p', 'warning', ...words)).replace(/^.*A thread timer expired .*\n?/gm, '');
  /** As a client sees it; at most 6 s: a SYN that is lost comes again. */
  const get = async () => {
    const argv = ['curl', '-so', '/dev/null', '-m', '6', '-w', '%{http_code}', `http://${vip}/`];
    return (await lab.run(lab.client, argv, { mayFail: true })).stdout;
  };
  /** Every answer that a client has got while something was done. */
  async function answersWhile(action: () => Promise<unknown>): Promise<ReadonlySet<string>> {
    const answers = new Set<string>();
    let done = false;
    const client = (async () => {
      while (!done) answers.add(await get());
    })();
    await action().finally(() => {
      done = true;
    });
    await client;
    return answers;
  }
  const untilReplaced = (pid: string) =>
    until('systemd to have started it again', often, async () =>
      (await show('SubState')) === 'running' && !['0', pid].includes(await mainPid()) ? true : undefined,
    );

  it('is neither started nor enabled by its installation', async () => {
    const { stdout } = await host.run('systemctl', 'is-enabled', 'xlb');
    assert.deepEqual([stdout.trim(), await show('ActiveState')], ['disabled', 'inactive']);
  });

  it('is started when it forwards, and says what it is', async () => {
    await host.read('systemctl', 'start', 'xlb');
    assert.deepEqual(
      [await get(), await show('StatusText'), await warnings()],
      ['200', '1 virtual server, master of 1 of 1 virtual router', ''],
    );
  });

  it('gives the journal entries that can be found by what they are about', async () => {
    const found = await journal('XLB_EVENT=vrrp_role_changed', 'XLB_TO=MASTER', 'XLB_VRRP_INSTANCE=system');
    assert.equal(found, '(system) Entering MASTER STATE');
  });

  it('is reloaded before systemctl returns, which fails where the file cannot run', async () => {
    const more = { at: `${vip} 81`, pool };
    await host.write(file, keepalivedConf({ vips: [vip], servers: [{ at: `${vip} 80`, pool }, more] }));
    const good = await host.run('systemctl', 'reload', 'xlb');
    const said = await show('StatusText');
    await host.write(file, configuration.replace('lb_algo rr', 'lb_algo rrr'));
    const bad = await host.run('systemctl', 'reload', 'xlb');
    const errors = await journal('-p', 'err');
    await host.write(file, configuration);
    const again = await host.run('systemctl', 'reload', 'xlb');
    assert.deepEqual(
      [good.code, said, bad.code, /Cannot use scheduler "rrr"/.test(errors), again.code, await get()],
      [0, '2 virtual servers, master of 1 of 1 virtual router', 1, true, 0, '200'],
    );
  });

  it('forwards on while it is killed, and adopts its flows', async () => {
    const pid = await mainPid();
    const answers = await answersWhile(async () => {
      await host.read('kill', '-KILL', pid);
      await untilReplaced(pid);
    });
    const adopted = await journal('--grep', 'Adopted the tables');
    assert.deepEqual([[...answers], adopted !== '', await show('NRestarts')], [['200'], true, '1']);
  });

  it('is killed by the watchdog where it hangs, and forwards on', async () => {
    const dropIn = '/etc/systemd/system/xlb.service.d/watchdog.conf';
    await host.write(dropIn, '[Service]\nWatchdogSec=2\n');
    await host.read('sh', '-c', 'systemctl daemon-reload; systemctl restart xlb');
    const pid = await mainPid();
    const answers = await answersWhile(async () => {
      await host.read('kill', '-STOP', pid);
      await untilReplaced(pid);
    });
    await host.read('rm', dropIn);
    await host.read('systemctl', 'daemon-reload');
    assert.deepEqual([...answers], ['200']);
  });

  it('forwards on while the package is installed anew, and answers the new commands', async () => {
    const pid = await mainPid();
    const answers = await answersWhile(() => host.read('dpkg', '-i', '/xlb.deb'));
    const reloaded = await host.run('systemctl', 'reload', 'xlb');
    assert.deepEqual([[...answers], await mainPid(), reloaded.code], [['200'], pid, 0]);
  });

  it('has the rights for everything that a configuration may ask of it', async () => {
    await host.write('/var/lib/check.sh', '#!/bin/sh\ntest "$(id -un)" = nobody\n');
    await host.read('chmod', '755', '/var/lib/check.sh');
    await host.write(file, everything);
    await host.read('systemctl', 'restart', 'xlb');
    for (const kind of ['PING_CHECK', 'MISC_CHECK', 'HTTP_GET'])
      await until(`${kind} to pass`, often, async () =>
        /^(?!-- )./.test(await journal('XLB_EVENT=check_passed', `XLB_CHECK=${kind}`)) ? true : undefined,
      );
    const limits = await host.read('sh', '-c', 'grep VmLck /proc/$(pidof -s node)/status; ls /sys/class/net');
    const { stdout: real } = await host.run(
      'sh',
      '-c',
      'chrt -a -p $(systemctl show --value -p MainPID xlb)',
    );
    const said = await warnings('--since', await show('ActiveEnterTimestamp'));
    assert.deepEqual(
      [
        await get(),
        said,
        /vrrp\.78/.test(limits),
        /priority: 20\n/.test(real) && /priority: 10\n/.test(real),
        /VmLck:\s+0 /.test(limits),
      ],
      ['200', '', true, true, false],
    );
  });

  it('leaves nothing on the host when it is stopped, removed and purged', async () => {
    await host.read('systemctl', 'enable', 'xlb');
    const held = (await addresses()).includes(vip);
    await host.read('dpkg', '-r', 'xlb');
    const { stdout: processes } = await host.run('pgrep', '-f', 'xlb');
    const left = [(await addresses()).includes(vip), processes, await host.read('ls', '/sys/fs/bpf')];
    await host.read('dpkg', '-P', 'xlb');
    const { stdout: files } = await host.run(
      'sh',
      '-c',
      'ls -d /run/xlb /usr/lib/xlb /etc/default/xlb /etc/systemd/system/*/xlb.service /tmp/keepalived* /var/lib/xlb',
    );
    assert.deepEqual([held, left, files], [true, [false, '', 'maps.debug\nprogs.debug'], '']);
  });
});

/** Real-time priority, locked memory, AF_XDP, macvlans, nftables, raw sockets, scripts as users, tracked processes. */
const everything = `
global_defs {
    script_user nobody
    enable_script_security
    vrrp_rt_priority 20
    checker_rt_priority 10
    vrrp_no_swap
    xlb_datapath af_xdp
}
vrrp_track_process shell {
    process sh
    weight 0
}
vrrp_script ok {
    script /bin/true
    interval 1
}
vrrp_instance system {
    state MASTER
    interface eth0
    virtual_router_id 77
    priority 255
    advert_int 1
    virtual_ipaddress {
        ${vip}/32
    }
    track_script {
        ok
    }
}
vrrp_instance apart {
    state MASTER
    interface eth0
    virtual_router_id 78
    priority 255
    use_vmac
    no_accept
    virtual_ipaddress {
        10.77.0.101/32
    }
}
virtual_server ${vip} 80 {
    delay_loop 1
    lb_algo rr
    lb_kind DR
    protocol TCP
    real_server 10.77.0.11 80 {
        PING_CHECK {
        }
        MISC_CHECK {
            misc_path /var/lib/check.sh
        }
        HTTP_GET {
            url {
                path /
                status_code 200
            }
        }
    }
}
virtual_server ${vip} 53 {
    delay_loop 1
    lb_algo rr
    lb_kind DR
    protocol UDP
    real_server 10.77.0.11 53 {
        PING_CHECK {
        }
    }
}
`;

/** A web server on the real server. */
function serveFrom(lab: Lab): void {
  const [server] = lab.realServers;
  assert.ok(server !== undefined);
  const program = `require('node:http').createServer((_, answer) => answer.end('hello')).listen(80)`;
  lab.spawn(server, [process.execPath, '-e', program], { stdout: 'ignore', stderr: 'inherit' });
}
