/** Pure: virtual and real servers in keepalived.data. */
import type { CheckState } from '../../check/runner.ts';
import type { RealServerSnapshot, VirtualServerSnapshot } from '../../director/snapshot.ts';
import type { Report } from './report.ts';

export function virtualServerLines({ virtualServers, checks }: Report): string[] {
  const states = new Map(checks.map((check) => [check.key, check]));
  return virtualServers.flatMap((server) => [
    ` Virtual server = ${server.name}`,
    `   lvs_sched = ${server.scheduler}`,
    ...(server.persistence === undefined ? [] : [`   persistence timeout = ${server.persistence.seconds}`]),
    `   quorum = ${server.quorum.quorum}, hysteresis = ${server.quorum.hysteresis}`,
    `   Quorum ${server.quorum.up ? 'up' : 'down'}: weight ${server.quorum.weight} of real servers that are up`,
    ...(server.suspended === true ? ['   Checks rest: another director is master of the address'] : []),
    ...sorryLines(server),
    ...server.realServers.flatMap((one) => realServerLines(one, states)),
  ]);
}

function sorryLines({ sorryServer }: VirtualServerSnapshot): string[] {
  if (sorryServer === undefined) return [];
  return [`   sorry server = ${sorryServer.address}, ${sorryServer.serving ? 'serving' : 'not serving'}`];
}

function realServerLines(one: RealServerSnapshot, states: ReadonlyMap<string, CheckState>): string[] {
  return [
    `   Real server = ${one.name}`,
    `     State = ${one.alive ? 'UP' : 'DOWN'}${one.inPool ? '' : ', out of service'}`,
    `     Weight = ${one.weight} of ${one.configuredWeight}${one.weightByHand === undefined ? '' : ', by hand'}`,
    ...one.checks.flatMap((key) => {
      const state = states.get(key);
      return state === undefined ? [] : [`     ${checkLine(state)}`];
    }),
  ];
}

function checkLine({ kind, healthy, result }: CheckState): string {
  const said = result === undefined ? 'not checked yet' : result.code;
  return `${kind} ${healthy ? 'up' : 'down'}: ${said}`;
}
