/** xlb_http and what protects it. */
import { canonicalAddress } from '../../base/address.ts';
import { quote } from '../diagnostic.ts';
import type { DefaultedRow } from '../keyword.ts';
import { spanOf } from '../lexer.ts';
import type { HttpConfig, HttpTlsConfig } from '../model.ts';
import { custom, firstWord, flag } from '../row_builders.ts';
import { path, readPath } from './path.ts';

const expects = 'an address and a port, or off';

const http = custom<HttpConfig>({
  doc: 'where HTTP has the status page, the API and metrics',
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

const tlsExpects = 'the files of a certificate and its key';

export const httpKeywords = {
  xlb_http: http,
  xlb_http_token: path('the file with the bearer token that HTTP asks for; only root may read it'),
  xlb_http_tls: custom<HttpTlsConfig>({
    doc: 'HTTP speaks TLS, with this certificate (its chain behind it) and key in PEM; a reload reads both again',
    expects: tlsExpects,
    arity: 2,
    read: (call) => {
      const word = firstWord(call, tlsExpects);
      if (!word) return undefined;
      const [, keyWord] = call.words;
      const certificate = readPath(call, word);
      if (!keyWord) {
        call.diagnostics.error('MISSING_VALUE', spanOf(word), {
          message: `Cannot read xlb_http_tls: the key's file must follow ${quote(word.text)}`,
          help: 'write xlb_http_tls CERTIFICATE KEY; one file may hold both: name it twice',
        });
        return undefined;
      }
      const key = readPath(call, keyWord);
      return certificate === undefined || key === undefined ? undefined : { certificate, key };
    },
  }),
  xlb_http_actions: flag('HTTP also takes weights, reloads and the data path, with the token only', {
    default: false,
  }),
} as const;
