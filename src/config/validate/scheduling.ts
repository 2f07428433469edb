/** How a virtual server chooses: scheduler and its options, persistence, one-packet scheduling. */
import { addressBytes, formatAddress } from '../../base/address.ts';
import { MAX_PERSISTENCE_S } from '../../base/limits.ts';
import type { Diagnostics } from '../diagnostic.ts';
import type { RootFields } from '../keywords/root.ts';
import { PERSISTENCE_S } from '../keywords/virtual_server.ts';
import type { PersistenceConfig, SchedulerKeyword, VirtualServerConfig } from '../model.ts';
import type { Place } from './place.ts';

type Parsed = RootFields['virtual_server'][number];

export type Scheduling = Pick<
  VirtualServerConfig,
  'scheduler' | 'schedulerFlags' | 'persistence' | 'onePacket'
>;

export function schedulingOf(
  server: Parsed,
  { place, protocol }: { readonly place: Place; readonly protocol: VirtualServerConfig['protocol'] },
  diagnostics: Diagnostics,
): Scheduling {
  const scheduler = schedulerOf(server, diagnostics);
  const schedulerFlags = flagsOf(server, scheduler, diagnostics);
  const persistence = persistenceOf(server, place, diagnostics);
  const onePacket = onePacketOf(server, protocol, diagnostics);
  return {
    scheduler,
    ...(schedulerFlags === 0 ? {} : { schedulerFlags }),
    ...(persistence ? { persistence } : {}),
    ...(onePacket ? { onePacket } : {}),
  };
}

function schedulerOf({ at, fields, written }: Parsed, diagnostics: Diagnostics): SchedulerKeyword {
  if (fields.lb_algo) return fields.lb_algo.value;
  if (!written.has('lb_algo'))
    diagnostics.note('DEFAULTED', at, { message: 'No lb_algo is written: wlc is taken, as in keepalived' });
  return 'wlc';
}

/** The bits of IPVS's IP_VS_SVC_F_SCHED1 to 3, from 1 on. */
const flagBits = {
  'flag-1': 1,
  'sh-fallback': 1,
  'mh-fallback': 1,
  'flag-2': 2,
  'sh-port': 2,
  'mh-port': 2,
  'flag-3': 4,
} as const;

function flagsOf({ fields }: Parsed, scheduler: SchedulerKeyword, diagnostics: Diagnostics): number {
  let flags = 0;
  for (const name of Object.keys(flagBits) as (keyof typeof flagBits)[]) {
    const field = fields[name];
    if (field?.value !== true) continue;
    flags |= flagBits[name];
    if (scheduler !== 'sh' && scheduler !== 'mh')
      diagnostics.note('ADJUSTED', field.at, {
        message: `${name} has no effect: only the schedulers sh and mh have options, and this one is ${scheduler}`,
      });
  }
  return flags;
}

function persistenceOf(
  { at, fields, written }: Parsed,
  { family, keys, marked, portAt }: Place,
  diagnostics: Diagnostics,
): PersistenceConfig | undefined {
  const { persistence_timeout: timeout, persistence_granularity: granularity } = fields;
  const everyPort = !marked && keys.some(({ port }) => port === 0);
  if (!timeout && !granularity && everyPort)
    diagnostics.warning('ADJUSTED', portAt ?? at, {
      message: `Port 0 means every port; clients are kept on one real server for ${PERSISTENCE_S} s, as in keepalived`,
      help: written.has('persistence_timeout')
        ? 'IPVS refuses port 0 without persistence'
        : 'IPVS refuses port 0 without persistence: write persistence_timeout to choose another time',
    });
  if (!timeout && !granularity && !everyPort) return undefined;
  if (timeout && timeout.value > MAX_PERSISTENCE_S)
    diagnostics.warning('ADJUSTED', timeout.at, {
      message: `persistence_timeout ${timeout.value} counts as ${MAX_PERSISTENCE_S}: xlb keeps no client longer`,
      help: `write ${MAX_PERSISTENCE_S} (22 days and 18 hours) or less`,
    });
  return {
    seconds: Math.min(timeout?.value ?? PERSISTENCE_S, MAX_PERSISTENCE_S),
    netmask: netmaskOf(granularity, family, diagnostics),
  };
}

function netmaskOf(
  granularity: Parsed['fields']['persistence_granularity'],
  family: 4 | 6,
  diagnostics: Diagnostics,
): string {
  const whole = family === 4 ? '255.255.255.255' : '128';
  if (!granularity) return whole;
  const { value, at } = granularity;
  if ('mask' in value) {
    if (family === 4) return value.mask;
    diagnostics.error('CONFLICT', at, {
      message: 'Cannot use a netmask for IPv6 clients',
      help: 'write a prefix length, 1 to 128',
    });
    return whole;
  }
  if (family === 6) return String(value.length);
  if (value.length > 32) {
    diagnostics.error('OUT_OF_RANGE', at, {
      message: `Cannot use prefix length ${value.length} for IPv4 clients`,
      help: 'write a netmask, for example 255.255.255.0',
    });
    return whole;
  }
  const mask = maskOf(value.length);
  diagnostics.warning('ADJUSTED', at, {
    message: `${value.length} is taken for a prefix length: ${mask}`,
    help: `keepalived takes it for the netmask 0.0.0.${value.length}: write ${mask}`,
  });
  return mask;
}

function maskOf(length: number): string {
  const bytes = addressBytes('0.0.0.0') ?? new Uint8Array(4);
  return formatAddress(bytes.map((_, at) => (0xff00 >> Math.min(8, Math.max(0, length - 8 * at))) & 0xff));
}

function onePacketOf(
  { fields }: Parsed,
  protocol: VirtualServerConfig['protocol'],
  diagnostics: Diagnostics,
): boolean {
  if (fields.ops?.value !== true) return false;
  if (protocol !== 'TCP') return true;
  diagnostics.warning('ADJUSTED', fields.ops.at, {
    message: 'ops is left out: one-packet scheduling is for UDP only, as in keepalived',
  });
  return false;
}
