/**
 * Child process: gives one interface of this namespace an XDP program that passes everything. What an XDP program
 * on a veth sends back (XDP_TX) is lost unless the other end has one too. argv: the interface's name.
 */
import { addon } from '../addon/addon.ts';
import { reasonOf } from '../base/errors.ts';

function passEverything(name: string): void {
  const netlink = new (addon().Netlink)();
  const link = netlink.links().find((candidate) => candidate.name === name);
  netlink.close();
  if (link === undefined) throw new Error(`Cannot find interface "${name}": there is none of this name`);
  addon().attachPass(link.index);
}

try {
  passEverything(process.argv[2] ?? '');
} catch (error) {
  process.stderr.write(`${reasonOf(error)}\n`);
  process.exitCode = 1;
}
