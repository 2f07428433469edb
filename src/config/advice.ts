/**
 * What a configuration needs of other machines, or is likely not to mean, though every line of it is right: for those
 * who check a file, not for the log of a director that starts.
 */
import { type Diagnostic, Diagnostics } from './diagnostic.ts';
import type { Config, VirtualServerConfig } from './model.ts';

/** How many addresses a hint names. */
const SHOWN = 6;

/** Notes only. */
export function advise(config: Config): Diagnostic[] {
  const diagnostics = new Diagnostics();
  diagnostics.opened(config.file);
  adviseOnLoopback(config, diagnostics);
  adviseOnHolders(config, diagnostics);
  adviseOnSelf(config, diagnostics);
  return diagnostics.list();
}

/** Those of addresses; of a fwmark, xlb_mark names the destinations. */
function virtualAddresses({ virtualServers, markRules }: Config): Set<string> {
  const named = virtualServers.flatMap((server) => addressesOf(server));
  return new Set([...named, ...markRules.flatMap(({ host }) => host ?? [])]);
}

function addressesOf({ protocol, address, members = [] }: VirtualServerConfig): string[] {
  return protocol === 'FWM' ? [] : [address, ...members.map((member) => member.address)];
}

/** The step that every guide of direct routing has, and that is forgotten most often. */
function adviseOnLoopback(config: Config, diagnostics: Diagnostics): void {
  const [first] = config.virtualServers;
  const addresses = [...virtualAddresses(config)];
  if (!first || addresses.length === 0 || config.virtualServers.every(isLocalOnly)) return;
  const shown = addresses.slice(0, SHOWN).join(' ');
  const more = addresses.length > SHOWN ? ` and ${addresses.length - SHOWN} more` : '';
  diagnostics.note('REAL_SERVERS', first.span, {
    message:
      'Every real server must hold the virtual address on its loopback, and must not answer ARP for it ' +
      '(xlb_check_vip on finds those that do not)',
    help: `run on each: xlb realserver up ${shown}${more}`,
  });
}

const isLocalOnly = ({ realServers }: VirtualServerConfig): boolean =>
  realServers.every(({ address }) => address.startsWith('127.') || address === '::1');

/** Beside instances, an address that none of them has is often a slip of the pen. */
function adviseOnHolders(config: Config, diagnostics: Diagnostics): void {
  const { vrrpInstances, virtualServers } = config;
  if (vrrpInstances.length === 0) return;
  const held = new Set(
    [...vrrpInstances.flatMap(({ addresses }) => addresses), ...config.static.addresses].map(
      ({ address }) => address,
    ),
  );
  const told = new Set<string>();
  for (const server of virtualServers)
    for (const address of addressesOf(server)) {
      if (held.has(address) || told.has(address)) continue;
      told.add(address);
      diagnostics.note('REAL_SERVERS', server.span, {
        message: `No vrrp_instance holds ${address}: something else must bring it to this director`,
        help: `write it into virtual_ipaddress where an instance should have it`,
      });
    }
}

/** A director that sends a flow to an address of its own sends it to itself. */
function adviseOnSelf(config: Config, diagnostics: Diagnostics): void {
  const virtual = virtualAddresses(config);
  for (const { realServers } of config.virtualServers)
    for (const { address, span } of realServers)
      if (virtual.has(address))
        diagnostics.note('REAL_SERVERS', span, {
          message: `${address} is a virtual address, and stands here for a real server`,
          help: "write the real server's own address",
        });
}
