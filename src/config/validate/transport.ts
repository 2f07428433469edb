/** How adverts travel: fields -> model. */
import { familyOf } from '../../base/address.ts';
import { quote } from '../diagnostic.ts';
import type { Field } from '../keyword.ts';
import type { RootFields } from '../keywords/root.ts';
import { isMulticast } from '../keywords/vrrp_global.ts';
import type { TransportConfig, UnicastPeerConfig } from '../model.ts';
import type { ElectionContext } from './election.ts';

type Parsed = RootFields['vrrp_instance'][number];
type Fields = Parsed['fields'];

export function buildTransport(instance: Parsed, context: ElectionContext): TransportConfig {
  const { fields, written } = instance;
  const { globals } = context;
  const peers = buildPeers(fields, context);
  const unicast = written.has('unicast_peer') || written.has('unicast_src_ip');
  if (unicast && peers.length === 0) sayNoPeers(instance, context);
  const source =
    fields[peers.length > 0 ? 'unicast_src_ip' : 'mcast_src_ip'] ??
    fields.unicast_src_ip ??
    fields.mcast_src_ip;
  const sourceAddress = source && sameFamily(source, context);
  return {
    ...(sourceAddress === undefined ? {} : { sourceAddress }),
    trackSource: fields.track_src_ip.value,
    multicastGroup: buildGroup(fields, context),
    peers,
    unicast,
    unicastTtl: fields.unicast_ttl.value,
    faultWithoutPeers: fields.unicast_fault_no_peer.value,
    checkUnicastSource:
      (fields.check_unicast_src ?? globals.vrrp_check_unicast_src).value ||
      peers.some(({ minTtl, maxTtl }) => minTtl !== undefined || maxTtl !== undefined),
    oldUnicastChecksum: fields.old_unicast_checksum?.value ?? 'auto',
    v3ChecksumAsV2: (fields.v3_checksum_as_v2 ?? globals.v3_checksum_as_v2).value,
    ...(fields.kernel_rx_buf_size ? { receiveBufferBytes: fields.kernel_rx_buf_size.value } : {}),
  };
}

function buildPeers(
  { unicast_peer: lines }: Fields,
  { family, diagnostics }: ElectionContext,
): UnicastPeerConfig[] {
  const seen = new Set<string>();
  return lines.filter(({ address, span }) => {
    const twice = seen.has(address);
    seen.add(address);
    const wrong = familyOf(address) !== family;
    if (twice)
      diagnostics.warning('DUPLICATE', span, { message: `Cannot use peer ${address} twice: once is enough` });
    else if (wrong)
      diagnostics.warning('CONFLICT', span, {
        message: `Cannot use peer ${address} in an instance of IPv${family}: as in keepalived, it is left out`,
      });
    return !twice && !wrong;
  });
}

function sayNoPeers({ head, at, fields }: Parsed, { diagnostics }: ElectionContext): void {
  const name = quote(head.name);
  const fault = fields.unicast_fault_no_peer.value;
  diagnostics.warning('EMPTY', fields.unicast_src_ip?.at ?? at, {
    message: fault
      ? `vrrp_instance ${name} has no unicast_peer: it is in fault`
      : `vrrp_instance ${name} has keywords of unicast and no unicast_peer: as in keepalived, it multicasts`,
    help: 'write the addresses of the other directors into unicast_peer { ... }',
  });
}

function sameFamily(
  { value, at }: Field<string>,
  { family, diagnostics }: ElectionContext,
): string | undefined {
  if (familyOf(value) === family) return value;
  diagnostics.error('CONFLICT', at, {
    message: `Cannot send adverts of IPv${family} with address ${value}`,
    help: `write an address of IPv${family}, as the virtual addresses are`,
  });
  return undefined;
}

function buildGroup({ mcast_dst_ip: group }: Fields, context: ElectionContext): string {
  const { family, globals, diagnostics } = context;
  const general = globals[family === 4 ? 'vrrp_mcast_group4' : 'vrrp_mcast_group6'].value;
  if (!group) return general;
  if (isMulticast(group.value)) return sameFamily(group, context) ?? general;
  diagnostics.warning('BAD_VALUE', group.at, {
    message: `Cannot use mcast_dst_ip ${group.value}: it is no multicast address; as in keepalived, ${general} is used`,
  });
  return general;
}

/** The macvlan of use_vmac. `names`: those that are taken; its own is added. */
