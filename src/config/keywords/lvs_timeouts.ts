/** lvs_timeouts [tcp N] [tcpfin N] [udp N]. */
import { MAX_FLOW_TIMEOUT_S } from '../../base/limits.ts';
import { quote } from '../diagnostic.ts';
import type { Call } from '../keyword.ts';
import { spanOf } from '../lexer.ts';
import { custom, firstWord } from '../row_builders.ts';
import { nearest } from '../suggest.ts';

/** Seconds; 0 or absent: as the default. */
export interface LvsTimeouts {
  readonly tcp?: number;
  readonly tcpfin?: number;
  readonly udp?: number;
}

const names = ['tcp', 'tcpfin', 'udp'] as const;
const MAX_S = 31 * 86_400;

export const lvsTimeouts = custom<LvsTimeouts>({
  doc: 'idle times after which flows are forgotten: established, after FIN, UDP; 0 as left out: 900, 120, 300',
  expects: `tcp, tcpfin or udp, each with seconds, 0 to ${MAX_S}`,
  arity: 2 * names.length,
  read: (call) => (firstWord(call, 'tcp, tcpfin or udp') ? readPairs(call) : undefined),
});

/** What cannot be read is left out with a warning, as in keepalived. */
function readPairs({ words, diagnostics }: Call): LvsTimeouts {
  const timeouts: { -readonly [Name in keyof LvsTimeouts]: LvsTimeouts[Name] } = {};
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    if (!word) break;
    const name = names.find((one) => one === word.text);
    if (name === undefined) {
      const near = nearest(word.text, names);
      diagnostics.warning('UNKNOWN_VALUE', spanOf(word), {
        message: `Cannot use ${quote(word.text)} in lvs_timeouts: it is ignored`,
        help: near === undefined ? 'write tcp, tcpfin or udp, each with seconds' : `did you mean "${near}"?`,
      });
      continue;
    }
    const value = words[++at];
    const seconds = Number(value?.text);
    if (value && /^\d{1,7}$/.test(value.text) && seconds <= MAX_S) {
      timeouts[name] = Math.min(seconds, MAX_FLOW_TIMEOUT_S);
      if (seconds > MAX_FLOW_TIMEOUT_S)
        diagnostics.warning('ADJUSTED', spanOf(value), {
          message: `${name} ${seconds} counts as ${MAX_FLOW_TIMEOUT_S}: xlb keeps no idle flow longer`,
          help: `write ${MAX_FLOW_TIMEOUT_S} (25 days) or less`,
        });
    } else
      diagnostics.warning(value ? 'OUT_OF_RANGE' : 'MISSING_VALUE', spanOf(value ?? word), {
        message: `Cannot use ${name}${value ? ` ${quote(value.text)}` : ''}: expected seconds, 0 to ${MAX_S}`,
        help: 'as in keepalived, it is ignored',
      });
  }
  return timeouts;
}
