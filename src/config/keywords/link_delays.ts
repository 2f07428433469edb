/** interface_up_down_delays: lines `IF DOWN [UP]`, in seconds. */
import { quote } from '../diagnostic.ts';
import type { Call } from '../keyword.ts';
import { spanOf, type Token } from '../lexer.ts';
import type { LinkDelayConfig } from '../model.ts';
import { readInterface } from '../row_builders.ts';

const MOST_S = 255;

/** Undefined where it is left out; why was told. */
export function readLinkDelay(call: Call): LinkDelayConfig | undefined {
  const { diagnostics, keyword } = call;
  const [down, up, extra] = call.words;
  const name = readInterface(call, keyword);
  if (name === undefined) return undefined;
  if (down === undefined) {
    diagnostics.warning('MISSING_VALUE', spanOf(keyword), {
      message: `Cannot delay changes of ${name}: expected ${name} DOWN [UP], in seconds; the line is left out`,
    });
    return undefined;
  }
  if (extra !== undefined)
    diagnostics.warning('EXTRA_WORDS', spanOf(extra), {
      message: `Cannot use ${quote(extra.text)} after ${name} DOWN UP: it is ignored`,
    });
  const [downMs, upMs] = [readDelay(call, down), up === undefined ? 0 : readDelay(call, up)];
  return downMs === undefined || upMs === undefined ? undefined : { interface: name, downMs, upMs };
}

function readDelay({ diagnostics }: Call, word: Token): number | undefined {
  const seconds = Number(word.text);
  if (/^(\d+\.?\d*|\.\d+)$/.test(word.text) && seconds <= MOST_S) return Math.round(seconds * 1000);
  diagnostics.warning('OUT_OF_RANGE', spanOf(word), {
    message: `Cannot use the delay ${quote(word.text)}: expected seconds, 0 to ${MOST_S}; the line is left out`,
  });
  return undefined;
}
