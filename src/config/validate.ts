/**
 * Fields -> the frozen model: inheritance, keepalived's adjustments, and what only several lines
 * together show. Pure; everything found goes to `diagnostics`.
 */
import type { Diagnostics } from './diagnostic.ts';
import type { BlockConfig } from './keyword.ts';
import type { CheckerKeyword } from './keywords/checker.ts';
import type { rootKeywords } from './keywords/root.ts';
import type { Config, Span } from './model.ts';
import { buildGlobal, type GlobalDefs } from './validate_global.ts';
import { buildMarkRules, checkMarks } from './validate_mark.ts';
import { buildVirtualServers } from './validate_virtual_server.ts';
import { buildVrrpInstances } from './validate_vrrp.ts';

export type RootFields = BlockConfig<ReturnType<typeof rootKeywords>>;

export interface ValidateContext {
  readonly diagnostics: Diagnostics;
  readonly checkers: readonly CheckerKeyword[];
}

/** The model of `fields`. It is to be used only where `diagnostics` holds no error. */
export function buildConfig(
  fields: RootFields,
  { file, at, defaults, ...context }: ValidateContext & { file: string; at: Span; defaults: GlobalDefs },
): Config {
  const config: Config = {
    file,
    global: buildGlobal(fields.global_defs[0]?.fields ?? defaults),
    vrrpInstances: buildVrrpInstances(fields.vrrp_instance, context),
    vrrpSyncGroups: [],
    vrrpScripts: [],
    trackFiles: [],
    trackProcesses: [],
    static: { addresses: [], routes: [], rules: [], trackGroups: [] },
    virtualServers: buildVirtualServers(fields, context),
    markRules: buildMarkRules(fields.xlb_mark, context.diagnostics),
  };
  checkMarks(config, context);
  if (config.virtualServers.length === 0 && config.vrrpInstances.length === 0 && !context.diagnostics.failed)
    context.diagnostics.error('EMPTY', at, {
      message:
        'Cannot find anything to do: the configuration has no vrrp_instance and no virtual_server to run',
      help: 'write a virtual_server with a real_server, or a vrrp_instance',
    });
  return deepFreeze(config);
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
