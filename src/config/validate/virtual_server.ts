/** virtual_server, real_server and checkers: fields -> model, with keepalived's adjustments. */
import { isIPv6 } from 'node:net';
import { type Diagnostics, quote } from '../diagnostic.ts';
import type { Field } from '../keyword.ts';
import type { CheckerKeyword, CommonCheckFields } from '../keywords/checker.ts';
import type { GlobalDefs } from '../keywords/global_defs.ts';
import { directRoutingOnly } from '../keywords/real_server.ts';
import type { RootFields } from '../keywords/root.ts';
import type {
  CheckConfig,
  CommonCheckConfig,
  RealServerConfig,
  Span,
  SslIdentityConfig,
  VirtualServerConfig,
} from '../model.ts';
import { checkVipPlace, probeVip } from './check_vip.ts';
import type { ValidateContext } from './context.ts';
import { realServerLife, virtualServerLife } from './life.ts';
import { groupsByName, keyText, MAX_VIRTUAL_SERVERS, type Place, placeOf } from './place.ts';
import { schedulingOf } from './scheduling.ts';
import type { Tracked } from './tracked.ts';

type Parsed = RootFields['virtual_server'][number];
type ParsedReal = Parsed['fields']['real_server'][number];

/** What keepalived takes where nothing is written. */
const defaults = {
  connectTimeoutMs: 5000,
  retry: 1,
  delayBeforeRetryMs: 1000,
  delayLoopMs: 60_000,
  weight: 1,
};

/** What blocks of a virtual server refer to elsewhere in the file. */
export interface ServerContext extends ValidateContext {
  readonly globals: GlobalDefs;
  readonly tracked: Tracked;
  readonly sslIdentity?: SslIdentityConfig;
}

export function buildVirtualServers(
  { virtual_server: parsed, virtual_server_group: parsedGroups }: RootFields,
  context: ServerContext,
): VirtualServerConfig[] {
  const { diagnostics } = context;
  const groups = groupsByName(parsedGroups, diagnostics);
  for (const group of groups.values()) if (group.items.length === 0) warnOfEmptyGroup(group, diagnostics);
  const lines = new Map<string, number>();
  return parsed.flatMap((server) => {
    const build = (): VirtualServerConfig | undefined => {
      const place = placeOf(server, groups, diagnostics);
      return place && buildVirtualServer(server, place, context);
    };
    const built = server.reading ? server.reading.build(diagnostics, build) : build();
    if (!built) return [];
    const keys = [built, ...(built.members ?? [])];
    for (const key of keys) {
      const name = key.protocol === 'FWM' ? keyText(key) : `${key.protocol} ${keyText(key)}`;
      const earlier = lines.get(name);
      if (earlier !== undefined) {
        diagnostics.error('DUPLICATE', built.span, {
          message: `Cannot have two virtual servers ${name}: the first is on line ${earlier}`,
          help: 'write all its real servers in one virtual_server',
        });
        break;
      }
      lines.set(name, built.span.line);
    }
    if (lines.size > MAX_VIRTUAL_SERVERS && lines.size - keys.length <= MAX_VIRTUAL_SERVERS)
      diagnostics.error('TOO_LARGE', built.span, {
        message: `Cannot have more than ${MAX_VIRTUAL_SERVERS} virtual servers, each address of a group counted`,
      });
    return [built];
  });
}

function warnOfEmptyGroup(
  { at, head }: RootFields['virtual_server_group'][number],
  diagnostics: Diagnostics,
): void {
  diagnostics.warning('EMPTY', at, {
    message: `virtual_server_group ${quote(head.name)} has no lines: it is ignored`,
  });
}

function buildVirtualServer(
  server: Parsed,
  place: Place,
  context: ServerContext,
): VirtualServerConfig | undefined {
  const { at, fields } = server;
  const { diagnostics } = context;
  if (fields.real_server.length === 0) {
    if (server.written.has('real_server')) return undefined;
    diagnostics.warning('EMPTY', at, {
      message: `virtual_server ${place.name} has no real servers: it is ignored`,
    });
    return undefined;
  }
  if (!server.written.has('lb_kind'))
    diagnostics.error('MISSING_KEYWORD', at, {
      message: 'Cannot run this virtual server: no lb_kind is written, and keepalived would take NAT',
      help: directRoutingOnly,
    });
  warnOfFamily(server, place, diagnostics);
  const protocol = protocolOf(server, place, diagnostics);
  const [first, ...members] = place.keys.map((key) => ({ protocol, ...key }));
  if (!first) return undefined;
  checkVipPlace({ server, place, protocol }, diagnostics);
  const realServers = buildRealServers({ server, place }, context);
  return {
    ...first,
    ...(place.group === undefined ? {} : { group: place.group }),
    ...(members.length === 0 ? {} : { members }),
    ...schedulingOf(server, { place, protocol }, diagnostics),
    delayLoopMs: fields.delay_loop?.value ?? defaults.delayLoopMs,
    realServers,
    ...virtualServerLife(server, { place, realServers }, context),
    span: at,
  };
}

function warnOfFamily({ fields }: Parsed, { family, marked }: Place, diagnostics: Diagnostics): void {
  const written = fields.ip_family;
  if (!written || marked || (written.value === 'inet6' ? 6 : 4) === family) return;
  diagnostics.warning('CONFLICT', written.at, {
    message: `Cannot use ip_family ${written.value}: the address is IPv${family}; as in keepalived, it is ignored`,
  });
}

function protocolOf(
  { at, fields, written }: Parsed,
  { marked }: Place,
  diagnostics: Diagnostics,
): VirtualServerConfig['protocol'] {
  if (marked) {
    if (fields.protocol)
      diagnostics.note('IGNORED', fields.protocol.at, {
        message: 'protocol is ignored, as in keepalived: a fwmark says which packets are meant',
        help: 'write it in xlb_mark',
      });
    return 'FWM';
  }
  if (fields.protocol) return fields.protocol.value;
  if (!written.has('protocol'))
    diagnostics.warning('DEFAULTED', at, {
      message: 'No protocol is written: UDP is taken, as in keepalived',
      help: 'write `protocol TCP` where TCP is meant',
    });
  return 'UDP';
}

interface Pool {
  readonly server: Parsed;
  readonly place: Place;
}

function buildRealServers({ server, place }: Pool, context: ServerContext): RealServerConfig[] {
  const { diagnostics } = context;
  const lines = new Map<string, number>();
  return server.fields.real_server.flatMap((real) => {
    const { address, family, at } = real.head;
    if (family !== place.family) {
      const of = place.group === undefined && place.marked === false ? place.keys[0]?.address : place.name;
      const unless = place.marked
        ? `, or \`ip_family inet${family === 6 ? '6' : ''}\` where all are IPv${family}`
        : '';
      diagnostics.error('CONFLICT', at, {
        message: `Cannot send flows of ${of} to ${address}: direct routing keeps the family`,
        help: `write an IPv${place.family} address${unless}`,
      });
      return [];
    }
    const earlier = lines.get(address);
    if (earlier !== undefined) {
      diagnostics.warning('DUPLICATE', at, {
        message: `Cannot have real server ${address} twice: it is on line ${earlier}; this one is left out`,
      });
      return [];
    }
    lines.set(address, at.line);
    return [buildRealServer(real, { server, place }, context)];
  });
}

function buildRealServer(
  real: ParsedReal,
  { server, place }: Pool,
  context: ServerContext,
): RealServerConfig {
  const { head, at, fields } = real;
  const checks = context.checkers.flatMap((checker) =>
    fields[checker.name].flatMap((block) => buildCheck(block, { checker, real, server, place, context })),
  );
  const { port } = place;
  if (head.port && head.port.value !== port)
    context.diagnostics.warning('ADJUSTED', head.port.at, {
      message: `Cannot use port ${head.port.value} for flows: direct routing keeps the client's port`,
      help:
        port === 0
          ? 'it is used for checks only'
          : `the virtual server's port ${port} is taken, as in keepalived`,
    });
  return {
    address: head.address,
    port,
    weight: (fields.weight ?? server.fields.weight)?.value ?? defaults.weight,
    inhibitOnFailure: (fields.inhibit_on_failure ?? server.fields.inhibit_on_failure)?.value ?? false,
    ...thresholds(real, context.diagnostics),
    ...realServerLife(real, server, context),
    checks: probeVip(checks, real, { server, place, diagnostics: context.diagnostics }),
    span: at,
  };
}

/** uthreshold and lthreshold; IPVS refuses a lower one that is above the upper one. */
function thresholds(
  { fields: { uthreshold, lthreshold } }: ParsedReal,
  diagnostics: Diagnostics,
): Pick<RealServerConfig, 'upperThreshold' | 'lowerThreshold'> {
  const upperThreshold = uthreshold?.value ?? 0;
  const lowerThreshold = lthreshold?.value ?? 0;
  if (lthreshold && lowerThreshold > upperThreshold)
    diagnostics.error('CONFLICT', lthreshold.at, {
      message: `Cannot use lthreshold ${lowerThreshold}: it is above uthreshold ${upperThreshold}`,
      help:
        upperThreshold === 0
          ? 'write uthreshold too: without it there is no limit'
          : `write a number up to ${upperThreshold}, or a larger uthreshold`,
    });
  return {
    ...(upperThreshold === 0 ? {} : { upperThreshold }),
    ...(lowerThreshold === 0 ? {} : { lowerThreshold }),
  };
}

type ParsedCheck = ParsedReal['fields'][CheckerKeyword['name']][number];

interface CheckPlace extends Pool {
  readonly checker: CheckerKeyword;
  readonly real: ParsedReal;
  readonly context: ServerContext;
}

function buildCheck({ at, fields, written }: ParsedCheck, place: CheckPlace): readonly CheckConfig[] {
  const common = commonCheck({ at, fields: fields as CommonCheckFields }, place);
  if (!common) return [];
  const { checker, context, real, server } = place;
  const { diagnostics, globals, tracked } = context;
  const virtualhost = first(real.fields.virtualhost, server.fields.virtualhost);
  const built = checker.complete(common, fields as Parameters<typeof checker.complete>[1], {
    written,
    diagnostics,
    globals,
    trackFiles: tracked.files,
    bfds: tracked.bfds,
    ...(virtualhost === undefined ? {} : { virtualhost }),
    ...(context.sslIdentity === undefined ? {} : { sslIdentity: context.sslIdentity }),
  });
  if (built === undefined) return [];
  const alpha = first((fields as CommonCheckFields).alpha, real.fields.alpha, server.fields.alpha);
  const logs =
    globals.checker_log_all_failures.value || (fields as CommonCheckFields).log_all_failures?.value === true;
  const checks = ('kind' in built ? [built] : built).map((check) =>
    withUsableSource(check, (fields as CommonCheckFields).bindto?.at ?? check.span, diagnostics),
  );
  return checks.map((check) => ({
    ...check,
    ...(alpha === true ? { alpha } : {}),
    ...(logs && check.kind !== 'FILE_CHECK' ? { logAllFailures: true } : {}),
  }));
}

/** An IPv4 address has no way to an IPv6 one: such a check could never be made. */
function withUsableSource(check: CheckConfig, at: Span, diagnostics: Diagnostics): CheckConfig {
  if (!('bindto' in check) || check.bindto === undefined || isIPv6(check.bindto) === isIPv6(check.connectIp))
    return check;
  const { bindto, ...others } = check;
  diagnostics.warning('CONFLICT', at, {
    message: `Cannot check ${check.connectIp} from ${bindto}: one is IPv4, the other IPv6; bindto is ignored`,
    help: 'as in keepalived, where connect_ip is written too',
  });
  return others;
}

const first = <T>(...fields: readonly (Field<T> | undefined)[]): T | undefined =>
  fields.find((field) => field !== undefined)?.value;

/** Takes what a check does not say from its real server, then from its virtual server. */
function commonCheck(
  { at, fields }: { at: CommonCheckConfig['span']; fields: CommonCheckFields },
  { checker, real, server, place, context }: CheckPlace,
): CommonCheckConfig | undefined {
  const [mine, rs, vs] = [fields, real.fields, server.fields];
  const usual = { ...defaults, ...checker.defaults };
  const connectIp = mine.connect_ip?.value ?? real.head.address;
  // Without one port of the virtual server's, the one written at the real server is evidently meant.
  const port = mine.connect_port?.value ?? (place.port || real.head.port?.value || 0);
  if (port === 0 && !checker.portless) {
    context.diagnostics.error('MISSING_KEYWORD', at, {
      message: `Cannot check ${quote(connectIp)}: ${withoutPort(place)}, and the check names no port`,
      help: 'write `connect_port N` in the check',
    });
    return undefined;
  }
  const delayLoopMs = first(mine.delay_loop, rs.delay_loop, vs.delay_loop) ?? defaults.delayLoopMs;
  return {
    connectIp,
    connectPort: port,
    ...(mine.bindto ? { bindto: mine.bindto.value } : {}),
    ...(mine.bind_port ? { bindPort: mine.bind_port.value } : {}),
    ...(mine.bind_if ? { bindIf: mine.bind_if.value.name } : {}),
    ...(mine.fwmark ? { fwmark: mine.fwmark.value } : {}),
    connectTimeoutMs:
      first(mine.connect_timeout, rs.connect_timeout, vs.connect_timeout) ?? defaults.connectTimeoutMs,
    retry: first(mine.retry, rs.retry, vs.retry) ?? usual.retry,
    delayBeforeRetryMs:
      first(mine.delay_before_retry, rs.delay_before_retry, vs.delay_before_retry) ??
      usual.delayBeforeRetryMs,
    delayLoopMs,
    warmupMs: first(mine.warmup, rs.warmup, vs.warmup) ?? delayLoopMs,
    span: at,
  };
}

function withoutPort({ keys, marked }: Place): string {
  if (marked) return 'a fwmark has no port';
  return keys.every(({ port }) => port === 0) ? 'the virtual server has port 0' : "the group's ports differ";
}
