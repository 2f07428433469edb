/**
 * Fields -> the frozen model: inheritance, keepalived's adjustments, and what only several lines
 * together show. Pure; everything found goes to `diagnostics`.
 */
import type { GlobalDefs } from './keywords/global_defs.ts';
import type { RootFields } from './keywords/root.ts';
import { circumstancesOf } from './known_blocks.ts';
import type { Config, LinkDelayConfig, Span } from './model.ts';
import type { ValidateContext } from './validate/context.ts';
import { buildPaces } from './validate/garp.ts';
import { adviseOnAfXdp, buildGlobal } from './validate/global.ts';
import { adviseOnHttp } from './validate/http.ts';
import { adviseOnSuspension } from './validate/life.ts';
import { buildMarkRules, checkMarks } from './validate/mark.ts';
import { buildSslIdentity } from './validate/ssl.ts';
import { buildStatic, RulePriorities } from './validate/static.ts';
import { buildSyncGroups, withoutMemberWeights } from './validate/sync_group.ts';
import { buildTracked, type Tracked, used } from './validate/tracked.ts';
import { adviseOnUntracked, adviseOnWeights } from './validate/tracking_advice.ts';
import { buildVirtualServers } from './validate/virtual_server.ts';
import { buildVrrpInstances } from './validate/vrrp.ts';
import { buildMail } from './validate/vrrp_global.ts';

type BuildOptions = ValidateContext & { file: string; at: Span; defaults: GlobalDefs };

/** The model of `fields`. It is to be used only where `diagnostics` holds no error. */
export function buildConfig(fields: RootFields, { file, at, defaults, ...context }: BuildOptions): Config {
  const globals = fields.global_defs[0]?.fields ?? defaults;
  const tracked = buildTracked(fields, { globals, diagnostics: context.diagnostics });
  const sslIdentity = buildSslIdentity(fields.SSL[0], context);
  const { bfd_instance, global_defs, track_file, virtual_server_group } = fields;
  const referred = [global_defs, track_file, bfd_instance, virtual_server_group];
  context.blocks?.under(circumstancesOf(referred, JSON.stringify(sslIdentity ?? '')));
  const servers = { ...context, globals, tracked, ...(sslIdentity ? { sslIdentity } : {}) };
  const vrrp = buildVrrp(fields, servers);
  const virtualServers = buildVirtualServers(fields, servers);
  const mailed =
    [...vrrp.vrrpInstances, ...vrrp.vrrpSyncGroups].find(({ notify }) => notify.mail) ??
    virtualServers.find(({ mail }) => mail);
  const config: Config = {
    file,
    global: {
      ...buildGlobal(globals, linkDelays(fields)),
      mail: buildMail(globals, mailed?.span, context.diagnostics),
    },
    ...(fields.net_namespace ? { netNamespace: fields.net_namespace.value } : {}),
    ...vrrp,
    bfdInstances: [...tracked.bfds.values()].map((one) => one.config),
    virtualServers,
    markRules: buildMarkRules(fields.xlb_mark, context.diagnostics),
  };
  checkMarks(config, context);
  adviseOnSuspension(config, context.diagnostics);
  adviseOnHttp(globals, context);
  adviseOnAfXdp(globals, context.diagnostics);
  if (config.virtualServers.length === 0 && config.vrrpInstances.length === 0 && !context.diagnostics.failed)
    context.diagnostics.error('EMPTY', at, {
      message:
        'Cannot find anything to do: the configuration has no vrrp_instance and no virtual_server to run',
      help: 'write a virtual_server with a real_server, or a vrrp_instance',
    });
  return deepFreeze(config);
}

/** Of an interface that is written twice, the last line. */
function linkDelays({ interface_up_down_delays: blocks }: RootFields): LinkDelayConfig[] {
  const lines = blocks.flatMap(({ items }) => items);
  return [...new Map(lines.map((one) => [one.interface, one])).values()];
}

type Vrrp = Pick<
  Config,
  'vrrpInstances' | 'vrrpSyncGroups' | 'vrrpScripts' | 'trackFiles' | 'trackProcesses' | 'static'
>;

interface VrrpContext extends ValidateContext {
  readonly globals: GlobalDefs;
  readonly tracked: Tracked;
}

function buildVrrp(fields: RootFields, context: VrrpContext): Vrrp {
  const { diagnostics, tracked } = context;
  const shared = {
    ...context,
    taken: new Map(),
    priorities: new RulePriorities(diagnostics),
    paces: buildPaces(fields.garp_group, diagnostics),
  };
  const fixedRules = shared.priorities.complete(fields.static_rules);
  const alone = buildVrrpInstances(fields.vrrp_instance, shared);
  const vrrpSyncGroups = buildSyncGroups(fields.vrrp_sync_group, { ...shared, instances: alone });
  const vrrpInstances = withoutMemberWeights(alone, vrrpSyncGroups, diagnostics);
  adviseOnWeights(vrrpInstances, vrrpSyncGroups, diagnostics);
  const tracking = [...vrrpInstances, ...vrrpSyncGroups].map((one) => one.tracking);
  const scripts = tracking.flatMap((one) => one.scripts);
  adviseOnUntracked({ defined: fields.vrrp_script, tracked: scripts }, diagnostics);
  return {
    vrrpInstances,
    vrrpSyncGroups,
    vrrpScripts: used(tracked.scripts, scripts),
    trackFiles: used(
      tracked.files,
      tracking.flatMap(({ files }) => files),
    ),
    trackProcesses: used(
      tracked.processes,
      tracking.flatMap(({ processes }) => processes),
    ),
    static: buildStatic(fields, { ...shared, instances: vrrpInstances, rules: fixedRules }),
  };
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const key in value) deepFreeze(value[key]);
  return Object.freeze(value);
}
