/** `xlb drain --wait`: a line that says what is left, until nothing is. */
import { createLogUpdate } from 'log-update';
import type { Clock } from '../base/clock.ts';
import { XlbError } from '../base/errors.ts';
import type { DestinationStatus, Status } from '../control/status.ts';
import type { WeighedServer } from '../control/weight.ts';
import { realServerName, virtualServerName } from '../director/real_server.ts';

const LOOK_AGAIN_MS = 500;

export interface WaitShell {
  readonly clock: Clock;
  readonly output: NodeJS.WriteStream;
  readonly status: () => Promise<Status>;
  /** Absent: as long as it takes. */
  readonly timeoutMs?: number;
}

/** What is left of the connections of all that are drained. */
export interface Left {
  readonly active: number;
  /** Of TCP: closing. They are not waited for. */
  readonly closing: number;
  /** Clients that persistence brings back. */
  readonly persistent: number;
}

/** Resolves with the last connection; throws TIMEOUT. A terminal sees one line that changes, a file two lines. */
export async function waitForEnd(drained: readonly WeighedServer[], shell: WaitShell): Promise<void> {
  const { clock, output, status, timeoutMs } = shell;
  const startMs = clock.nowMs();
  const update = output.isTTY ? createLogUpdate(output) : undefined;
  let told = false;
  for (;;) {
    const left = leftOf(drained, await status());
    const text = describe(left, clock.nowMs() - startMs);
    if (update !== undefined) update(text);
    else if (!told || left.active === 0) output.write(`${text}\n`);
    told = true;
    if (left.active === 0) break;
    const restMs = timeoutMs === undefined ? LOOK_AGAIN_MS : startMs + timeoutMs - clock.nowMs();
    if (restMs <= 0) {
      update?.done();
      throw new XlbError('TIMEOUT', `Not drained in time: ${left.active} connections go on`, {
        help: 'it stays drained; wait again with xlb drain --wait',
      });
    }
    await new Promise<void>((resolve) => clock.setTimer(Math.min(restMs, LOOK_AGAIN_MS), resolve));
  }
  update?.done();
}

export function leftOf(drained: readonly WeighedServer[], { virtual_servers: servers }: Status): Left {
  const wanted = new Set(drained.map(nameOf));
  const mine = servers.flatMap((server) =>
    server.destinations
      .filter((one) =>
        wanted.has(
          nameOf({ virtualServer: virtualServerName(server), realServer: realServerName(one, server) }),
        ),
      )
      // UDP knows no end: its flows are inactive from the first packet on, until they expire.
      .map((one) =>
        server.protocol === 'TCP' ? one : { ...one, active: one.active + one.inactive, inactive: 0 },
      ),
  );
  const sum = (of: (one: DestinationStatus) => number) => mine.reduce((total, one) => total + of(one), 0);
  return {
    active: sum(({ active }) => active),
    closing: sum(({ inactive }) => inactive),
    persistent: sum(({ persistent }) => persistent),
  };
}

const nameOf = ({ virtualServer, realServer }: WeighedServer): string => `${realServer} ${virtualServer}`;

export function describe({ active, closing, persistent }: Left, elapsedMs: number): string {
  const parts = [
    active === 0
      ? 'No connection is left'
      : `${active} ${active === 1 ? 'connection is' : 'connections are'} left`,
    ...(closing === 0 ? [] : [`${closing} closing`]),
    ...(persistent === 0
      ? []
      : [`${persistent} persistent clients may return (xlb_expire_quiescent_template)`]),
  ];
  return `${parts.join(', ')}; ${Math.round(elapsedMs / 1000)} s`;
}
