/** The interfaces of this host, for those who only look: without the addon there are none to be had. */
import type { Link } from '../addon/addon.ts';

export async function hostLinks(): Promise<readonly Link[] | undefined> {
  try {
    const { addon } = await import('../addon/addon.ts');
    const netlink = new (addon().Netlink)();
    try {
      return netlink.links();
    } finally {
      netlink.close();
    }
  } catch {
    return undefined;
  }
}
