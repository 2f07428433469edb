/** When a vrrp_script counts as up, by keepalived's rules of rise, fall and init_fail, and the lines it logs. Pure. */
import type { Outcome } from '../base/script/program.ts';
import type { VrrpScriptConfig } from '../config/model.ts';

export type ScriptRules = Pick<VrrpScriptConfig, 'name' | 'rise' | 'fall' | 'initFail'>;

export interface ScriptState {
  readonly status: 'unknown' | 'up' | 'down';
  /** keepalived's counter: up from `rise`, at most rise + fall - 1. */
  readonly count: number;
  /** What it returned last; before its first run 0, as in keepalived. */
  readonly exitStatus: number;
}

export interface ScriptStep {
  readonly state: ScriptState;
  /** keepalived's phrases. */
  readonly lines: readonly string[];
}

export function initialScriptState({ rise, initFail }: ScriptRules): ScriptState {
  // Without init_fail, the first result decides alone.
  return initFail
    ? { status: 'down', count: 0, exitStatus: 0 }
    : { status: 'unknown', count: rise - 1, exitStatus: 0 };
}

export function afterRun(rules: ScriptRules, state: ScriptState, outcome: Outcome): ScriptStep {
  const { name, rise, fall } = rules;
  const exitStatus = outcome.kind === 'exited' ? outcome.status : state.exitStatus;
  const returning = exitStatus === state.exitStatus ? [] : [`Script \`${name}\` now returning ${exitStatus}`];
  const passed = outcome.kind === 'exited' && outcome.status === 0;
  const next = passed ? counted(state, { rise, fall }) : discounted(state, rise);
  const turned = next.status !== state.status ? [`VRRP_Script(${name}) ${describe(outcome)}`] : [];
  return { state: { ...next, exitStatus }, lines: [...returning, ...turned] };
}

type Verdict = Pick<ScriptState, 'status' | 'count'>;

function counted(
  { status, count }: ScriptState,
  { rise, fall }: Pick<ScriptRules, 'rise' | 'fall'>,
): Verdict {
  return count < rise - 1 ? { status, count: count + 1 } : { status: 'up', count: rise + fall - 1 };
}

function discounted({ status, count }: ScriptState, rise: number): Verdict {
  return status === 'up' && count > rise ? { status, count: count - 1 } : { status: 'down', count: 0 };
}

function describe(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'exited':
      return outcome.status === 0 ? 'succeeded' : `failed (exited with status ${outcome.status})`;
    case 'signalled':
      return `failed (due to signal ${outcome.signal})`;
    case 'timed_out':
      return 'timed_out';
    case 'not_started':
      return `failed (${outcome.text})`;
  }
}
