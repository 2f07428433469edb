/** Where a virtual server's packets are recognised: what its head says, a group's name looked up. */
import { formatEndpoint } from '../../base/endpoint.ts';
import { addressAt } from '../address_range.ts';
import { type Diagnostics, quote } from '../diagnostic.ts';
import type { RootFields } from '../keywords/root.ts';
import type { GroupLine } from '../keywords/virtual_server_group.ts';
import type { Span, VirtualServerKeyConfig } from '../model.ts';
import { didYouMean } from '../suggest.ts';

type Parsed = RootFields['virtual_server'][number];
type ParsedGroup = RootFields['virtual_server_group'][number];

/** So many virtual servers, members of groups included, the packet path's tables hold. */
export const MAX_VIRTUAL_SERVERS = 8191;

export interface Place {
  /** As the file names it: '10.0.0.1:80', 'fwmark 7', 'group WEB'. */
  readonly name: string;
  readonly group?: string;
  readonly family: 4 | 6;
  /** All of one protocol: 'FWM', or addresses' to be filled in. */
  readonly marked: boolean;
  /** At least one. */
  readonly keys: readonly Omit<VirtualServerKeyConfig, 'protocol'>[];
  /** The port that all keys have; 0 where they differ. */
  readonly port: number;
  /** Where the head's port stands. */
  readonly portAt: Span | undefined;
}

export type Groups = ReadonlyMap<string, ParsedGroup>;

export function groupsByName(parsed: readonly ParsedGroup[], diagnostics: Diagnostics): Groups {
  const groups = new Map<string, ParsedGroup>();
  for (const group of parsed) {
    const { name } = group.head;
    const earlier = groups.get(name);
    if (earlier)
      diagnostics.error('DUPLICATE', group.at, {
        message: `Cannot have two virtual_server_group ${quote(name)}: the first is on line ${earlier.at.line}`,
        help: 'write all lines in one of them',
      });
    else groups.set(name, group);
  }
  return groups;
}

/** Undefined where it has none; why was reported. */
export function placeOf(server: Parsed, groups: Groups, diagnostics: Diagnostics): Place | undefined {
  const { head } = server;
  switch (head.kind) {
    case 'address': {
      const port = head.port?.value ?? 0;
      const { address, family } = head;
      const name = formatEndpoint(address, port);
      const portAt = head.port?.at;
      return { name, family, marked: false, keys: [{ address, port }], port, portAt };
    }
    case 'fwmark': {
      const family = markFamily(server);
      const keys = [markKey(head.fwmark, family)];
      return { name: `fwmark ${head.fwmark}`, family, marked: true, keys, port: 0, portAt: undefined };
    }
    case 'group':
      return groupPlace(server, { name: head.group, at: head.at }, { groups, diagnostics });
  }
}

const markKey = (fwmark: number, family: 4 | 6) => ({
  address: family === 4 ? '0.0.0.0' : '::',
  port: 0,
  fwmark,
});

/** As keepalived has it: ip_family, else what persistence_granularity looks like, else the first real server's. */
function markFamily({ fields }: Parsed): 4 | 6 {
  if (fields.ip_family) return fields.ip_family.value === 'inet6' ? 6 : 4;
  const granularity = fields.persistence_granularity?.value;
  if (granularity) return 'mask' in granularity ? 4 : 6;
  return fields.real_server[0]?.head.family ?? 4;
}

interface GroupContext {
  readonly groups: Groups;
  readonly diagnostics: Diagnostics;
}

function groupPlace(
  server: Parsed,
  { name, at }: { readonly name: string; readonly at: Span },
  { groups, diagnostics }: GroupContext,
): Place | undefined {
  const group = groups.get(name);
  if (!group) {
    diagnostics.error('UNKNOWN_VALUE', at, {
      message: `Cannot find virtual_server_group ${quote(name)}`,
      help: didYouMean(name, groups.keys(), `write virtual_server_group ${name} { ... } with its addresses`),
    });
    return undefined;
  }
  const [first] = group.items;
  if (!first) {
    diagnostics.error('EMPTY', at, {
      message: `Cannot use virtual_server_group ${quote(name)}: it has no lines`,
    });
    return undefined;
  }
  const families = new Set(group.items.map((line) => lineFamily(line, server)));
  const kinds = new Set(group.items.map(({ kind }) => kind));
  if (families.size > 1 || kinds.size > 1) {
    const what = kinds.size > 1 ? 'addresses and fwmarks' : 'IPv4 and IPv6';
    diagnostics.error('CONFLICT', at, {
      message: `Cannot use virtual_server_group ${quote(name)}: it has ${what}, which cannot share one pool`,
      help: 'write a group for each, and a virtual_server for each group',
    });
    return undefined;
  }
  const keys = expand(group, server, diagnostics);
  const [key] = keys;
  if (!key) return undefined;
  return {
    name: `group ${name}`,
    group: name,
    family: lineFamily(first, server),
    marked: first.kind === 'fwmark',
    keys,
    port: keys.every(({ port }) => port === key.port) ? key.port : 0,
    portAt: undefined,
  };
}

function lineFamily(line: GroupLine, server: Parsed): 4 | 6 {
  return line.kind === 'addresses' ? line.range.family : (line.family ?? markFamily(server));
}

/** A key for each address of each line; what is there twice counts once. None: reported. */
function expand(
  { head, items }: ParsedGroup,
  server: Parsed,
  diagnostics: Diagnostics,
): Omit<VirtualServerKeyConfig, 'protocol'>[] {
  const keys = new Map<string, Omit<VirtualServerKeyConfig, 'protocol'>>();
  for (const line of items) {
    const count = line.kind === 'addresses' ? line.range.count : 1n;
    if (BigInt(keys.size) + count > MAX_VIRTUAL_SERVERS) {
      diagnostics.error('TOO_LARGE', line.at, {
        message: `Cannot have more than ${MAX_VIRTUAL_SERVERS} addresses in virtual_server_group ${quote(head.name)}`,
        help: 'the tables hold no more virtual servers; mark a whole prefix with xlb_mark, and use a fwmark',
      });
      return [];
    }
    for (let at = 0; at < Number(count); at++) {
      const key =
        line.kind === 'addresses'
          ? { address: addressAt(line.range, at), port: line.port }
          : markKey(line.fwmark, lineFamily(line, server));
      const text = keyText(key);
      if (!keys.has(text)) keys.set(text, key);
      else
        diagnostics.warning('DUPLICATE', line.at, {
          message: `${text} is in this group already: once is enough`,
        });
    }
  }
  return [...keys.values()];
}

/** '10.0.0.1:80', 'fwmark 7', 'fwmark 7 IPv6'. */
export function keyText({ address, port, fwmark }: Omit<VirtualServerKeyConfig, 'protocol'>): string {
  if (fwmark === undefined) return formatEndpoint(address, port);
  return `fwmark ${fwmark}${address === '::' ? ' IPv6' : ''}`;
}
