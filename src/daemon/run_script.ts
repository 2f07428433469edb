/** vrrp_startup_script and vrrp_shutdown_script: run once, and waited for. */
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { runProgram, spawnProgram } from '../base/script/program.ts';
import { programOf, scriptPreparer } from '../base/script/script.ts';
import type { ScriptConfig } from '../config/model.ts';

export interface RunScriptOptions {
  readonly timeoutMs: number;
  /** enable_script_security. */
  readonly security: boolean;
}

/** Resolves when it is over; what went wrong with it is said. */
export type RunScript = (script: ScriptConfig, options: RunScriptOptions) => Promise<void>;

export function scriptRunner(shell: { readonly clock: Clock; readonly log: () => Logger }): RunScript {
  return (script, { timeoutMs, security }) => {
    const prepared = scriptPreparer({ security })(script);
    if (prepared.kind === 'refused') {
      shell.log().error(prepared.text);
      return Promise.resolve();
    }
    if (prepared.warning !== undefined) shell.log().warn(prepared.warning);
    return new Promise((resolve) => {
      runProgram(programOf(prepared.script), {
        spawn: spawnProgram,
        clock: shell.clock,
        timeoutMs,
        onEnd: (outcome) => {
          const failed = outcome.kind !== 'exited' || outcome.status !== 0;
          if (failed) shell.log().warn(`Script \`${script.command}\` failed: ${JSON.stringify(outcome)}`);
          resolve();
        },
      });
    });
  };
}
