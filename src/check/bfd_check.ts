/** BFD_CHECK: the session of a bfd_instance says whether a real server is there. */
import type { BfdCheckConfig } from '../config/model.ts';
import type { Attempts, CheckResult, LocalChecker, LocalShell } from './checker.ts';

export const bfdCheck: LocalChecker<BfdCheckConfig> = {
  keyword: 'BFD_CHECK',
  passed: (service, { session }) => `BFD check of [${session}] RS(${service}) is UP`,
  failed: (service, { session }) => `BFD check of [${session}] RS(${service}) is DOWN`,
  open: readSession,
};

/** An attempt looks at the session; the next is made when it has changed. */
function readSession({ session }: BfdCheckConfig, { sessions, wake }: LocalShell): Attempts<BfdCheckConfig> {
  const judge = (): CheckResult => {
    const status = sessions.states.get(session);
    // As in keepalived, a neighbour that was never heard says nothing: alpha is for who wants it otherwise.
    if (status === undefined || status === 'init') return { code: 'BFDINIT' };
    return { code: status === 'up' ? 'BFDUP' : 'BFDDOWN' };
  };
  let last: CheckResult['code'] | undefined;
  const watch = sessions.watch(() => {
    if (last !== undefined && judge().code !== last) wake();
  });
  return {
    async run() {
      const result = judge();
      last = result.code;
      return { ...result, latencyMs: 0 };
    },
    async close() {
      watch.close();
    },
  };
}
