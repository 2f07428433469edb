/**
 * A network namespace for one test file, with nothing to clean up: the file runs again as a process of its own
 * network and mount namespaces, with a private /run/netns. All of it, further namespaces made with `ip netns add`
 * included, ends with that process, even when it is killed.
 *
 *     if (await inOwnNamespace(import.meta.url)) {
 *       describe('...', ...);
 *     }
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { builtAddon, command, needs, root } from './needs.ts';

const marker = 'XLB_TEST_IN_OWN_NAMESPACE';

/** True in there, where the tests belong. False outside, where their results have been passed on by then. */
export async function inOwnNamespace(url: string): Promise<boolean> {
  const missing = needs(root, builtAddon, command('ip'), command('unshare'), command('setpriv'));
  if (missing !== false) {
    it('runs in a network namespace', { skip: missing }, () => {});
    return false;
  }
  if (process.env[marker] === '1') return true;

  // The runner's own channel is standard output: the tests in there report as if they stood here.
  const script = 'mkdir -p /run/netns; mount -t tmpfs none /run/netns; ip link set lo up; exec "$@"';
  const inside = ['sh', '-ec', script, 'sh', process.execPath, ...process.execArgv, fileURLToPath(url)];
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'unshare', '--net', '--mount', ...inside], {
    stdio: 'inherit',
    env: { ...process.env, [marker]: '1' },
  });
  const [code] = await once(child, 'exit');
  process.exitCode = typeof code === 'number' ? code : 1;
  return false;
}

/** Runs shell commands, stopping at the first that fails; what they printed. */
export function sh(script: string): string {
  return execFileSync('sh', ['-ec', script], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** A veth pair from here (`v0`) into a namespace `peer` (`p0`): 10.9.0.1 and fd09::1 to 10.9.0.2 and fd09::2. */
export function vethToPeer(): void {
  sh(`
    ip netns add peer
    ip link add v0 address 02:00:00:09:00:01 type veth peer name p0 address 02:00:00:09:00:02 netns peer
    ip link set v0 up
    ip address add 10.9.0.1/24 dev v0
    ip address add fd09::1/64 dev v0 nodad
    ip -n peer link set p0 up
    ip -n peer address add 10.9.0.2/24 dev p0
    ip -n peer address add fd09::2/64 dev p0 nodad
  `);
}
