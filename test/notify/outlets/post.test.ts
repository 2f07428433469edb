import assert from 'node:assert/strict';
import { createServer as createHttp, type RequestListener } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { createServer, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { postByFetch, receiverOf } from '../../../src/notify/outlets/post.ts';
import { cert, key } from '../../helpers/certificates.ts';
import { listenOn } from '../../helpers/web_servers.ts';

const never = new AbortController().signal;

/** What posting to `answer` comes to, with the path that follows the host. */
async function posted(context: TestContext, answer: RequestListener, path = '/') {
  const port = await listenOn(createHttp(answer), context);
  return postByFetch(receiverOf(`http://127.0.0.1:${port}${path}`), '{"a":1}', never);
}

/** Of a server that says `bytes` to whoever has said something. */
async function saying(context: TestContext, bytes: string) {
  const say = (socket: Socket) => socket.once('data', () => socket.end(bytes));
  const port = await listenOn(createServer(say), context);
  return postByFetch(receiverOf(`http://127.0.0.1:${port}/`), '{}', never);
}

describe('a POST of events', () => {
  it('is JSON to the path, with the name and password of the URL', async (context) => {
    const seen: unknown[] = [];
    const port = await listenOn(
      createHttp((request, response) => {
        const { authorization, 'content-type': type } = request.headers;
        request.setEncoding('utf8');
        request.on('data', (body) => {
          seen.push([request.method, request.url, authorization, type, body]);
          response.writeHead(204).end();
        });
      }),
      context,
    );
    const receiver = receiverOf(`http://ops:s%C3%A9cret@127.0.0.1:${port}/hook?token=1`);
    assert.deepEqual(
      [await postByFetch(receiver, '{"a":1}', never), receiver.name, seen],
      [
        { outcome: 'taken' },
        `http://127.0.0.1:${port}`,
        [['POST', '/hook?token=1', `Basic ${btoa('ops:s\u00c3\u00a9cret')}`, 'application/json', '{"a":1}']],
      ],
    );
  });

  it('is tried again where the receiver is not well, and not where it does not want it', async (context) => {
    const outcomes: unknown[] = [];
    for (const status of [500, 503, 429, 408, 400, 404, 410])
      outcomes.push(await posted(context, (_, response) => response.writeHead(status).end('why')));
    const [failed, refused] = ['failed', 'refused'].map((outcome) => (status: number) => ({
      outcome,
      why: `it answers ${status}`,
    }));
    assert.deepEqual(outcomes, [
      ...[500, 503, 429, 408].map((status) => failed?.(status)),
      ...[400, 404, 410].map((status) => refused?.(status)),
    ]);
  });

  it('goes nowhere else', async (context) => {
    let elsewhere = 0;
    const other = await listenOn(
      createHttp((_, response) => {
        elsewhere++;
        response.end();
      }),
      context,
    );
    const redirect: RequestListener = (_, response) =>
      response.writeHead(307, { location: `http://127.0.0.1:${other}/` }).end();
    assert.deepEqual(
      [await posted(context, redirect), elsewhere],
      [{ outcome: 'refused', why: 'it redirects (307), which is not followed' }, 0],
    );
  });

  it('takes the end of an answer for granted', async (context) => {
    const endless: RequestListener = (_, response) => {
      response.writeHead(200);
      response.write('and so on, '.repeat(10_000));
    };
    assert.deepEqual(await posted(context, endless), { outcome: 'taken' });
  });

  it('fails where nobody answers in time, or what comes is no HTTP', async (context) => {
    const silent = await listenOn(createServer(), context);
    const abort = new AbortController();
    const answer = postByFetch(receiverOf(`http://127.0.0.1:${silent}/`), '{}', abort.signal);
    abort.abort();
    const rubbish = await saying(context, 'SSH-2.0-OpenSSH_9.2\r\n');
    const cut = await saying(context, 'HTTP/1.1 200 OK\r\ncontent-le');
    assert.deepEqual(
      [await answer, rubbish.outcome, cut.outcome],
      [{ outcome: 'failed', why: 'no answer in time' }, 'failed', 'failed'],
    );
  });

  it('fails where nobody listens, and where a certificate is not to be trusted', async (context) => {
    const secure = await listenOn(
      createHttps({ cert, key }, (_, response) => response.end()),
      context,
    );
    const gone = createServer();
    const nobody = await listenOn(gone, context);
    await new Promise((resolve) => gone.close(resolve));
    const to = (url: string) => postByFetch(receiverOf(url), '{}', never);
    const [refused, untrusted] = [
      await to(`http://127.0.0.1:${nobody}/`),
      await to(`https://127.0.0.1:${secure}/`),
    ];
    assert.deepEqual(
      [refused, untrusted],
      [
        { outcome: 'failed', why: `connect ECONNREFUSED 127.0.0.1:${nobody}` },
        { outcome: 'failed', why: 'self-signed certificate' },
      ],
    );
  });
});
