/** UDP_CHECK in keepalived.conf. The checker itself is udp_check.ts. */
import { quote } from '../config/diagnostic.ts';
import { block, type Call, type ValueRow } from '../config/keyword.ts';
import { type CheckerKeyword, commonCheckKeywords, retryAlias } from '../config/keywords/checker.ts';
import { spanOf } from '../config/lexer.ts';
import { custom, firstWord, integer } from '../config/row_builders.ts';

/** What a UDP datagram holds over IPv4. */
const MAX_BYTES = 65_507;
const MAX_REPLY_BYTES = 65_535;
/** keepalived's. */
const USUAL_MAX_REPLY_BYTES = 255;

/** Lower case digits, two a byte, of all words: `1 2 ab` is 0102ab. `x`: any digit. Undefined: reported. */
function readHex({ keyword, words, diagnostics }: Call, wildcards: boolean): string | undefined {
  const digit = wildcards ? '[0-9a-fx]' : '[0-9a-f]';
  let hex = '';
  for (const word of words) {
    for (const part of word.text.toLowerCase().split(/\s+/)) {
      if (part !== '' && !new RegExp(`^${digit}+$`).test(part)) {
        diagnostics.error('BAD_VALUE', spanOf(word), {
          message: `Cannot use ${keyword.text} ${quote(word.text)}: expected hexadecimal digits, two a byte`,
          ...(wildcards ? { help: 'an x stands for any digit' } : {}),
        });
        return undefined;
      }
      for (const byte of part.match(/..?/g) ?? []) hex += byte.padStart(2, '0');
    }
  }
  if (hex.length <= 2 * MAX_BYTES) return hex;
  const [first = keyword] = words;
  diagnostics.error('TOO_LARGE', spanOf(first), {
    message: `Cannot use this ${keyword.text}: a UDP datagram holds at most ${MAX_BYTES} bytes`,
  });
  return undefined;
}

const payload: ValueRow<string> = custom<string>({
  doc: 'what is sent; 32 bytes of any kind when left out',
  expects: 'hexadecimal digits, two a byte, with blanks between bytes or without',
  arity: Infinity,
  read: (call) => (firstWord(call, 'hexadecimal digits') ? readHex(call, false) : undefined),
});

const requireReply: ValueRow<string> = custom<string>({
  doc: 'it is up only when it replies; and how the reply begins',
  expects: 'nothing, or hexadecimal digits, two a byte, an x for any digit',
  arity: Infinity,
  read: (call) => readHex(call, true),
});

const length = (doc: string) => integer(doc, { max: MAX_REPLY_BYTES, strict: true });

const rows = {
  ...commonCheckKeywords,
  payload,
  require_reply: requireReply,
  min_reply_length: length('bytes that a required reply must have; 0 when left out'),
  max_reply_length: length(
    `bytes that a required reply may have; ${USUAL_MAX_REPLY_BYTES} when left out, as keepalived has it`,
  ),
};

export const udpCheckKeywords = {
  name: 'UDP_CHECK',
  doc: 'up while no ICMP message says that the port is closed, or when a datagram is answered',
  block: block(rows, retryAlias('UDP_CHECK')),
  complete(common, { payload: sent, require_reply: pattern, min_reply_length, max_reply_length }, place) {
    const minBytes = min_reply_length?.value ?? 0;
    const maxBytes = max_reply_length?.value ?? USUAL_MAX_REPLY_BYTES;
    if (minBytes > maxBytes) {
      place.diagnostics.error('CONFLICT', (min_reply_length ?? max_reply_length)?.at ?? common.span, {
        message: `Cannot require a reply of at least ${minBytes} and at most ${maxBytes} bytes`,
        help: 'write a larger max_reply_length',
      });
      return undefined;
    }
    const lengths = min_reply_length ?? max_reply_length;
    if (lengths && !place.written.has('require_reply'))
      place.diagnostics.warning('CONFLICT', lengths.at, {
        message: 'Cannot use the length of a reply: none is required, and any will do',
        help: 'write require_reply',
      });
    return {
      kind: 'UDP_CHECK',
      ...common,
      ...(sent ? { payload: sent.value } : {}),
      ...(pattern ? { reply: { pattern: pattern.value, minBytes, maxBytes } } : {}),
    };
  },
} as const satisfies CheckerKeyword<typeof rows>;
