import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { runAttempt } from '../../src/check/attempt.ts';
import type { CheckResult } from '../../src/check/checker.ts';
import { httpGet } from '../../src/check/http_get.ts';
import { MAX_BODY_BYTES, MAX_HEADER_BYTES } from '../../src/check/web/answer.ts';
import type { HttpGetConfig, UrlConfig } from '../../src/config/model.ts';
import { builtAddon, needs } from '../helpers/needs.ts';
import { httpGetConfig, listenOn, rawServer, urlConfig } from '../helpers/web_servers.ts';

const never = new AbortController().signal;

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

/** What a check of one url says of a server that answers every request so. */
async function ask(
  context: TestContext,
  answer: string | ((socket: Socket) => void),
  url: Partial<UrlConfig> = {},
): Promise<CheckResult> {
  const { port } = await rawServer(
    context,
    typeof answer === 'string' ? (socket) => socket.end(answer, 'latin1') : answer,
  );
  return httpGet.run(httpGetConfig({ connectPort: port, urls: [urlConfig(url)] }), never);
}

/** Ends after so many milliseconds, as the pool would end it. */
async function askFor(connectTimeoutMs: number, changes: Partial<HttpGetConfig>): Promise<CheckResult> {
  const { latencyMs, ...result } = await runAttempt(
    httpGetConfig({ ...changes, connectTimeoutMs }),
    systemClock,
  );
  assert.ok(latencyMs < connectTimeoutMs + 10_000, `took ${latencyMs} ms`);
  return result;
}

describe('HTTP_GET of a server by node:http', { skip: needs(builtAddon) }, () => {
  async function server(context: TestContext, serve: (path: string, response: ServerResponse) => void) {
    return listenOn(
      createServer((request, response) => serve(request.url ?? '', response)),
      context,
    );
  }

  it('passes on 200', async (t) => {
    const connectPort = await server(t, (_, response) => response.end('hello'));
    assert.deepEqual(await httpGet.run(httpGetConfig({ connectPort }), never), { code: 'L7OK' });
  });

  for (const httpProtocol of ['1.0', '1.0C', '1.1'] as const)
    it(`reads an answer of unknown length to HTTP/${httpProtocol}`, async (t) => {
      const connectPort = await server(t, (_, response) => {
        response.write('hello ');
        response.end('world');
      });
      const check = httpGetConfig({
        connectPort,
        httpProtocol,
        urls: [urlConfig({ digest: md5('hello world') })],
      });
      assert.deepEqual(await httpGet.run(check, never), { code: 'L7OK' });
    });

  it('does not follow a redirect', async (t) => {
    const connectPort = await server(t, (_, response) =>
      response.writeHead(302, { location: '/there' }).end(),
    );
    assert.deepEqual(await httpGet.run(httpGetConfig({ connectPort }), never), {
      code: 'L7STS',
      detail: 'HTTP status code 302',
    });
  });

  it('asks for several urls in turn, and stops at the first that fails', async (t) => {
    const asked: string[] = [];
    const connectPort = await server(t, (path, response) => {
      asked.push(path);
      response.writeHead(path === '/b' ? 500 : 200).end();
    });
    const urls = ['/a', '/b', '/c'].map((path) => urlConfig({ path }));
    const result = await httpGet.run(httpGetConfig({ connectPort, urls }), never);
    assert.deepEqual(
      { result, asked },
      { result: { code: 'L7STS', detail: 'HTTP status code 500' }, asked: ['/a', '/b'] },
    );
  });
});

describe("HTTP_GET's request", { skip: needs(builtAddon) }, () => {
  const cases: [HttpGetConfig['httpProtocol'], string][] = [
    ['1.0', 'GET /x HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nHost: www.example\r\n\r\n'],
    [
      '1.0C',
      'GET /x HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nConnection: close\r\nHost: www.example\r\n\r\n',
    ],
    [
      '1.1',
      'GET /x HTTP/1.1\r\nUser-Agent: KeepAliveClient\r\nConnection: close\r\nHost: www.example\r\n\r\n',
    ],
  ];
  for (const [httpProtocol, expected] of cases)
    it(`is keepalived's for http_protocol ${httpProtocol}`, async (t) => {
      const { port, requests } = await rawServer(t, (socket) => socket.end('HTTP/1.0 200 OK\r\n\r\n'));
      const urls = [urlConfig({ path: '/x', host: 'www.example' })];
      await httpGet.run(httpGetConfig({ connectPort: port, httpProtocol, urls }), never);
      assert.deepEqual(requests, [expected]);
    });
});

describe('HTTP_GET', { skip: needs(builtAddon) }, () => {
  const ok = 'HTTP/1.0 200 OK\r\n\r\n';

  const cases: [string, string, Partial<UrlConfig>, CheckResult][] = [
    [
      'passes on a status of a list',
      'HTTP/1.1 404 No\r\n\r\n',
      {
        statusCodes: [
          [200, 299],
          [404, 404],
        ],
      },
      { code: 'L7OK' },
    ],
    [
      'fails on a status beside the list',
      'HTTP/1.1 200 OK\r\n\r\n',
      { statusCodes: [[204, 204]] },
      { code: 'L7STS', detail: 'HTTP status code 200' },
    ],
    ['passes on 204, which has no body', 'HTTP/1.1 204 None\r\n\r\n', {}, { code: 'L7OK' }],
    [
      'waits for what follows 100 Continue',
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n',
      {},
      { code: 'L7OK' },
    ],
    ['passes on the digest of the body', `${ok}hello`, { digest: md5('hello') }, { code: 'L7OK' }],
    [
      'fails on another digest, and says which it got',
      `${ok}hello`,
      { digest: md5('x') },
      { code: 'L7RSP', detail: `MD5 digest is ${md5('hello')}, not ${md5('x')}` },
    ],
    [
      'takes the digest of chunks put together',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n',
      { digest: md5('hello') },
      { code: 'L7OK' },
    ],
    [
      'hashes no more than content-length',
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello, and more',
      { digest: md5('hello') },
      { code: 'L7OK' },
    ],
    [
      'passes where a regex matches',
      `${ok}all is well`,
      { regex: { source: 'well$', flags: '' } },
      { code: 'L7OK' },
    ],
    [
      'fails where a regex does not match',
      `${ok}all is bad`,
      { regex: { source: 'well$', flags: '' } },
      { code: 'L7RSP', detail: 'regex does not match' },
    ],
    [
      'fails where a regex with regex_no_match matches',
      `${ok}all is bad`,
      { regex: { source: 'bad', flags: '', noMatch: true } },
      { code: 'L7RSP', detail: 'regex matches' },
    ],
    [
      'passes where a regex with regex_no_match does not match',
      `${ok}well`,
      { regex: { source: 'bad', flags: '', noMatch: true } },
      { code: 'L7OK' },
    ],
    [
      'takes an answer that is cut off, as keepalived does, and says so',
      'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello',
      {},
      { code: 'L7OK', detail: 'content_length (10) does not match received bytes (5)' },
    ],
    [
      'fails where nothing is answered',
      '',
      {},
      { code: 'L7RSP', detail: 'connection closed before the end of the header' },
    ],
    [
      'fails where the header is cut off',
      'HTTP/1.1 200 OK\r\nContent-',
      {},
      { code: 'L7RSP', detail: 'connection closed before the end of the header' },
    ],
    [
      'fails on what is not HTTP',
      'SSH-2.0-OpenSSH_9.2\r\n',
      {},
      { code: 'L7RSP', detail: 'not HTTP: Parse Error' },
    ],
    [
      'fails on bytes at random',
      '\u0000\u00ff\n\u0007\n',
      {},
      { code: 'L7RSP', detail: 'not HTTP: Parse Error' },
    ],
    [
      'fails on a content-length that is none',
      'HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello',
      {},
      { code: 'L7RSP', detail: 'not HTTP: content-length "-5"' },
    ],
    [
      'fails on two different lengths',
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello',
      {},
      { code: 'L7RSP', detail: 'not HTTP: Parse Error' },
    ],
    [
      'fails on a header without end',
      `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(MAX_HEADER_BYTES)}`,
      {},
      { code: 'L7RSP', detail: `header larger than ${MAX_HEADER_BYTES} bytes` },
    ],
    [
      'takes a header line of blanks in linear time',
      `HTTP/1.1 200 OK\r\n${' '.repeat(60_000)}\r\nx:${' '.repeat(1_000)}\r\n\r\n`,
      {},
      { code: 'L7OK' },
    ],
  ];
  for (const [title, answer, url, expected] of cases)
    it(title, async (t) => assert.deepEqual(await ask(t, answer, url), expected));

  it('does not wait for the end of the connection when the answer is whole', async (t) => {
    const result = await ask(t, (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'));
    assert.deepEqual(result, { code: 'L7OK' });
  });

  it('fails when the connection is reset in the answer', async (t) => {
    // What is closed before the request is read resets the connection.
    const server = createTcpServer({ pauseOnConnect: true }, (socket) => {
      socket.write(`${ok}hel`);
      setTimeout(() => socket.destroy(), 20);
    });
    const connectPort = await listenOn(server, t);
    assert.deepEqual(await httpGet.run(httpGetConfig({ connectPort }), never), {
      code: 'L7RSP',
      detail: 'ECONNRESET',
    });
  });

  /** Writes for as long as anybody reads. */
  function endless(head: string, piece: string): (socket: Socket) => void {
    return (socket) => {
      const bytes = Buffer.from(piece);
      const more = () => {
        while (!socket.destroyed && socket.write(bytes));
      };
      socket.on('drain', more);
      socket.write(head);
      more();
    };
  }

  it('reads no more of an endless body than its limit, and judges the status', async (t) => {
    assert.deepEqual(await ask(t, endless(ok, 'x'.repeat(65_536))), { code: 'L7OK' });
  });

  it('fails on an endless body where all of it is asked for', async (t) => {
    assert.deepEqual(await ask(t, endless(ok, 'x'.repeat(65_536)), { digest: md5('x') }), {
      code: 'L7RSP',
      detail: `body larger than the ${MAX_BODY_BYTES} bytes that are read for digest and regex`,
    });
  });

  it('ends on chunks without end', async (t) => {
    const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
    assert.deepEqual(await ask(t, endless(head, '1\r\nx\r\n'.repeat(5_000))), { code: 'L7OK' });
    assert.deepEqual(await ask(t, endless(`${head}5`, ' '.repeat(65_536))), { code: 'L7OK' });
  });

  it('ends on interim answers without end', async (t) => {
    assert.deepEqual(await ask(t, endless('', 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(100))), {
      code: 'L7RSP',
      detail: `header larger than ${MAX_HEADER_BYTES} bytes`,
    });
  });
});

describe("HTTP_GET's time", { skip: needs(builtAddon) }, () => {
  it('is up when nothing is answered', async (t) => {
    const { port } = await rawServer(t, () => {});
    assert.deepEqual(await askFor(100, { connectPort: port }), { code: 'L7TOUT' });
  });

  it('is up when the answer comes a byte at a time', async (t) => {
    const { port } = await rawServer(t, (socket) => {
      const answer = 'HTTP/1.1 200 OK\r\n\r\n'.repeat(100);
      let at = 0;
      const timer = setInterval(() => socket.write(answer[at++] ?? 'x'), 5);
      socket.once('close', () => clearInterval(timer));
    });
    assert.deepEqual(await askFor(200, { connectPort: port }), { code: 'L7TOUT' });
  });
});

describe('HTTP_GET where there is no server', { skip: needs(builtAddon) }, () => {
  it('fails with ECONNREFUSED', async (t) => {
    const server = createTcpServer();
    const connectPort = await listenOn(server, t);
    server.close();
    assert.deepEqual(await httpGet.run(httpGetConfig({ connectPort }), never), {
      code: 'L4CON',
      detail: 'ECONNREFUSED',
    });
  });

  it('says nothing about the real server when its own address cannot be bound', async () => {
    const check = httpGetConfig({ connectPort: 1, bindto: '192.0.2.1' });
    assert.deepEqual(await httpGet.run(check, never), { code: 'SOCKERR', detail: 'EADDRNOTAVAIL' });
  });
});
