import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import type { CheckResult } from '../../src/check/checker.ts';
import { MAX_BODY_BYTES, MAX_HEADER_BYTES } from '../../src/check/web/answer.ts';
import type { NetworkCheckConfig } from '../../src/config/model.ts';
import { attemptOnce } from '../helpers/attempt_once.ts';
import {
  type Conduct,
  dribbling,
  endless,
  farewell,
  hostile,
  resetting,
  saying,
  silent,
} from '../helpers/hostile.ts';
import { builtAddon, needs } from '../helpers/needs.ts';
import { commonCheckConfig, tcpCheckConfig } from '../helpers/sample_config.ts';
import { silentListener } from '../helpers/silent_listener.ts';
import { httpGetConfig, listenOn, sslGetConfig, urlConfig } from '../helpers/web_servers.ts';

/** Of an attempt that is to run out of time, its TLS handshake included; any other has the time of a busy machine. */
const shortMs = 1_000;
const longMs = 20_000;

/** The checkers over TCP. `SSL_GET inside`: what it meets after the handshake. */
const columns = ['TCP_CHECK', 'HTTP_GET', 'SSL_GET', 'SSL_GET inside', 'SMTP_CHECK'] as const;
type Column = (typeof columns)[number];
type Row<T> = Readonly<Record<Column, T>>;

function checkOf(column: Column, connectPort: number, connectTimeoutMs: number): NetworkCheckConfig {
  const ends = { connectIp: '127.0.0.1', connectPort, connectTimeoutMs };
  switch (column) {
    case 'TCP_CHECK':
      return tcpCheckConfig(ends);
    case 'HTTP_GET':
      return httpGetConfig(ends);
    case 'SSL_GET':
    case 'SSL_GET inside':
      return sslGetConfig(ends);
    case 'SMTP_CHECK':
      return { kind: 'SMTP_CHECK', ...commonCheckConfig, ...ends, heloName: 'director' };
  }
}

/** What each says of a server of its own that conducts itself so. */
async function ask(context: TestContext, { conducts, results: expected }: Story): Promise<Row<CheckResult>> {
  const results = await Promise.all(
    columns.map(async (column) => {
      const { port } = await hostile(context, conducts[column], column === 'SSL_GET inside');
      const timeoutMs = expected[column].code.endsWith('TOUT') ? shortMs : longMs;
      return [column, await attemptOnce(checkOf(column, port, timeoutMs))] as const;
    }),
  );
  return Object.fromEntries(results) as Row<CheckResult>;
}

const all = <T>(value: T): Row<T> =>
  Object.fromEntries(columns.map((column) => [column, value])) as unknown as Row<T>;

const header = 'HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n';
/** Of a TLS record: a handshake message of 16 KiB. */
const record = '\x16\x03\x03\x40\x00\x02\x00\x3f\xfc';

interface Story {
  readonly title: string;
  readonly conducts: Row<Conduct>;
  readonly results: Row<CheckResult>;
}

const ok: CheckResult = { code: 'L4OK' };
const noHeader: CheckResult = { code: 'L7RSP', detail: 'connection closed before the end of the header' };
const notHttp: CheckResult = { code: 'L7RSP', detail: 'not HTTP: Parse Error' };
const tooLong: CheckResult = { code: 'L7RSP', detail: `header larger than ${MAX_HEADER_BYTES} bytes` };

const stories: readonly Story[] = [
  {
    title: 'accepts and says nothing',
    conducts: all(silent),
    results: {
      TCP_CHECK: ok,
      HTTP_GET: { code: 'L7TOUT' },
      SSL_GET: { code: 'L6TOUT' },
      'SSL_GET inside': { code: 'L7TOUT' },
      SMTP_CHECK: { code: 'L7TOUT', detail: 'answer to greeting' },
    },
  },
  {
    title: 'closes at once',
    conducts: all(farewell()),
    results: {
      TCP_CHECK: ok,
      HTTP_GET: noHeader,
      SSL_GET: { code: 'L6RSP', detail: 'connection closed in the TLS handshake' },
      'SSL_GET inside': noHeader,
      SMTP_CHECK: { code: 'L7RSP', detail: 'connection closed before an answer to greeting' },
    },
  },
  {
    title: 'closes in the midst of its answer',
    conducts: {
      ...all(farewell('HTTP/1.1 200 OK\r\nContent-')),
      SSL_GET: farewell(record),
      SMTP_CHECK: farewell('220-mail.example.com\r\n22'),
    },
    results: {
      TCP_CHECK: ok,
      HTTP_GET: noHeader,
      SSL_GET: { code: 'L6RSP', detail: 'connection closed in the TLS handshake' },
      'SSL_GET inside': noHeader,
      SMTP_CHECK: { code: 'L7RSP', detail: 'connection closed before an answer to greeting' },
    },
  },
  {
    title: 'resets the connection when it is asked',
    conducts: { ...all(resetting()), SMTP_CHECK: resetting('220 hello\r\n') },
    results: {
      TCP_CHECK: ok,
      HTTP_GET: { code: 'L7RSP', detail: 'ECONNRESET' },
      SSL_GET: { code: 'L6RSP', detail: 'ECONNRESET' },
      'SSL_GET inside': { code: 'L7RSP', detail: 'ECONNRESET' },
      SMTP_CHECK: { code: 'L7RSP', detail: 'ECONNRESET before an answer to HELO' },
    },
  },
  {
    title: 'answers rubbish',
    conducts: all(saying('\x00\xff\x07\x80\n\n\x01\xfe\n')),
    results: {
      TCP_CHECK: ok,
      HTTP_GET: notHttp,
      SSL_GET: { code: 'L6RSP', detail: 'ERR_SSL_WRONG_VERSION_NUMBER' },
      'SSL_GET inside': notHttp,
      SMTP_CHECK: { code: 'L7RSP', detail: 'no status as answer to greeting' },
    },
  },
  {
    title: 'speaks another protocol',
    conducts: {
      ...all(saying('SSH-2.0-OpenSSH_9.2\r\n')),
      SSL_GET: saying('220 mail.example.com ESMTP\r\n'),
      SMTP_CHECK: saying(header),
    },
    results: {
      TCP_CHECK: ok,
      HTTP_GET: notHttp,
      SSL_GET: { code: 'L6RSP', detail: 'ERR_SSL_WRONG_VERSION_NUMBER' },
      'SSL_GET inside': notHttp,
      SMTP_CHECK: { code: 'L7RSP', detail: 'no status as answer to greeting' },
    },
  },
  {
    title: 'answers well, a byte at a time and too slowly',
    conducts: {
      ...all(dribbling(header)),
      SSL_GET: dribbling(record + '\x00'.repeat(16_384)),
      SMTP_CHECK: dribbling('220-mail.example.com\r\n'),
    },
    results: {
      TCP_CHECK: ok,
      HTTP_GET: { code: 'L7TOUT' },
      SSL_GET: { code: 'L6TOUT' },
      'SSL_GET inside': { code: 'L7TOUT' },
      SMTP_CHECK: { code: 'L7TOUT', detail: 'answer to greeting' },
    },
  },
  {
    title: 'begins an answer that has no end',
    conducts: {
      ...all(endless('HTTP/1.1 200 OK\r\nx: ', 'y'.repeat(65_536))),
      SSL_GET: endless('\x16\x03\x03\x40\x00\x02\xff\xff\xff', '\x00'.repeat(65_536)),
      SMTP_CHECK: endless('220-', 'y'.repeat(65_536)),
    },
    results: {
      TCP_CHECK: ok,
      HTTP_GET: tooLong,
      SSL_GET: { code: 'L6RSP', detail: 'ERR_SSL_EXCESSIVE_MESSAGE_SIZE' },
      'SSL_GET inside': tooLong,
      SMTP_CHECK: { code: 'L7RSP', detail: 'more than 16384 bytes' },
    },
  },
];

describe('a check over TCP, where the server', { skip: needs(builtAddon) }, () => {
  for (const story of stories)
    it(story.title, async (t) => assert.deepEqual(await ask(t, story), story.results));

  it('refuses', async (t) => {
    const server = createServer();
    const port = await listenOn(server, t);
    server.close();
    const results = await Promise.all(columns.map((column) => attemptOnce(checkOf(column, port, longMs))));
    assert.deepEqual(
      results,
      columns.map(() => ({ code: 'L4CON', detail: 'ECONNREFUSED' })),
    );
  });

  it('neither accepts nor refuses', async () => {
    const { port, release } = await silentListener();
    try {
      const results = await Promise.all(columns.map((column) => attemptOnce(checkOf(column, port, shortMs))));
      assert.deepEqual(
        results,
        columns.map(() => ({ code: 'L4TOUT' })),
      );
    } finally {
      release();
    }
  });
});

/** What lies between a writer and the reader that has gone: both sockets' buffers, and Node's. */
const betweenBytes = 12 * 1024 * 1024;

describe('what a check takes of a server that writes without end', { skip: needs(builtAddon) }, () => {
  const regex = { source: 'z', flags: '' };
  const page = 'HTTP/1.1 200 OK\r\n\r\n';
  const table: readonly [title: string, takenBytes: number, Conduct, (port: number) => NetworkCheckConfig][] =
    [
      [
        'nothing, of TCP_CHECK',
        0,
        endless('', 'x'.repeat(65_536)),
        (connectPort) => tcpCheckConfig({ connectIp: '127.0.0.1', connectPort }),
      ],
      [
        'a header and its limit, of HTTP_GET',
        MAX_HEADER_BYTES,
        endless('HTTP/1.1 200 OK\r\n', 'x: y\r\n'.repeat(10_000)),
        (connectPort) => httpGetConfig({ connectPort }),
      ],
      [
        'a body and its limit, of HTTP_GET with a regex',
        MAX_BODY_BYTES,
        endless(page, 'x'.repeat(65_536)),
        (connectPort) => httpGetConfig({ connectPort, urls: [urlConfig({ regex })] }),
      ],
      [
        'chunks and their limit, of HTTP_GET',
        MAX_BODY_BYTES,
        endless('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', '1\r\nx\r\n'.repeat(10_000)),
        (connectPort) => httpGetConfig({ connectPort }),
      ],
      [
        'lines and their limit, of SMTP_CHECK',
        16_384,
        endless('', '220-y\r\n'.repeat(10_000)),
        (connectPort) => ({ kind: 'SMTP_CHECK', ...commonCheckConfig, connectPort, heloName: 'director' }),
      ],
    ];
  for (const [title, takenBytes, conduct, check] of table)
    it(`is ${title}`, async (t) => {
      const { port, written } = await hostile(t, conduct);
      await attemptOnce(check(port));
      const bytes = written();
      assert.ok(bytes < takenBytes + betweenBytes, `${bytes} bytes were written`);
    });
});
