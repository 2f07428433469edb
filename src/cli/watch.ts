/** What xlb trace and xlb capture have in common: the filter, the daemon, and the end. */
import { addon, type Verdict } from '../addon/addon.ts';
import { systemClock, type Timer } from '../base/clock.ts';
import { XlbError } from '../base/errors.ts';
import type { TraceQuestion } from '../control/client.ts';
import type { Names } from '../control/decision.ts';
import { FilterError, parseFilter } from '../control/trace_filter.ts';
import type { TraceMessage, TraceState } from '../control/trace_message.ts';
import { type InstanceOptions, pathsOf } from './options.ts';
import { notRunning } from './status.ts';

export const FILTER_HELP = `
FILTER, in the manner of tcpdump; none: what virtual servers are concerned with. Join tests with and, or, not:
  host A, client A, vip A, real A   an address, or a network as 192.0.2.0/24
  port N, client port N, vip port N
  tcp, udp, icmp, ip, ip6
  dropped, passed, forwarded        what became of the packet
  verdict NAME                      the same, one of them: NO_NEIGHBOUR
  new                               packets that a flow was to be made for
  fwmark N, interface NAME
  all                               also what has nothing to do with a virtual server`;

/** Without a filter. The session that this runs in may come by the same interface: each line would make another. */
const CONCERNED = 'not verdict NOT_IP not verdict NOT_FOR_US not verdict NOT_OURS';

const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Throws USAGE with the place marked. */
export function checkedFilter(words: readonly string[], verdicts: readonly Verdict[]): string {
  const text = words.length === 0 ? CONCERNED : words.join(' ');
  try {
    parseFilter(text, verdicts);
    return text;
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    const mark = `${' '.repeat(error.column)}${'^'.repeat(error.length)}`;
    throw new XlbError('USAGE', `Cannot read the filter: ${error.message}`, {
      help: `${error.help}\n  ${text}\n  ${mark}`,
    });
  }
}

/** Aborted by Ctrl-C and what else ends a command, or after `seconds`. */
export class Ending {
  readonly #controller = new AbortController();
  readonly #stop = (): void => this.#controller.abort();
  readonly #timer: Timer | undefined;

  constructor(seconds?: number) {
    for (const signal of endingSignals) process.on(signal, this.#stop);
    if (seconds !== undefined) this.#timer = systemClock.setTimer(seconds * 1_000, this.#stop);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  close(): void {
    for (const signal of endingSignals) process.off(signal, this.#stop);
    this.#timer?.cancel();
  }
}

/** Interfaces are named by what the daemon said last. */
export class Watched {
  #begun = false;
  #state: TraceState = { limited: 0, lost: 0, dropped: 0, interfaces: {} };

  get state(): TraceState {
    return this.#state;
  }

  /** Decisions that fitted and were not shown. */
  get missed(): number {
    const { limited, lost, dropped } = this.#state;
    return limited + lost + dropped;
  }

  /** `what`: told on stderr when the packet path has begun. */
  take(state: TraceState, what: string): void {
    if (!this.#begun) process.stderr.write(`${what}; Ctrl-C ends\n`);
    this.#begun = true;
    this.#state = state;
  }

  get names(): Names {
    const { verdicts, flowStates } = addon();
    return {
      verdicts,
      flowStates,
      interfaceName: (index) => this.#state.interfaces[index] ?? `#${index}`,
    };
  }

  /** Why decisions were not shown; '' where all were. `perSecond` is what was asked for. */
  missedText(perSecond: number): string {
    const { limited, lost, dropped } = this.#state;
    return [
      ...(limited > 0 ? [`${limited} beyond ${perSecond} a second (--rate)`] : []),
      ...(lost > 0 ? [`${lost} that found the ring full`] : []),
      ...(dropped > 0 ? [`${dropped} that were not read in time`] : []),
    ].join(', ');
  }
}

/** Ends when the daemon does, which is told on stderr. */
export async function* messagesOf(
  options: InstanceOptions,
  question: TraceQuestion,
  signal: AbortSignal,
): AsyncGenerator<TraceMessage> {
  const paths = pathsOf(options);
  const { NoDaemon, traceMessages } = await import('../control/client.ts');
  try {
    for await (const message of traceMessages(paths.socket, question, signal)) {
      if (message.kind === 'end')
        throw new XlbError('HOST', `The packet path tells no more: ${message.reason}`);
      yield message;
    }
  } catch (error) {
    throw error instanceof NoDaemon ? notRunning(paths) : error;
  }
  if (!signal.aborted) process.stderr.write('The daemon has stopped\n');
}
