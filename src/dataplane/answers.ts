/** The worker's answers to questions about the tables. */
import type { Forwarder, VirtualServerSpec } from '../addon/addon.ts';
import { reasonOf } from '../base/errors.ts';
import type { InterfaceState } from './messages.ts';
import type { Question, Reply } from './questions.ts';
import type { Rates } from './rates.ts';
import { totalsOf } from './totals.ts';
import type { Tracing } from './tracing.ts';

export interface Answering {
  readonly forwarder: Forwarder;
  readonly rates: Rates;
  readonly tracing: Tracing;
  readonly interfaces: () => readonly InterfaceState[];
  /** What shall be in the tables. */
  readonly wanted: readonly VirtualServerSpec[];
}

/** A question that cannot be answered is answered by that: it costs nobody else anything. */
export function answerQuestion(question: Question, answering: Answering): Reply {
  const { forwarder, interfaces, rates, tracing, wanted } = answering;
  try {
    switch (question.ask) {
      case 'alive':
        return { ask: 'alive' };
      case 'interfaces':
        return { ask: 'interfaces', interfaces: interfaces() };
      case 'tables': {
        const services = forwarder.virtualServers();
        return { ask: 'tables', services, rates: services.map((server) => rates.of(server)) };
      }
      case 'totals':
        return { ask: 'totals', ...totalsOf(forwarder.virtualServers(), wanted) };
      case 'connections':
        return { ask: 'connections', lines: forwarder.connections(question.stretch) };
      case 'zero': {
        const found = forwarder.zero(question.key);
        rates.restart(forwarder.virtualServers(), question.key);
        return { ask: 'zero', found };
      }
      case 'trace':
        tracing.want(question.settings);
        return { ask: 'trace' };
    }
  } catch (error) {
    return { ask: 'failed', message: reasonOf(error) };
  }
}
