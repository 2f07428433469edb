/** bfd_instance: fields -> model. */
import { isIPv4 } from 'node:net';
import { type Diagnostics, quote } from '../diagnostic.ts';
import type { GlobalDefs } from '../keywords/global_defs.ts';
import type { RootFields } from '../keywords/root.ts';
import type { Weighted } from '../keywords/vrrp_tracking.ts';
import type { BfdInstanceConfig, GlobalConfig, ThreadSchedulingConfig } from '../model.ts';

type Parsed = RootFields['bfd_instance'][number];

/** keepalived's own limit. */
const LONGEST_NAME = 31;
/** From which on keepalived warns: a session with longer ones notices little sooner than any other check. */
const SENSIBLE_MS = 1_000;

export function buildBfdInstances(
  parsed: readonly Parsed[],
  diagnostics: Diagnostics,
): Weighted<BfdInstanceConfig> {
  const found = new Map<
    string,
    { config: BfdInstanceConfig; weight: { weight: number; reverse: boolean } }
  >();
  for (const one of parsed) {
    const config = buildBfdInstance(one, diagnostics);
    if (config === undefined || isTaken(config, found, diagnostics)) continue;
    const weight = one.fields.weight?.value ?? { weight: 0, reverse: false };
    found.set(config.name, { config, weight });
  }
  return found;
}

function buildBfdInstance({ head, at, fields, written }: Parsed, diagnostics: Diagnostics) {
  const { name } = head;
  if (name.length > LONGEST_NAME)
    diagnostics.error('BAD_VALUE', at, {
      message: `Cannot use the name ${quote(name)}: it is longer than ${LONGEST_NAME} characters`,
    });
  if (!fields.neighbor_ip) {
    if (!written.has('neighbor_ip'))
      diagnostics.error('MISSING_KEYWORD', at, {
        message: `Cannot open the session of bfd_instance ${quote(name)}: it has no neighbor_ip`,
        help: 'write neighbor_ip ADDRESS',
      });
    return undefined;
  }
  const neighbor = fields.neighbor_ip.value;
  const source = fields.source_ip?.value;
  if (/^fe[89ab]/.test(neighbor))
    diagnostics.error('BAD_VALUE', fields.neighbor_ip.at, {
      message: `Cannot use neighbor_ip ${neighbor}: a link-local address says nothing of the interface`,
      help: "write one of the neighbour's other addresses",
    });
  if (source !== undefined && isIPv4(source) !== isIPv4(neighbor))
    diagnostics.error('CONFLICT', fields.source_ip?.at ?? at, {
      message: `Cannot send from ${source} to ${neighbor}: they are not of the same family`,
      help: `write an IPv${isIPv4(neighbor) ? 4 : 6} address`,
    });
  warnOfSlowness(fields, diagnostics);
  return {
    name,
    neighbor,
    ...(source === undefined ? {} : { source }),
    minRxUs: fields.min_rx.value,
    minTxUs: fields.min_tx.value,
    idleTxUs: fields.idle_tx.value,
    multiplier: fields.multiplier.value,
    passive: fields.passive.value,
    ttl: fields.ttl.value,
    maxHops: hops(fields, diagnostics),
    multihop: fields.multihop.value,
    span: at,
  };
}

function hops({ max_hops, ttl }: Parsed['fields'], diagnostics: Diagnostics): number | 'any' {
  const wanted = max_hops?.value ?? 0;
  if (max_hops === undefined || wanted === 'any' || wanted <= ttl.value) return wanted;
  diagnostics.warning('ADJUSTED', max_hops.at, {
    message: `Cannot use max_hops ${wanted}: it is above ttl ${ttl.value}, which is taken`,
  });
  return ttl.value;
}

function warnOfSlowness({ min_rx, min_tx }: Parsed['fields'], diagnostics: Diagnostics): void {
  for (const [name, field] of [
    ['min_rx', min_rx],
    ['min_tx', min_tx],
  ] as const)
    if (field.value > SENSIBLE_MS * 1000)
      diagnostics.warning('OUT_OF_RANGE', field.at, {
        message: `${name} ${field.value / 1000} is longer than is sensible: ${SENSIBLE_MS} ms and less are usual`,
        help: 'the unit is milliseconds',
      });
}

/** Packets of a new session name nobody but the two addresses. */
function isTaken(
  config: BfdInstanceConfig,
  found: Weighted<BfdInstanceConfig>,
  diagnostics: Diagnostics,
): boolean {
  const { name, neighbor, source, multihop, span } = config;
  const sameName = found.get(name)?.config;
  if (sameName !== undefined) {
    diagnostics.error('DUPLICATE', span, {
      message: `Cannot have two bfd_instance ${quote(name)}: the first is on line ${sameName.span.line}`,
    });
    return true;
  }
  const other = [...found.values()].find(
    ({ config: one }) =>
      one.neighbor === neighbor &&
      one.multihop === multihop &&
      (one.source === source || one.source === undefined || source === undefined),
  )?.config;
  if (other === undefined) return false;
  diagnostics.error('DUPLICATE', span, {
    message:
      `Cannot have two sessions with ${neighbor}: bfd_instance ${quote(other.name)} ` +
      `on line ${other.span.line} is one`,
    help: `remove one of them, and write ${other.name} wherever ${name} is named`,
  });
  return true;
}

/** The bfd_* keywords of global_defs. */
export function buildBfdScheduling(fields: GlobalDefs): Pick<GlobalConfig, 'bfd'> {
  const bfd = buildScheduling({
    nice: fields.bfd_priority,
    noSwap: fields.bfd_no_swap,
    processors: fields.bfd_cpu_affinity,
    realTime: fields.bfd_rt_priority,
  });
  return bfd === undefined ? {} : { bfd };
}

export function buildCheckScheduling(fields: GlobalDefs): Pick<GlobalConfig, 'checks'> {
  const checks = buildScheduling({
    nice: fields.checker_priority,
    noSwap: fields.checker_no_swap,
    processors: fields.checker_cpu_affinity,
    realTime: fields.checker_rt_priority,
  });
  return checks === undefined ? {} : { checks };
}

interface SchedulingFields {
  readonly nice: GlobalDefs['bfd_priority'];
  readonly noSwap: GlobalDefs['bfd_no_swap'];
  readonly processors: GlobalDefs['bfd_cpu_affinity'];
  readonly realTime: GlobalDefs['bfd_rt_priority'];
}

/** Undefined where nothing of it is written. */
function buildScheduling(fields: SchedulingFields): ThreadSchedulingConfig | undefined {
  const { nice, noSwap, processors, realTime } = fields;
  const scheduling: ThreadSchedulingConfig = {
    ...(realTime ? { realTimePriority: realTime.value } : {}),
    ...(nice ? { nice: nice.value } : {}),
    ...(processors ? { processors: processors.value } : {}),
    ...(noSwap.value ? { noSwap: true } : {}),
  };
  return Object.keys(scheduling).length === 0 ? undefined : scheduling;
}
