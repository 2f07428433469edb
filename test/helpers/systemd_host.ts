/**
 * A machine with a real systemd: one of the lab's, with processes, mounts and control groups of its own, on a copy of
 * this machine's root that nothing is written back from. What a test installs there is gone with it.
 */
import { type ChildProcess, execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../src/demo/pause.ts';
import type { Lab, LabNode } from './lab.ts';
import { command, needs } from './needs.ts';

/** In a mount namespace: $1 a directory, $2 the control group's name. */
const BOOT = `
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/tree" "$1/group"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/tree"
mount -t cgroup2 cgroup2 "$1/group"
own="$1/group$(sed -n 's/^0:://p' /proc/self/cgroup)/$2"
mkdir -p "$own"
echo $$ >"$own/cgroup.procs"
umount "$1/group"
exec unshare --pid --uts --ipc --cgroup --mount --fork --kill-child sh -c "$3" sh "$1/tree"
`;

/** $1: the root of the new machine. Only what a service needs is started there. */
const START = `
set -e
cd "$1"
rm -rf etc/systemd/system/*.wants etc/fstab usr/sbin/policy-rc.d
for unit in systemd-networkd systemd-resolved systemd-timesyncd systemd-udevd systemd-logind; do
  ln -sf /dev/null etc/systemd/system/$unit.service
done
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t bpf bpf sys/fs/bpf
for place in run tmp var/log/journal; do mkdir -p $place; mount -t tmpfs tmpfs $place; done
chmod 1777 tmp
mount -t tmpfs -o mode=755 tmpfs dev
for device in null zero full random urandom tty; do cp -a /dev/$device dev/; done
mkdir dev/pts dev/shm
ln -s /proc/self/fd dev/fd
pivot_root . mnt
umount -l /mnt
exec env -i container=xlb PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --unit=multi-user.target
`;

const CLEAR = `
mount --make-rprivate /
mount -t cgroup2 cgroup2 "$1"
own="$1$(sed -n 's/^0:://p' /proc/self/cgroup)/$2"
[ ! -d "$own" ] || find "$own" -depth -type d -exec rmdir {} +
`;

/** Why there is none here; false where one can be started. */
export function systemdHost(): string | false {
  const kernel = readFileSync('/proc/filesystems', 'utf8');
  return needs(
    ...['unshare', 'systemctl', 'journalctl', 'pivot_root'].map(command),
    ...['overlay', 'cgroup2', 'bpf'].map(
      (name) => () => (new RegExp(`\\b${name}$`, 'm').test(kernel) ? false : `${name} in the kernel`),
    ),
  );
}

export class SystemdHost {
  readonly #lab: Lab;
  readonly #node: LabNode;
  readonly #child: ChildProcess;
  readonly #directory: string;
  #pid = 0;

  /** Resolves when systemd takes orders. */
  static async boot(lab: Lab, node = lab.director): Promise<SystemdHost> {
    const host = new SystemdHost(lab, node);
    await host.#untilUp();
    return host;
  }

  private constructor(lab: Lab, node: LabNode) {
    this.#lab = lab;
    this.#node = node;
    this.#directory = join(lab.directory, `systemd_${node.name}`);
    mkdirSync(this.#directory);
    const argv = ['unshare', '--mount', 'sh', '-c', BOOT, 'sh', this.#directory, this.#group, START];
    this.#child = lab.spawn(node, argv, { stdout: 'ignore', stderr: 'ignore' });
  }

  /** A command on that machine. */
  run(...argv: readonly string[]) {
    const inside = ['nsenter', '--target', String(this.#pid), '--all', '--', ...argv];
    return this.#lab.run(this.#node, inside, { mayFail: true });
  }

  /** What a command prints there. Throws where it fails. */
  async read(...argv: readonly string[]): Promise<string> {
    const { code, stderr, stdout } = await this.run(...argv);
    if (code !== 0) throw new Error(`${argv.join(' ')}: ${code}\n${stdout}${stderr}`);
    return stdout.trim();
  }

  /** A file's new content there. */
  async write(path: string, content: string): Promise<void> {
    await this.read('sh', '-c', 'mkdir -p "$(dirname "$1")" && printf %s "$2" >"$1"', 'sh', path, content);
  }

  /** A file of this machine, put there. */
  async receive(from: string, to: string): Promise<void> {
    const inside = [
      'nsenter',
      '--target',
      String(this.#pid),
      '--all',
      '--',
      'sh',
      '-c',
      'cat >"$1"',
      'sh',
      to,
    ];
    execFileSync(inside[0] ?? '', inside.slice(1), { input: readFileSync(from) });
  }

  /** Everything on it ends at once. */
  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('close', resolve));
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      if (this.#pid === 0) this.#child.kill('SIGKILL');
      else process.kill(this.#pid, 'SIGKILL');
      await ended;
    }
    execFileSync('unshare', ['--mount', 'sh', '-c', CLEAR, 'sh', this.#directory, this.#group]);
  }

  get #group(): string {
    return `${this.#lab.instance}_${this.#node.name}`;
  }

  /** The child is unshare's parent of process 1. */
  async #untilUp(): Promise<void> {
    await until('systemd to be up', { everyMs: 50, atMostMs: 30_000 }, async () => {
      const { pid } = this.#child;
      const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
      if (children === '') return undefined;
      this.#pid = Number(children.split(' ')[0]);
      const { stdout } = await this.run('systemctl', 'is-system-running');
      return ['running', 'degraded'].includes(stdout.trim()) || undefined;
    });
  }
}
