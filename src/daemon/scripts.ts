/** What this host makes of the scripts of a configuration, before they are needed. */
import { type PrepareScript, scriptPreparer } from '../base/script/script.ts';
import { type Diagnostic, Diagnostics } from '../config/diagnostic.ts';
import type { Config, GlobalConfig, ScriptConfig } from '../config/model.ts';
import { scriptsOf } from '../director/notification.ts';

/** An error for each script that cannot or must not run: it is left out. A warning for each that is not safe. */
export function checkScripts(
  config: Config,
  preparer: (options: { readonly security: boolean }) => PrepareScript = scriptPreparer,
): readonly Diagnostic[] {
  const diagnostics = new Diagnostics();
  diagnostics.opened(config.file);
  for (const { script, security, help } of wantedScripts(config)) {
    const prepared = preparer({ security })(script);
    if (prepared.kind === 'refused')
      diagnostics.error('BAD_SCRIPT', script.span, { message: prepared.text, help });
    else if (prepared.warning !== undefined)
      diagnostics.warning('BAD_SCRIPT', script.span, { message: prepared.warning });
  }
  return diagnostics.list();
}

interface Wanted {
  readonly script: ScriptConfig;
  readonly security: boolean;
  /** What becomes of it where it cannot run. */
  readonly help: string;
}

/** One of each script: many checks may run the same. */
function wantedScripts(config: Config): Iterable<Wanted> {
  const { virtualServers, global } = config;
  const security = global.vrrp.scriptSecurity;
  const found = new Map<string, Wanted>();
  const add = (kind: string, wanted: Wanted): void => {
    const { command, user, group } = wanted.script;
    const key = JSON.stringify([kind, command, user, group]);
    if (!found.has(key)) found.set(key, wanted);
  };
  for (const { checks } of virtualServers.flatMap(({ realServers }) => realServers))
    for (const check of checks)
      if (check.kind === 'MISC_CHECK')
        add('check', { script: check.script, security: check.security, help: unchecked });
  for (const script of ownScripts(global)) add('notify', { script, security, help: undone });
  for (const script of scriptsOf(virtualServers)) add('notify', { script, security, help: untold });
  for (const { script } of config.vrrpScripts) add('track', { script, security, help: untracked });
  for (const script of vrrpNotifyScripts(config)) add('notify', { script, security, help: untold });
  return found.values();
}

/** Of xlb itself: at its start and its end, and those that read FIFOs. */
function ownScripts({ vrrp: { startupScript, shutdownScript, fifos } }: GlobalConfig): ScriptConfig[] {
  return [startupScript, shutdownScript, ...fifos.map(({ script }) => script)].filter(
    (script) => script !== undefined,
  );
}

function vrrpNotifyScripts({ vrrpInstances, vrrpSyncGroups }: Config): ScriptConfig[] {
  return [...vrrpInstances, ...vrrpSyncGroups].flatMap(({ notify }) =>
    Object.values(notify).filter((value): value is ScriptConfig => typeof value === 'object'),
  );
}

const unchecked = 'while it is so, xlb run leaves the check disabled, and the real server unchecked';
const untracked =
  'while it is so, xlb run does not track it, as keepalived does: it lowers no priority and causes no fault';
const undone = 'while it is so, xlb run goes on without it';
const untold = 'while it is so, xlb run goes on without it, and nobody is told';
