import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { until, within } from '../../src/demo/pause.ts';
import { noTraces, tracesOf } from '../helpers/director.ts';
import { keepalivedConf } from '../helpers/keepalived_conf.ts';
import { createLab, type Lab } from '../helpers/lab.ts';
import { system } from '../helpers/needs.ts';
import { repository } from '../helpers/tree.ts';

const vip = '10.77.0.100';
const configuration = keepalivedConf({
  vips: [vip],
  servers: [{ at: `${vip} 80`, pool: [{ address: '10.77.0.11', check: 0 }] }],
});

/** What a service manager is told, one message a line: Node has no such sockets to listen on. */
const LISTENER = `
import socket, sys
one = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
one.bind(sys.argv[1])
print('ready', flush=True)
while True:
    print(one.recv(4096).decode().replace(chr(10), ' '), flush=True)
`;

function needsOverlay(): string | false {
  return /\boverlay$/m.test(readFileSync('/proc/filesystems', 'utf8'))
    ? false
    : 'needs overlayfs in the kernel';
}

describe('the Debian package', {
  skip: system('dpkg-deb', 'dpkg-shlibdeps', 'strip', 'setpriv', 'python3'),
  timeout: 300_000,
}, () => {
  let lab: Lab;
  let root: string;
  let made: string;
  let listener: ChildProcess;
  const told: string[] = [];
  const often = { everyMs: 50, atMostMs: 60_000 };
  const untilTold = (what: RegExp, times = 1) =>
    until(`the service manager to be told ${what}`, often, async () =>
      told.filter((line) => what.test(line)).length >= times ? true : undefined,
    );

  before(async () => {
    lab = await createLab({ name: 'package', realServers: 1 });
    root = join(lab.directory, 'root');
    mkdirSync(root);
    made = execFileSync('packaging/package_deb', { cwd: repository, encoding: 'utf8' }).trim();
    execFileSync('dpkg-deb', ['-x', join(repository, made), root]);
    writeFileSync(join(lab.directory, 'keepalived.conf'), configuration);
    listener = spawn('python3', ['-c', LISTENER, join(lab.directory, 'notify')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    listener.stdout?.setEncoding('utf8').on('data', (text: string) => told.push(...text.trim().split('\n')));
    await untilTold(/^ready$/);
  });
  after(async () => {
    listener?.kill('SIGKILL');
    await lab?.close();
  });

  const xlb = () => join(root, 'usr/bin/xlb');
  const run = (...words: readonly string[]) => lab.run(lab.director, [xlb(), ...words], { mayFail: true });

  /** As the unit starts it: no more capabilities than it leaves. */
  function asUnit(): string[] {
    const unit = readFileSync(join(root, 'lib/systemd/system/xlb.service'), 'utf8');
    const names = [...unit.matchAll(/^CapabilityBoundingSet=(.*)$/gm)].flatMap(([, list = '']) =>
      list.split(' '),
    );
    const left = names.map((name) => `+${name.toLowerCase().replace('cap_', '')}`);
    return ['setpriv', `--bounding-set=-all,${left.join(',')}`, `--inh-caps=-all,${left.join(',')}`];
  }

  it('has a command that runs where it is unpacked', async () => {
    const { version } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));
    const { stdout: said } = await run('--version');
    const { code, stdout: checked } = await run('check', join(lab.directory, 'keepalived.conf'));
    assert.deepEqual([said, code, /: can run: /.test(checked)], [`${version}\n`, 0, true]);
  });

  it('is installed and removed by dpkg in a root of its own', { skip: needsOverlay() }, () => {
    const script = [
      'set -e; mount --make-rprivate /; mount -t tmpfs tmpfs "$1"; mkdir "$1"/upper "$1"/work "$1"/tree',
      'mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/tree"',
      'mount -t proc proc "$1/tree/proc"; mount --bind /dev "$1/tree/dev"; cp "$2" "$1/tree/xlb.deb"',
      'exec chroot "$1/tree" sh -c "$3"',
    ].join('\n');
    const inside = [
      'set -e; export DEBIAN_FRONTEND=noninteractive; dpkg -i /xlb.deb >/dev/null 2>&1',
      'xlb --version; man -w xlb; dpkg -V xlb',
      'command -v systemd-analyze >/dev/null && systemd-analyze verify xlb.service',
      'dpkg -P xlb >/dev/null; ls -d /usr/lib/xlb /usr/bin/xlb /etc/default/xlb 2>/dev/null || echo gone',
    ].join('\n');
    const place = join(lab.directory, 'overlay');
    mkdirSync(place);
    const argv = ['-m', 'sh', '-c', script, 'sh', place, join(repository, made), inside];
    const { version } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));
    const { stderr, stdout } = spawnSync('unshare', argv, { encoding: 'utf8' });
    assert.deepEqual(
      [stderr, stdout.split('\n')],
      ['', [version, '/usr/share/man/man8/xlb.8.gz', 'gone', '']],
    );
  });

  it('forwards with the capabilities that its unit leaves it, and tells the service manager', async () => {
    const words = ['run', '--instance', lab.instance, '--run-dir', lab.directory];
    const file = ['-f', join(lab.directory, 'keepalived.conf')];
    const manager = [`NOTIFY_SOCKET=${join(lab.directory, 'notify')}`, 'WATCHDOG_USEC=1000000'];
    const daemon = lab.spawn(lab.director, ['env', ...manager, ...asUnit(), xlb(), ...words, ...file]);
    let log = '';
    daemon.stderr?.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
    try {
      await untilTold(/^READY=1$/);
      await untilTold(/^STATUS=1 virtual server, master of 1 of 1 virtual router$/);
      await untilTold(/^WATCHDOG=1$/, 3);
      const held = await tracesOf(lab);
      daemon.kill('SIGHUP');
      await untilTold(/^RELOADING=1 MONOTONIC_USEC=\d+$/);
      await untilTold(/^READY=1$/, 2);
      const ended = once(daemon, 'close');
      daemon.kill('SIGTERM');
      await untilTold(/^STOPPING=1 /);
      const [code] = (await within('the daemon to end', 20_000, ended)) as [number];
      assert.deepEqual([held.addresses, held.xdp, code, await tracesOf(lab)], [[vip], true, 0, noTraces]);
      assert.deepEqual(log.match(/ (warn|error) (?!A thread timer expired ).*/g) ?? [], []);
    } catch (error) {
      daemon.kill('SIGKILL');
      throw new Error(`${String(error)}\n${log}\n${told.join('\n')}`);
    }
  });
});
