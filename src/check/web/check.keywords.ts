/** What the blocks of HTTP_GET and SSL_GET share in keepalived.conf. */
import { isIP } from 'node:net';
import { formatEndpoint } from '../../base/endpoint.ts';
import { quote } from '../../config/diagnostic.ts';
import {
  type BlockConfig,
  block,
  type Call,
  type ParsedBlock,
  type UnreadRows,
} from '../../config/keyword.ts';
import { type CheckerPlace, commonCheckKeywords, virtualhost } from '../../config/keywords/checker.ts';
import { spanOf, type Token } from '../../config/lexer.ts';
import type { CommonCheckConfig, HttpGetConfig, UrlConfig } from '../../config/model.ts';
import {
  alias,
  blockOf,
  custom,
  firstWord,
  flag,
  ignored,
  noHead,
  oneOf,
  refuse,
  words,
} from '../../config/row_builders.ts';
import { buildRegex, regexKeywords } from '../regex.keywords.ts';

type StatusRange = readonly [first: number, last: number];

/** What counts as good where nothing is written. */
const usualStatusCodes: readonly StatusRange[] = [[200, 299]];

const path = custom<string>({
  doc: 'what is asked for',
  expects: 'a path such as /health',
  read: (call) => {
    const word = firstWord(call, 'a path such as /health');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    if (!word || /^[^\x00-\x20\x7f]+$/.test(word.text)) return word?.text;
    return refuse(call, 'BAD_VALUE', {
      message: `Cannot use path ${quote(word.text)}: expected at least one character, and no blanks`,
      help: 'write a blank as %20',
    });
  },
});

const digest = custom<string>({
  doc: 'MD5 of the body, as genhash prints it',
  expects: '32 hexadecimal digits',
  read: (call) => {
    const word = firstWord(call, '32 hexadecimal digits');
    if (!word || /^[\da-fA-F]{32}$/.test(word.text)) return word?.text.toLowerCase();
    return refuse(call, 'BAD_VALUE', {
      message: `Cannot use digest ${quote(word.text)}: expected 32 hexadecimal digits`,
      help: 'genhash prints it; xlb also logs the digest it got when a check fails for it',
    });
  },
});

function readStatus(call: Call, word: Token): StatusRange[] {
  const [, first, last = first] = /^(\d{3})(?:-(\d{3}))?$/.exec(word.text) ?? [];
  const range: StatusRange = [Number(first), Number(last)];
  if (range[0] >= 100 && range[0] <= range[1] && range[1] <= 599) return [range];
  call.diagnostics.error('BAD_VALUE', spanOf(word), {
    message: `Cannot use status_code ${quote(word.text)}: expected a number or a range, 100 to 599`,
    help: 'write for example `status_code 200-299 404`',
  });
  return [];
}

const urlKeywords = block(
  {
    path,
    digest,
    status_code: words<StatusRange>({
      doc: 'status codes that are good; 200-299 when left out',
      expects: 'numbers and ranges, 100 to 599',
      read: (call) =>
        firstWord(call, 'numbers and ranges, 100 to 599')
          ? call.words.flatMap((word) => readStatus(call, word))
          : [],
    }),
    virtualhost: virtualhost(
      'host asked for; what the check, the real or the virtual server says when left out',
    ),
    ...regexKeywords,
  },
  ignored('the time that a match may take is limited, not its stack', 'regex_stack'),
  ignored('xlb asks no more of TLS than keepalived does without it', 'tls_compliant'),
);

export const webCheckKeywords = {
  ...commonCheckKeywords,
  url: blockOf({
    doc: 'a page to ask for, and what to expect; several are asked for in turn',
    expects: 'a block',
    head: noHead,
    block: urlKeywords,
  }),
  virtualhost: virtualhost('host that is asked for; what the real or the virtual server says when left out'),
  http_protocol: oneOf(
    ['1.0', '1.0C', '1.0c', '1.1'],
    'version of the request; 1.0C: 1.0 with Connection: close',
    {
      default: '1.0',
    },
  ),
  fast_recovery: flag('no wait between urls that pass while the server is not known to be up'),
} as const;

export const webCheckUnread = {
  nb_get_retry: alias('retry', 'nb_get_retry is deprecated in keepalived: write retry'),
  ...ignored('xlb asks no more of TLS than keepalived does without it', 'tls_compliant'),
} satisfies UnreadRows;

const rows = block(webCheckKeywords);
type WebCheckFields = BlockConfig<typeof rows>;
type ParsedUrl = ParsedBlock<unknown, typeof urlKeywords>;

/** What SSL_GET names in its handshake, from the host that is asked for. */
type ServerNames = (host: string | undefined) => string | undefined;

/** Undefined: reported, and there is no check. */
export function webCheck(
  {
    common,
    fields,
    serverName,
  }: { common: CommonCheckConfig; fields: WebCheckFields; serverName?: ServerNames },
  place: CheckerPlace,
): Omit<HttpGetConfig, 'kind'> | undefined {
  const { diagnostics, written } = place;
  const urls = fields.url.flatMap((url) => {
    const host = (url.fields.virtualhost ?? fields.virtualhost)?.value ?? place.virtualhost;
    return buildUrl(url, { common, host, serverName: serverName?.(host), place }) ?? [];
  });
  if (!written.has('url'))
    diagnostics.error('MISSING_KEYWORD', common.span, {
      message: 'Cannot check without a url: none is written',
      help: 'write for example `url { path / }`',
    });
  if (urls.length === 0) return undefined;
  const { value: protocol } = fields.http_protocol;
  return {
    ...common,
    urls,
    httpProtocol: protocol === '1.0c' ? '1.0C' : protocol,
    ...(fields.fast_recovery?.value === true ? { fastRecovery: true } : {}),
  };
}

interface UrlPlace {
  readonly common: CommonCheckConfig;
  readonly host: string | undefined;
  readonly serverName: string | undefined;
  readonly place: CheckerPlace;
}

function buildUrl(
  { at, fields, written }: ParsedUrl,
  { common, host, serverName, place: { diagnostics } }: UrlPlace,
): UrlConfig | undefined {
  const regex = buildRegex(fields, { at, written, diagnostics });
  if (!fields.path) {
    if (!written.has('path'))
      diagnostics.error('MISSING_KEYWORD', at, {
        message: 'Cannot ask for this url: no path is written',
        help: 'write for example `path /`',
      });
    return undefined;
  }
  return {
    path: fields.path.value,
    host: host ?? formatEndpoint(common.connectIp, common.connectPort),
    statusCodes: fields.status_code.length === 0 ? usualStatusCodes : fields.status_code,
    ...(serverName === undefined ? {} : { serverName }),
    ...(fields.digest ? { digest: fields.digest.value } : {}),
    ...(regex ? { regex } : {}),
  };
}

/** The name in a host that may have a port; none where it is an address (RFC 6066 3). */
export function nameOf(host: string): string | undefined {
  const name = host.replace(/:\d+$/, '');
  return isIP(name.replace(/^\[|\]$/g, '')) === 0 ? name : undefined;
}
