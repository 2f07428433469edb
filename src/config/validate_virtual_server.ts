/** virtual_server, real_server and checkers: fields -> model, with keepalived's adjustments. */
import { formatEndpoint } from '../base/address.ts';
import { type Diagnostics, quote } from './diagnostic.ts';
import type { Field } from './keyword.ts';
import type { CheckerKeyword, CommonCheckFields } from './keywords/checker.ts';
import { directRoutingOnly } from './keywords/real_server.ts';
import type {
  CheckConfig,
  CommonCheckConfig,
  RealServerConfig,
  SchedulerKeyword,
  VirtualServerConfig,
} from './model.ts';
import type { RootFields, ValidateContext } from './validate.ts';

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

export function buildVirtualServers(
  parsed: readonly Parsed[],
  context: ValidateContext,
): VirtualServerConfig[] {
  const lines = new Map<string, number>();
  return parsed.flatMap((server) => {
    const built = buildVirtualServer(server, context);
    if (!built) return [];
    const name = `${built.protocol} ${formatEndpoint(built.address, built.port)}`;
    const earlier = lines.get(name);
    if (earlier !== undefined)
      context.diagnostics.error('DUPLICATE', server.at, {
        message: `Cannot have two virtual servers ${name}: the first is on line ${earlier}`,
        help: 'write all its real servers in one virtual_server',
      });
    else lines.set(name, server.at.line);
    return [built];
  });
}

function buildVirtualServer(server: Parsed, context: ValidateContext): VirtualServerConfig | undefined {
  const { head, at, fields } = server;
  const { diagnostics } = context;
  if (fields.real_server.length === 0) {
    if (server.written.has('real_server')) return undefined;
    const name = formatEndpoint(head.address, head.port?.value ?? 0);
    diagnostics.warning('EMPTY', at, {
      message: `virtual_server ${name} has no real servers: it is ignored`,
    });
    return undefined;
  }
  if (!server.written.has('lb_kind'))
    diagnostics.error('MISSING_KEYWORD', at, {
      message: 'Cannot run this virtual server: no lb_kind is written, and keepalived would take NAT',
      help: directRoutingOnly,
    });
  const port = head.port?.value ?? 0;
  if (port === 0)
    diagnostics.warning('ADJUSTED', head.port?.at ?? at, {
      message: 'Port 0 means every port; keepalived would also keep each client on one real server for 360 s',
      help: 'persistence is not supported yet: connections of one client go to different real servers',
    });
  return {
    address: head.address,
    port,
    protocol: protocolOf(server, diagnostics),
    scheduler: schedulerOf(server, diagnostics),
    delayLoopMs: fields.delay_loop?.value ?? defaults.delayLoopMs,
    realServers: buildRealServers(server, context),
    span: at,
  };
}

function protocolOf({ at, fields, written }: Parsed, diagnostics: Diagnostics): 'TCP' | 'UDP' {
  if (fields.protocol) return fields.protocol.value;
  if (!written.has('protocol'))
    diagnostics.warning('DEFAULTED', at, {
      message: 'No protocol is written: UDP is taken, as in keepalived',
      help: 'write `protocol TCP` where TCP is meant',
    });
  return 'UDP';
}

function schedulerOf({ at, fields, written }: Parsed, diagnostics: Diagnostics): SchedulerKeyword {
  if (fields.lb_algo) return fields.lb_algo.value;
  if (!written.has('lb_algo'))
    diagnostics.note('DEFAULTED', at, { message: 'No lb_algo is written: wlc is taken, as in keepalived' });
  return 'wlc';
}

function buildRealServers(server: Parsed, context: ValidateContext): RealServerConfig[] {
  const { diagnostics } = context;
  const lines = new Map<string, number>();
  return server.fields.real_server.flatMap((real) => {
    const { address, family, at } = real.head;
    if (family !== server.head.family) {
      diagnostics.error('CONFLICT', at, {
        message: `Cannot send flows of ${server.head.address} to ${address}: direct routing keeps the family`,
        help: `write an IPv${server.head.family} address`,
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
    return [buildRealServer(real, server, context)];
  });
}

function buildRealServer(real: ParsedReal, server: Parsed, context: ValidateContext): RealServerConfig {
  const { head, at, fields } = real;
  const port = server.head.port?.value ?? 0;
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
    checks: context.checkers.flatMap((checker) =>
      fields[checker.name].flatMap((block) => {
        const common = commonCheck(
          { at: block.at, fields: block.fields as CommonCheckFields },
          { real, server, diagnostics: context.diagnostics },
        );
        return common ? [complete(checker, common, block.fields)] : [];
      }),
    ),
    span: at,
  };
}

function complete(checker: CheckerKeyword, common: CommonCheckConfig, fields: object): CheckConfig {
  return checker.complete(common, fields as Parameters<typeof checker.complete>[1]);
}

const first = <T>(...fields: readonly (Field<T> | undefined)[]): T | undefined =>
  fields.find((field) => field !== undefined)?.value;

interface CheckPlace {
  readonly real: ParsedReal;
  readonly server: Parsed;
  readonly diagnostics: Diagnostics;
}

/** Takes what a check does not say from its real server, then from its virtual server. */
function commonCheck(
  { at, fields }: { at: CommonCheckConfig['span']; fields: CommonCheckFields },
  { real, server, diagnostics }: CheckPlace,
): CommonCheckConfig | undefined {
  const [mine, rs, vs] = [fields, real.fields, server.fields];
  const connectIp = mine.connect_ip?.value ?? real.head.address;
  // A port-0 virtual server has no port to check; the one written at the real server is evidently meant.
  const port = mine.connect_port?.value ?? (server.head.port?.value || real.head.port?.value || 0);
  if (port === 0) {
    diagnostics.error('MISSING_KEYWORD', at, {
      message: `Cannot check ${quote(connectIp)}: the virtual server has port 0, and the check names no port`,
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
    connectTimeoutMs:
      first(mine.connect_timeout, rs.connect_timeout, vs.connect_timeout) ?? defaults.connectTimeoutMs,
    retry: first(mine.retry, rs.retry, vs.retry) ?? defaults.retry,
    delayBeforeRetryMs:
      first(mine.delay_before_retry, rs.delay_before_retry, vs.delay_before_retry) ??
      defaults.delayBeforeRetryMs,
    delayLoopMs,
    warmupMs: first(mine.warmup, rs.warmup, vs.warmup) ?? delayLoopMs,
    span: at,
  };
}
