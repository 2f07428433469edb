/** What ipvsadm can ask for and xlb does not do: which, why, and what to do instead. Pure. */
import { MAX_PERSISTENCE_S } from '../base/limits.ts';
import { UsageError } from './command.ts';

const refusals = {
  masquerading:
    'xlb does not masquerade (-m): it forwards by direct routing. Use -g, with real servers on the same network',
  tunneling:
    'xlb does not tunnel (-i): it forwards by direct routing. Use -g, with real servers on the same network',
  persistenceEngine:
    'xlb has no persistence engines (--pe): leave --pe out; -p keeps a client by its address, -M its network',
  longPersistence: `xlb keeps a client for 22 days and 18 hours at most: use -p ${MAX_PERSISTENCE_S} or less`,
  sctp: 'xlb has no SCTP services (--sctp-service): use -t (TCP) or -u (UDP), or leave SCTP to IPVS',
  fwmarkPort:
    "A real server of a fwmark service takes no port: direct routing keeps the packet's. Leave it out (-r HOST)",
} as const;

/** In the kernel these would work or fail; here they are refused before anything is asked. */
export function refuse(what: keyof typeof refusals): never {
  throw new UsageError(refusals[what]);
}

export function refuseSyncDaemon(): never {
  throw new UsageError(
    'xlb has no connection sync daemon (--start-daemon): connections of scheduler mh outlive a fail-over without it',
    255,
  );
}
