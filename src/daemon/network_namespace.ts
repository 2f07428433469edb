/** Running in another network namespace (-s, net_namespace). */
import { statSync } from 'node:fs';
import { addon } from '../addon/addon.ts';
import { reasonOf, XlbError } from '../base/errors.ts';

/** Where `ip netns` keeps them. */
const NAMESPACES = '/run/netns';

/**
 * Begins this process anew in the namespace, with `more` after its arguments; returns where it is there already. It
 * keeps its id. Throws USAGE or HOST.
 */
export function enterNetworkNamespace(name: string, more: readonly string[] = []): void {
  const path = `${NAMESPACES}/${name}`;
  const help = 'ip netns list shows those that there are';
  if (name === '' || name.includes('/') || name.startsWith('.'))
    throw new XlbError('USAGE', `Cannot use "${name}" as the name of a network namespace`, { help });
  try {
    if (statSync(path).ino === statSync('/proc/self/ns/net').ino) return;
    const argv = [process.execPath, ...process.execArgv, ...process.argv.slice(1), ...more];
    addon().execInNetworkNamespace({ path, argv });
  } catch (cause) {
    throw new XlbError('HOST', `Cannot enter network namespace "${name}": ${reasonOf(cause)}`, {
      help,
      cause,
    });
  }
}
