/** Keywords of bfd_instance. */
import { quote } from '../diagnostic.ts';
import { block, type Call, type DefaultedRow } from '../keyword.ts';
import { spanOf } from '../lexer.ts';
import { address, alias, custom, firstWord, flag, ignored, integer } from '../row_builders.ts';
import { weightRow } from './vrrp_tracking.ts';

/** What 32 bits of microseconds hold, in milliseconds. */
const LONGEST_MS = 4_294_967;

/** Milliseconds with up to three decimals; the value is microseconds. As in keepalived, one out of range is ignored. */
function interval(doc: string, { usual, min }: { usual: number; min: number }): DefaultedRow<number> {
  const expects = `milliseconds, ${min} to ${LONGEST_MS}`;
  const read = (call: Call): number | undefined => {
    const word = firstWord(call, expects);
    if (!word) return undefined;
    const name = `${call.keyword.text} ${quote(word.text)}`;
    if (!/^\d+(\.\d{1,3})?$/.test(word.text)) {
      call.diagnostics.error('BAD_VALUE', spanOf(word), {
        message: `Cannot use ${name}: expected ${expects}, with at most three decimals`,
      });
      return undefined;
    }
    const ms = Number(word.text);
    if (ms >= min && ms <= LONGEST_MS) return Math.round(ms * 1000);
    call.diagnostics.warning('OUT_OF_RANGE', spanOf(word), {
      message: `Cannot use ${name}: it is outside ${min} to ${LONGEST_MS}`,
      help: `as in keepalived, the line is ignored and ${usual} is used`,
    });
    return undefined;
  };
  return {
    ...custom<number>({ doc, expects, read, default: usual * 1000, defaultText: String(usual) }),
  } as DefaultedRow<number>;
}

/** -1 and 255 are what keepalived writes for no limit. */
const maxHops = custom<number | 'any'>({
  doc: 'routers that packets may have passed; 255 or -1: no limit',
  expects: 'a whole number, -1 to 255',
  read: (call) => {
    const word = firstWord(call, 'a whole number, -1 to 255');
    if (!word) return undefined;
    const hops = Number(word.text);
    if (/^[+-]?\d{1,4}$/.test(word.text) && hops >= -1 && hops <= 255)
      return hops === -1 || hops === 255 ? 'any' : hops;
    call.diagnostics.error('BAD_VALUE', spanOf(word), {
      message: `Cannot use max_hops ${quote(word.text)}: expected a whole number, -1 to 255`,
    });
    return undefined;
  },
});

export const bfdInstanceKeywords = block(
  {
    neighbor_ip: address('the neighbour that the session is with'),
    source_ip: address("source address of packets; the kernel's choice when left out"),
    min_rx: interval('the neighbour may send no more often than this', { usual: 10, min: 1 }),
    min_tx: interval('no packet is sent sooner after another than this', { usual: 10, min: 1 }),
    idle_tx: interval('instead of min_tx while the session is not up', { usual: 1_000, min: 1_000 }),
    multiplier: integer('intervals of silence after which the neighbour calls the session down', {
      default: 5,
      min: 1,
      max: 255,
    }),
    passive: flag('no packet is sent before one of the neighbour has come', { default: false }),
    ttl: integer('TTL of packets sent, and the least of packets taken', { default: 255, min: 1, max: 255 }),
    max_hops: maxHops,
    multihop: flag('the neighbour is not on the same link: UDP port 4784', { default: false }),
    weight: weightRow('what it adds to the priority, where track_bfd gives none; 0: down is a fault', 253),
  },
  { neighbour_ip: alias('neighbor_ip'), hoplimit: alias('ttl') },
  ignored('whoever names the session hears of it', 'vrrp checker'),
);
