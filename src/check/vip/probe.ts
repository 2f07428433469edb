/** xlb_check_vip: besides what a check asks, the real server must take packets to the VIP that come to its MAC. */
import type { VipIgnored } from '../../addon/vip_prober.ts';
import type { Clock } from '../../base/clock.ts';
import type { CommonCheckConfig } from '../../config/model.ts';
import { type CheckResult, checkResults } from '../checker.ts';
import type { VipCheck, VipProbes } from './probes.ts';

/** Of this thread; made when first needed. */
let probes: Promise<VipProbes> | undefined;
let opened: VipProbes | undefined;

/**
 * Makes an attempt and, side by side with it, the probe that the check asks for. The attempt's failure comes first: a
 * real server that is down answers nothing at the VIP either.
 */
export async function withVipProbe(
  check: Pick<CommonCheckConfig, 'vip' | 'bindto' | 'connectTimeoutMs'>,
  clock: Clock,
  attempt: () => Promise<CheckResult>,
): Promise<CheckResult> {
  const { vip } = check;
  if (vip === undefined) return attempt();
  const ended = new AbortController();
  const timer = clock.setTimer(check.connectTimeoutMs, () => ended.abort());
  const finding = probe({ ...check, vip }, clock, ended.signal);
  try {
    const result = await attempt();
    if (checkResults[result.code].healthy !== true) ended.abort();
    const { failure, warning } = await finding;
    const said = checkResults[result.code].healthy === true ? (failure ?? result) : result;
    return { ...said, ...(warning === undefined ? {} : { warning }) };
  } finally {
    timer.cancel();
    ended.abort();
  }
}

async function probe(check: VipCheck, clock: Clock, signal: AbortSignal) {
  // Loaded late: a thread without such checks has no use for it.
  probes ??= Promise.all([import('../../addon/addon.ts'), import('./probes.ts')]).then(
    ([{ addon }, { VipProbes: Probes }]) => new Probes(addon(), clock),
  );
  try {
    opened = await probes;
    return await opened.probe(check, signal);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { failure: { code: 'SOCKERR', detail } as const };
  }
}

/** By the probes of this thread; undefined before the first. */
export function ignoredByProbes(): VipIgnored | undefined {
  return opened?.ignored();
}

/** Ends what this thread holds open for probes; a later one opens it anew. For tests. */
export async function closeVipProbes(): Promise<void> {
  const last = probes;
  probes = undefined;
  opened = undefined;
  (await last)?.close();
}
