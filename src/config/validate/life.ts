/** The life of virtual and real servers: fields -> model, with keepalived's adjustments. */
import { type Diagnostics, quote } from '../diagnostic.ts';
import type { Field } from '../keyword.ts';
import type { GlobalDefs } from '../keywords/global_defs.ts';
import type { RootFields } from '../keywords/root.ts';
import type { ScriptLine } from '../keywords/script.ts';
import type {
  Config,
  RealServerConfig,
  RealServerLifeConfig,
  ScriptConfig,
  SorryServerConfig,
  VirtualServerConfig,
  VirtualServerLifeConfig,
} from '../model.ts';
import type { Place } from './place.ts';
import { buildScript } from './script.ts';

type Parsed = RootFields['virtual_server'][number];
type ParsedReal = Parsed['fields']['real_server'][number];

export interface LifeContext {
  readonly diagnostics: Diagnostics;
  readonly globals: GlobalDefs;
}

export interface LifePlace {
  readonly place: Place;
  readonly realServers: readonly RealServerConfig[];
}

/** Those that look neither at weights nor at how much a real server has to do. */
const blindToWeights: ReadonlySet<string> = new Set(['sh', 'dh', 'mh', 'fo', 'ovf']);

export function virtualServerLife(
  server: Parsed,
  { place, realServers }: LifePlace,
  { diagnostics, globals }: LifeContext,
): VirtualServerLifeConfig {
  const { fields } = server;
  const { lb_algo: scheduler, xlb_slow_start: slow } = fields;
  if (scheduler && slow && slow.value > 0 && blindToWeights.has(scheduler.value))
    diagnostics.warning('CONFLICT', slow.at, {
      message: `Cannot use xlb_slow_start with lb_algo ${scheduler.value}: a growing weight would move clients`,
      help: 'it has no effect; use it with wlc, lc, wrr, rr, sed, nq, lblc, lblcr or twos',
    });
  const sorryServer = sorryServerOf(server, { place, realServers }, diagnostics);
  const alert = fields.smtp_alert ?? globals.smtp_alert_checker ?? globals.smtp_alert;
  return {
    ...quorumOf(fields, realServers, diagnostics),
    ...scriptOf('quorumUp', fields.quorum_up, globals),
    ...scriptOf('quorumDown', fields.quorum_down, globals),
    ...(fields.omega?.value ? { omega: true } : {}),
    ...(suspends(fields, place, diagnostics) ? { haSuspend: true } : {}),
    ...(sorryServer ? { sorryServer } : {}),
    ...(alert?.value === true ? { mail: true } : {}),
  };
}

export function realServerLife(
  { fields }: ParsedReal,
  { fields: server }: Parsed,
  { globals }: LifeContext,
): RealServerLifeConfig {
  const alert = fields.smtp_alert ?? server.smtp_alert ?? globals.smtp_alert_checker ?? globals.smtp_alert;
  const slowStartMs = (fields.xlb_slow_start ?? server.xlb_slow_start)?.value ?? 0;
  return {
    ...scriptOf('notifyUp', fields.notify_up, globals),
    ...scriptOf('notifyDown', fields.notify_down, globals),
    ...(slowStartMs === 0 ? {} : { slowStartMs }),
    ...(alert?.value === false ? { noMail: true } : {}),
  };
}

/** Addresses that no vrrp_instance brings are always checked. */
export function adviseOnSuspension(
  { virtualServers, vrrpInstances }: Pick<Config, 'virtualServers' | 'vrrpInstances'>,
  diagnostics: Diagnostics,
): void {
  const carried = new Set(vrrpInstances.flatMap(({ addresses }) => addresses.map(({ address }) => address)));
  for (const { haSuspend, address, members = [], span } of virtualServers) {
    if (!haSuspend || [{ address }, ...members].some((one) => carried.has(one.address))) continue;
    diagnostics.note('CONFLICT', span, {
      message: `ha_suspend has no effect: no vrrp_instance has the address ${address}, so it is always checked`,
    });
  }
}

function scriptOf<Name extends string>(
  name: Name,
  field: Field<ScriptLine> | undefined,
  globals: GlobalDefs,
): { readonly [Key in Name]?: ScriptConfig } {
  return (field ? { [name]: buildScript(field.value, globals) } : {}) as { [Key in Name]?: ScriptConfig };
}

/** What can never be reached, or never be lost, is corrected. */
function quorumOf(
  { quorum: quorumField, hysteresis: hysteresisField }: Parsed['fields'],
  realServers: readonly RealServerConfig[],
  diagnostics: Diagnostics,
): Pick<VirtualServerConfig, 'quorum' | 'hysteresis'> {
  const most = Math.max(
    1,
    realServers.reduce((sum, { weight }) => sum + weight, 0),
  );
  const quorum = Math.min(most, Math.max(1, quorumField.value));
  if (quorum !== quorumField.value)
    diagnostics.warning('ADJUSTED', quorumField.at, {
      message:
        quorumField.value < quorum
          ? 'Cannot use quorum 0: it would never be lost'
          : `Cannot use quorum ${quorumField.value}: the real servers weigh ${most} together`,
      help: `${quorum} is used, as in keepalived`,
    });
  const hysteresis = Math.min(quorum - 1, hysteresisField.value);
  if (hysteresis !== hysteresisField.value)
    diagnostics.warning('ADJUSTED', hysteresisField.at, {
      message: `Cannot use hysteresis ${hysteresisField.value}: it must be below the quorum, which is ${quorum}`,
      help: `${hysteresis} is used`,
    });
  const reachable = Math.min(hysteresis, most - quorum);
  if (reachable !== hysteresis)
    diagnostics.warning('ADJUSTED', hysteresisField.at, {
      message:
        `Cannot use hysteresis ${hysteresis}: a lost quorum needs a weight of ${quorum + hysteresis} to return, ` +
        `and the real servers weigh ${most} together`,
      help: `${reachable} is used; with keepalived it would never return`,
    });
  return {
    ...(quorum === 1 ? {} : { quorum }),
    ...(reachable === 0 ? {} : { hysteresis: reachable }),
  };
}

function suspends(
  { ha_suspend: field }: Parsed['fields'],
  { marked }: Place,
  diagnostics: Diagnostics,
): boolean {
  if (!field?.value) return false;
  if (!marked) return true;
  diagnostics.warning('CONFLICT', field.at, {
    message: 'Cannot use ha_suspend with a fwmark: it has no address; as in keepalived, it is ignored',
  });
  return false;
}

function sorryServerOf(
  { fields, written }: Parsed,
  { place, realServers }: LifePlace,
  diagnostics: Diagnostics,
): SorryServerConfig | undefined {
  const { sorry_server: field, sorry_server_inhibit: inhibitField } = fields;
  if (!field) {
    if (inhibitField?.value && !written.has('sorry_server'))
      diagnostics.warning('CONFLICT', inhibitField.at, {
        message: 'sorry_server_inhibit has no effect: there is no sorry_server',
      });
    return undefined;
  }
  const { address, at, family, inhibit, port } = field.value;
  if (family !== place.family) {
    diagnostics.error('CONFLICT', at, {
      message: `Cannot send flows of ${place.name} to ${address}: direct routing keeps the family`,
      help: `write an IPv${place.family} address`,
    });
    return undefined;
  }
  if (realServers.some((one) => one.address === address)) {
    diagnostics.warning('DUPLICATE', at, {
      message: `Cannot use ${quote(address)} as sorry server: it is a real server of this virtual server`,
      help: 'it is left out: when it is needed, it is down itself',
    });
    return undefined;
  }
  if (port && port.value !== place.port)
    diagnostics.warning('ADJUSTED', port.at, {
      message: `Cannot use port ${port.value} for flows: direct routing keeps the client's port`,
      help:
        place.port === 0
          ? 'the sorry server gets them at the port that the client wants'
          : `the virtual server's port ${place.port} is taken, as in keepalived`,
    });
  return { address, port: place.port, inhibit: inhibit || (inhibitField?.value ?? false), span: at };
}
