/**
 * A place to measure in: a process of its own network and mount namespaces, on one processor. All of it, the BPF
 * file system included, ends with the process, even when it is killed.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { addon } from '../src/addon/addon.ts';

/** Traffic is made and handled on this one: the program and its companion share its caches and its clock. */
export const laboratoryProcessor = cpus().length - 1;

/** Makes threads that the main thread starts from now on begin on another processor, and the main thread stay there. */
export function moveTo(wanted: number): void {
  execFileSync('taskset', ['-p', '-c', String(wanted), String(process.pid)], { stdio: 'ignore' });
}

/** Processor time so far of the newest thread of this process that has this name. */
export function threadSeconds(name: string): number {
  const folder = '/proc/self/task';
  const named = readdirSync(folder).filter(
    (thread) => readFileSync(`${folder}/${thread}/comm`, 'utf8').trim() === name,
  );
  const newest = Math.max(...named.map(Number));
  const [nanoseconds = ''] = readFileSync(`${folder}/${newest}/schedstat`, 'utf8').split(' ');
  return Number(nanoseconds) / 1e9;
}

/** The command that runs `argv` in there; root. It ends with this process. */
export function inNamespace(argv: readonly string[]): readonly string[] {
  // Without IPv6 no interface sends anything of its own accord.
  const quiet =
    'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6; echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6';
  const script = `mount -t bpf none /sys/fs/bpf; ip link set lo up; ${quiet}; exec taskset -c "$0" "$@"`;
  const inside = ['sh', '-ec', script, String(laboratoryProcessor), ...argv];
  return ['setpriv', '--pdeathsig', 'KILL', 'unshare', '--net', '--mount', ...inside];
}

/** One veth pair: traffic is sent out of `sender` and handled on `receiver`. */
export interface Pair {
  readonly sender: End;
  readonly receiver: End;
}

export interface End {
  readonly index: number;
  readonly mac: string;
}

/** Makes the pair `NAMEs` and `NAMEr`. `number` tells its addresses from other pairs'. */
export function vethPair(name: string, number: number): Pair {
  const mac = (end: number) => `02:00:00:00:${number.toString(16).padStart(2, '0')}:0${end}`;
  const [sender, receiver] = [`${name}s`, `${name}r`];
  const made = `link add ${sender} address ${mac(1)} type veth peer name ${receiver} address ${mac(2)}`;
  for (const command of [made, `link set ${sender} up`, `link set ${receiver} up`])
    execFileSync('ip', command.split(' '));
  const netlink = new (addon().Netlink)();
  const links = netlink.links();
  netlink.close();
  const end = (wanted: string): End => {
    const link = links.find((candidate) => candidate.name === wanted);
    if (link === undefined) throw new Error(`Cannot find the interface ${wanted} that was just made`);
    return { index: link.index, mac: link.mac };
  };
  return { sender: end(sender), receiver: end(receiver) };
}
