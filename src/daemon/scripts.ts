/** What this host makes of the scripts of a configuration, before they are needed. */
import { type PrepareScript, scriptPreparer } from '../base/script/script.ts';
import { type Diagnostic, Diagnostics } from '../config/diagnostic.ts';
import type { Config, MiscCheckConfig } from '../config/model.ts';

/** An error for each MISC_CHECK whose script cannot or must not run, a warning for each that is not safe. */
export function checkScripts(
  config: Config,
  preparer: (options: { readonly security: boolean }) => PrepareScript = scriptPreparer,
): readonly Diagnostic[] {
  const diagnostics = new Diagnostics();
  diagnostics.opened(config.file);
  for (const { script, security } of miscChecks(config)) {
    const prepared = preparer({ security })(script);
    if (prepared.kind === 'refused')
      diagnostics.error('BAD_SCRIPT', script.span, {
        message: prepared.text,
        help: 'while it is so, xlb run leaves the check disabled, and the real server unchecked',
      });
    else if (prepared.warning !== undefined)
      diagnostics.warning('BAD_SCRIPT', script.span, { message: prepared.warning });
  }
  return diagnostics.list();
}

/** One of each script: many checks may run the same. */
function miscChecks({ virtualServers }: Config): Iterable<MiscCheckConfig> {
  const found = new Map<string, MiscCheckConfig>();
  for (const { checks } of virtualServers.flatMap(({ realServers }) => realServers))
    for (const check of checks)
      if (check.kind === 'MISC_CHECK') {
        const { command, user, group } = check.script;
        const key = JSON.stringify([command, user, group]);
        if (!found.has(key)) found.set(key, check);
      }
  return found.values();
}
