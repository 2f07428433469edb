/** xlb_check_vip: which addresses the checks of a real server also probe, and where that cannot be. */
import type { Diagnostics } from '../diagnostic.ts';
import type { RootFields } from '../keywords/root.ts';
import type { CheckConfig, VipProbeConfig, VirtualServerConfig } from '../model.ts';
import type { Place } from './place.ts';

type Parsed = RootFields['virtual_server'][number];
type ParsedReal = Parsed['fields']['real_server'][number];

/** Of a group: each is probed by each check. */
const MAX_TARGETS = 16;

/** Those that speak TCP. */
const probing = ['TCP_CHECK', 'HTTP_GET', 'SSL_GET', 'SMTP_CHECK'] as const satisfies CheckConfig['kind'][];
type ProbingCheck = Extract<CheckConfig, { readonly kind: (typeof probing)[number] }>;

export interface VipPlace {
  readonly server: Parsed;
  readonly place: Place;
  readonly protocol: VirtualServerConfig['protocol'];
}

/** The checks with what they probe besides. Where it is off, or cannot be, as they were. */
export function probeVip(
  checks: readonly CheckConfig[],
  real: ParsedReal,
  { server, place, diagnostics }: Omit<VipPlace, 'protocol'> & { readonly diagnostics: Diagnostics },
): readonly CheckConfig[] {
  if ((real.fields.xlb_check_vip ?? server.fields.xlb_check_vip)?.value !== true || place.marked)
    return checks;
  if (!checks.some(isProbing)) {
    const { address } = real.head;
    diagnostics.error('CONFLICT', real.fields.xlb_check_vip?.at ?? real.at, {
      message: `Cannot use xlb_check_vip for real server ${address}: no check of it connects by TCP`,
      help: `write one of ${probing.join(', ')} in it, or \`xlb_check_vip off\``,
    });
    return checks;
  }
  return checks.map((check) =>
    isProbing(check) ? { ...check, vip: targetsOf(check, real.head.address, place) } : check,
  );
}

/** Reports a virtual server that cannot be probed, where it is asked for first. */
export function checkVipPlace({ server, place, protocol }: VipPlace, diagnostics: Diagnostics): void {
  const fields = [server.fields, ...server.fields.real_server.map((real) => real.fields)];
  const on = fields.map((one) => one.xlb_check_vip).find((field) => field?.value === true);
  if (on === undefined) return;
  if (place.marked)
    diagnostics.error('CONFLICT', on.at, {
      message: `Cannot use xlb_check_vip with ${place.name}: a fwmark has no address that could be probed`,
      help: 'remove it, or write virtual servers with addresses',
    });
  else if (protocol !== 'TCP')
    diagnostics.error('CONFLICT', on.at, {
      message: `Cannot use xlb_check_vip with protocol ${protocol}: the probe is the SYN of a TCP connection`,
      help: 'write `protocol TCP` where TCP is meant, else remove it',
    });
  else if (place.keys.length > MAX_TARGETS)
    diagnostics.error('TOO_LARGE', on.at, {
      message: `Cannot use xlb_check_vip with ${place.name}: it has ${place.keys.length} addresses and ports`,
      help: `at most ${MAX_TARGETS} can be probed: split the group, or remove xlb_check_vip`,
    });
}

function isProbing(check: CheckConfig): check is ProbingCheck {
  return (probing as readonly string[]).includes(check.kind);
}

/** A virtual server without a port is asked at the check's. */
function targetsOf({ connectPort }: ProbingCheck, realServer: string, { keys }: Place): VipProbeConfig {
  const targets = keys.map(({ address, port }) => ({ address, port: port || connectPort }));
  return { realServer, targets };
}
