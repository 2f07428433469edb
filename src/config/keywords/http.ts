/** xlb_http: where metrics are read. */
import { canonicalAddress } from '../../base/address.ts';
import { quote } from '../diagnostic.ts';
import type { DefaultedRow } from '../keyword.ts';
import { spanOf } from '../lexer.ts';
import type { HttpConfig } from '../model.ts';
import { custom, firstWord } from '../row_builders.ts';

const expects = 'an address and a port, or off';

export const http = custom<HttpConfig>({
  doc: 'where metrics are read by HTTP',
  expects,
  arity: 2,
  default: { host: '127.0.0.1', port: 9112 },
  defaultText: '127.0.0.1 9112',
  read: (call) => {
    const word = firstWord(call, expects);
    if (!word) return undefined;
    const [, portWord] = call.words;
    if (word.text === 'off' && portWord === undefined) return 'off';
    const host = canonicalAddress(word.text);
    if (host === undefined) {
      call.diagnostics.error('BAD_VALUE', spanOf(word), {
        message: `Cannot use xlb_http ${quote(word.text)}: expected ${expects}`,
        help: 'write xlb_http 127.0.0.1 9112, or 0.0.0.0 for all addresses of this host, or off',
      });
      return undefined;
    }
    const port = Number(portWord?.text);
    if (/^\d{1,5}$/.test(portWord?.text ?? '') && port >= 1 && port <= 65535) return { host, port };
    call.diagnostics.error('BAD_VALUE', spanOf(portWord ?? word), {
      message: `Cannot use xlb_http port ${quote(portWord?.text ?? '')}: expected a number, 1 to 65535`,
    });
    return undefined;
  },
}) as DefaultedRow<HttpConfig>;
