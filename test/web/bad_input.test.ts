/** What hostile, broken and slow clients get, and that the others do not notice. */
import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { after, afterEach, before, describe, it } from 'node:test';
import { type AccessSettings, digestOf } from '../../src/web/access.ts';
import { type ListenAt, WebServer } from '../../src/web/server.ts';
import { StatusStream } from '../../src/web/stream.ts';
import { factsWith } from '../helpers/facts.ts';
import { FakeClock } from '../helpers/fake_clock.ts';
import { askAt, json, routesWith, servedWith, type Wanted } from '../helpers/web.ts';

const token = 'a-token-of-some-length';
const access: AccessSettings = { actions: true, loopback: true, token: digestOf(token) };
const bearer = { authorization: `Bearer ${token}` };
const limits = { connections: 40, headersMs: 300, requestMs: 600, checksMs: 50, idleMs: 5_000 };

let server: WebServer;
let at: Extract<ListenAt, { readonly port: number }> = { host: '127.0.0.1', port: 0 };
before(async () => {
  server = await WebServer.listen(at, { routes: routesWith(), access: () => access, limits });
  const bound = server.at;
  if ('port' in bound) at = bound;
});
after(() => server.close());

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

/** Everything that comes until the server ends it; nothing more is sent than `bytes`. */
function raw(bytes: string, { half = false, to = at } = {}): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(to);
    sockets.push(socket);
    let said = '';
    socket.on('data', (part) => {
      said += String(part);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(said));
    if (half) socket.end(bytes);
    else socket.write(bytes);
  });
}

async function stillAnswers(): Promise<void> {
  assert.equal((await askAt(at, '/healthz')).code, 200);
}

const weight = '/api/v1/weight';
const order = '{"virtualServer":"10.0.0.1","realServer":"10.0.0.11","weight":0}';
const post = (changes: Partial<Wanted> = {}): Wanted => ({
  method: 'POST',
  headers: { ...json, ...bearer },
  body: order,
  ...changes,
});

describe('a client that does not wait for its answer', () => {
  const many = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`.repeat(300);

  /** What 300 requests in one write leave behind. */
  async function flooded(path: string) {
    let [asked, joined] = [0, 0];
    const stream = new StatusStream({
      clock: new FakeClock(),
      status: async () => factsWith().status,
      subscribe: () => () => undefined,
    });
    const watched = {
      full: false,
      join: (response: ServerResponse) => {
        joined++;
        stream.join(response, {});
      },
    };
    const hindrances = async () => {
      asked++;
      return [];
    };
    const flooding = await WebServer.listen(
      { host: '127.0.0.1', port: 0 },
      {
        routes: routesWith({ watched, served: servedWith({ hindrances }) }),
        limits,
      },
    );
    try {
      const { at: to } = flooding;
      if ('port' in to) await raw(many(path), { to });
      await new Promise(setImmediate);
      return { asked, joined, viewers: stream.viewers };
    } finally {
      await flooding.close();
    }
  }

  it('is let go, and watches nothing', async () =>
    assert.deepEqual(await flooded('/api/v1/stream'), { asked: 0, joined: 1, viewers: 0 }));

  it('makes nothing work for all that it asks', async () =>
    assert.deepEqual(await flooded('/readyz'), { asked: 1, joined: 0, viewers: 0 }));
});

describe('a request that is wrong', () => {
  const long = 'x'.repeat(300);
  const cases: readonly (readonly [what: string, path: string, wanted: Wanted, code: number])[] = [
    ['has a path of nothing', '/api/v1/nothing', {}, 404],
    ['has a path with dots', '/../../etc/passwd', {}, 404],
    ['has a path with dots that are written otherwise', '/..%2f..%2fetc/passwd', {}, 404],
    ['has a path with dots in a name', '/api/v1/virtual-servers/..%2F..%2Fetc', { headers: bearer }, 404],
    ['has a NUL in a name', '/api/v1/virtual-servers/%00', { headers: bearer }, 404],
    ['has an escape that is none', '/api/v1/virtual-servers/%zz', { headers: bearer }, 400],
    ['has two slashes', '//metrics', {}, 404],
    ['has a slash behind', '/api/v1/status/', {}, 404],
    ['has a long name', `/api/v1/virtual-servers/${long}`, { headers: bearer }, 414],
    ['has a long path', `/${'x'.repeat(6_500)}`, {}, 404],
    ['has a long query', `/api/v1/status?${'x'.repeat(6_500)}`, {}, 414],
    ['has more headers than are read', '/healthz', { headers: { 'x-long': 'x'.repeat(9_000) } }, 431],
    ['has another method', '/api/v1/status', { method: 'PUT' }, 405],
    ['has a method that few know', '/api/v1/status', { method: 'PROPFIND' }, 405],
    ['asks what another origin may do', '/api/v1/status', { method: 'OPTIONS' }, 405],
    ['would change what is read', '/healthz', { method: 'DELETE' }, 405],
    ['has no token', '/api/v1/status', {}, 401],
    ['has another token', '/api/v1/status', { headers: { authorization: `Bearer ${long}` } }, 401],
    ['wants another form', '/api/v1/status', { headers: { ...bearer, accept: 'image/png' } }, 406],
    ['has a query that is none', '/api/v1/events?limit=-1', { headers: bearer }, 400],
    ['has a query of nothing', '/api/v1/events?x=1', { headers: bearer }, 400],
    ['has no token for a change', weight, post({ headers: json }), 401],
    ['is for the control socket', '/api/v1/ipvsadm', post(), 403],
    ['reads what only root may', '/api/v1/plan', post({ body: '{"file":"/etc/shadow"}' }), 403],
    ['is sent by a form', weight, post({ headers: { ...bearer, 'content-type': 'text/plain' } }), 415],
    ['has no content type', weight, post({ headers: bearer }), 415],
    ['has half a body', weight, post({ body: order.slice(0, 20) }), 400],
    ['has no body', weight, post({ body: '' }), 400],
    ['has a body of another kind', weight, post({ body: '[]' }), 400],
    ['has a weight that is none', weight, post({ body: order.replace('0}', '-1}') }), 400],
    ['has a number without end', weight, post({ body: order.replace('0}', `${'9'.repeat(400)}}`) }), 400],
    ['is nested deeply', weight, post({ body: '['.repeat(16_000) }), 400],
    ['reaches for the prototype', weight, post({ body: '{"__proto__":{"weight":1}}' }), 400],
    ['has a body that is too long', weight, post({ body: `"${'x'.repeat(20_000)}"` }), 413],
  ];
  for (const [what, path, wanted, code] of cases)
    it(`${what}: ${code}`, async () => {
      const got = await askAt(at, path, wanted);
      assert.equal(got.code, code);
      const { error } = JSON.parse(got.text) as { error: unknown };
      assert.match(String(error), /^[A-Za-z].+[^.]$/);
      assert.match(String(got.headers['content-type']), /^application\/json/);
    });

  it('tells how it is done: WWW-Authenticate and Allow', async () => {
    const [unknown, other] = await Promise.all([
      askAt(at, '/metrics'),
      askAt(at, '/metrics', { method: 'PUT' }),
    ]);
    assert.deepEqual([unknown.headers['www-authenticate'], other.headers['allow']], ['Bearer', 'GET, HEAD']);
  });

  it('is answered with what keeps browsers from harm', async () => {
    const { headers } = await askAt(at, '/metrics');
    const wanted = [
      'content-security-policy',
      'x-content-type-options',
      'x-frame-options',
      'referrer-policy',
    ];
    assert.deepEqual(
      wanted.filter((name) => headers[name] === undefined),
      [],
    );
    assert.equal(headers['access-control-allow-origin'], undefined);
  });
});

it('a request of an absolute form is answered (RFC 9112 §3.2.2)', async () => {
  assert.equal((await askAt(at, 'http://127.0.0.1/healthz')).code, 200);
});

describe('bytes that are no request', () => {
  const cases: readonly (readonly [what: string, bytes: string, first: string])[] = [
    ['nonsense', '\0\0\0 nonsense\r\n\r\n', 'HTTP/1.1 400 Bad Request'],
    ['a NUL in the path', 'GET /health\0z HTTP/1.1\r\nHost: localhost\r\n\r\n', 'HTTP/1.1 400 Bad Request'],
    ['no Host', 'GET /healthz HTTP/1.1\r\n\r\n', 'HTTP/1.1 400 Bad Request'],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 'HTTP/1.1 400 Bad Request'],
    [
      'two lengths',
      'POST /api/v1/weight HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc',
      'HTTP/1.1 400 Bad Request',
    ],
    [
      'a length and chunks',
      'POST /api/v1/weight HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      'HTTP/1.1 400 Bad Request',
    ],
  ];
  for (const [what, bytes, first] of cases)
    it(`${what}: ${first}`, async () => {
      assert.equal((await raw(bytes)).split('\r\n')[0], first);
      await stillAnswers();
    });
});

describe('a client that is slow', () => {
  it('with its headers is let go', async () => {
    const said = await raw('GET /healthz HTTP/1.1\r\nHost: localhost\r\n');
    assert.equal(said.split('\r\n')[0], 'HTTP/1.1 408 Request Timeout');
  });

  it('with its body is let go', async () => {
    const head = `POST ${weight} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n`;
    const said = await raw(`${head}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{`);
    assert.equal(said.split('\r\n')[0], 'HTTP/1.1 408 Request Timeout');
  });

  it('and says nothing at all is let go', async () => {
    await raw('');
    await stillAnswers();
  });

  it('and sends on what nobody reads is let go', async () => {
    const head = `POST ${weight} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n`;
    const said = await raw(`${head}Content-Length: 100000000\r\n\r\n${'x'.repeat(100_000)}`);
    assert.equal(said.split('\r\n')[0], 'HTTP/1.1 401 Unauthorized');
  });

  it('and has closed its side gets its answer', async () => {
    const said = await raw('GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', {
      half: true,
    });
    assert.match(said, /^HTTP\/1\.1 200 OK\r\n[\s\S]*{"ok":true}\n$/);
  });
});

describe('a thousand connections', () => {
  it('leave the next client its place as soon as they are let go, and take no memory to speak of', async () => {
    const before = process.memoryUsage().heapUsed;
    const idle = Array.from({ length: 1_000 }, () => raw('GET /healthz HTTP/1.1\r\n'));
    await Promise.all(idle);
    await stillAnswers();
    const grownMib = (process.memoryUsage().heapUsed - before) / 2 ** 20;
    assert.ok(grownMib < 30, `${grownMib} MiB`);
  });
});
