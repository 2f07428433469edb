import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, beforeEach, describe, it } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { HttpListener, type HttpSettings } from '../../src/daemon/http_listener.ts';
import { cert, certOfB, key, keyOfB } from '../helpers/certificates.ts';
import { memoryLog } from '../helpers/memory_log.ts';
import { askAt, json, routesWith } from '../helpers/web.ts';

const directory = mkdtempSync(join(tmpdir(), 'xlb-http-'));
after(() => rmSync(directory, { recursive: true }));
const tokenFile = join(directory, 'token');
const TOKEN = '0123456789abcdef-secret';

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return address !== null && typeof address === 'object' ? address.port : 0;
}

let log = memoryLog();
let listener = new HttpListener(routesWith(), log.logger);
let at = { host: '127.0.0.1', port: 0 };
beforeEach(async () => {
  log = memoryLog();
  listener = new HttpListener(routesWith(), log.logger);
  at = { host: '127.0.0.1', port: await freePort() };
  writeFileSync(tokenFile, `${TOKEN}\n`);
  chmodSync(tokenFile, 0o600);
});
afterEach(() => listener.close());

const code = (path: string, headers: Record<string, string> = {}, port = at.port) =>
  askAt({ ...at, port }, path, { headers }).then(
    (got) => got.code,
    () => 'nobody',
  );
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe('HTTP', () => {
  it('goes where the configuration says, and away again', async () => {
    const second = { ...at, port: await freePort() };
    await listener.listen({ http: at });
    const atFirst = await code('/healthz');
    await listener.listen({ http: second });
    const moved = [await code('/healthz'), await code('/healthz', {}, second.port)];
    await listener.listen({ http: 'off' });
    assert.deepEqual(
      [atFirst, moved, await code('/healthz', {}, second.port)],
      [200, ['nobody', 200], 'nobody'],
    );
  });

  it('tells of an address that is taken, and tries again with the next reload', async () => {
    const other = new HttpListener(routesWith(), memoryLog().logger);
    await other.listen({ http: at });
    await listener.listen({ http: at });
    await other.close();
    await listener.listen({ http: at });
    assert.equal(await code('/healthz'), 200);
    const where = `127.0.0.1 port ${at.port}`;
    assert.deepEqual(log.lines, [
      `warn Cannot listen on ${where}: listen EADDRINUSE: address already in use 127.0.0.1:${at.port}. ` +
        'There are no metrics until xlb_http names an address and port that are free, and xlb is told to reload',
      `info HTTP: status and metrics at ${where}`,
    ]);
  });

  it('stays where it was while another address is taken, and tells so', async () => {
    const taken = { ...at, port: await freePort() };
    const other = new HttpListener(routesWith(), memoryLog().logger);
    await other.listen({ http: taken });
    await listener.listen({ http: at });
    await listener.listen({ http: taken, httpToken: tokenFile });
    const stayed = [await code('/metrics'), await code('/metrics', bearer(TOKEN))];
    await other.close();
    await listener.listen({ http: taken });
    const moved = [await code('/healthz'), await code('/metrics', {}, taken.port)];
    assert.deepEqual(
      [stayed, moved],
      [
        [401, 200],
        ['nobody', 200],
      ],
    );
    assert.match(
      log.lines[1] ?? '',
      new RegExp(`HTTP stays at 127.0.0.1 port ${at.port} until xlb_http names`),
    );
  });

  it('goes to another address with the same port, and back where that cannot be had', async () => {
    const all = { host: '0.0.0.0', port: at.port };
    await listener.listen({ http: at });
    await listener.listen({ http: all });
    await listener.listen({ http: at });
    await listener.listen({ http: { host: '203.0.113.1', port: at.port } });
    assert.equal(await code('/healthz'), 200);
    assert.deepEqual(
      log.lines.map((line) => line.replace(/: listen E.*:\d+\. /, ': WHY. ')),
      [
        `info HTTP: status and metrics at 127.0.0.1 port ${at.port}`,
        `info HTTP: status and metrics at 0.0.0.0 port ${at.port}`,
        `info HTTP: status and metrics at 127.0.0.1 port ${at.port}`,
        `warn Cannot listen on 203.0.113.1 port ${at.port}: WHY. HTTP stays at 127.0.0.1 port ${at.port} until ` +
          'xlb_http names an address and port that are free, and xlb is told to reload',
      ],
    );
  });

  it('keeps its connections while another address with the same port cannot be had', async () => {
    await listener.listen({ http: at });
    const socket = connect(at);
    const said: string[] = [];
    socket.on('data', (part) => said.push(String(part).slice(0, 12)));
    const ask = () => socket.write('GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
    ask();
    await once(socket, 'data');
    await listener.listen({ http: { host: '203.0.113.1', port: at.port } });
    ask();
    await Promise.race([once(socket, 'data'), once(socket, 'close')]);
    socket.destroy();
    assert.deepEqual(said, ['HTTP/1.1 200', 'HTTP/1.1 200']);
  });

  it('is closed rather than open to more than its new address would be', async () => {
    const taken = { ...at, port: await freePort() };
    const other = new HttpListener(routesWith(), memoryLog().logger);
    await other.listen({ http: taken });
    await listener.listen({ http: { ...at, host: '0.0.0.0' } });
    await listener.listen({ http: taken });
    const files = { certificate: join(directory, 'narrow.pem'), key: join(directory, 'narrow.key') };
    writeFileSync(files.certificate, cert);
    writeFileSync(files.key, key, { mode: 0o600 });
    const wide = await code('/healthz');
    await listener.listen({ http: at });
    await listener.listen({ http: taken, httpTls: files });
    assert.deepEqual([wide, await code('/healthz')], ['nobody', 'nobody']);
    await other.close();
  });

  it('is closed on IPv6 where its new address would be IPv4 only', async () => {
    const taken = { ...at, port: await freePort() };
    const other = new HttpListener(routesWith(), memoryLog().logger);
    await other.listen({ http: taken });
    await listener.listen({ http: { ...at, host: '::' } });
    const before = await code('/healthz');
    await listener.listen({ http: { ...taken, host: '0.0.0.0' } });
    const narrowed = await code('/healthz');
    await listener.listen({ http: { ...at, host: '0.0.0.0' } });
    await listener.listen({ http: { ...taken, host: '::' } });
    await other.close();
    assert.deepEqual([before, narrowed, await code('/healthz')], [200, 'nobody', 200]);
  });

  it('gives the token that stays no actions that were not written beside it', async () => {
    const taken = { ...at, port: await freePort() };
    const other = new HttpListener(routesWith(), memoryLog().logger);
    await other.listen({ http: taken });
    await listener.listen({ http: at, httpToken: tokenFile });
    await listener.listen({ http: taken, httpActions: true });
    await other.close();
    const body = '{"virtualServer":"10.0.0.1","realServer":"10.0.0.11","weight":0}';
    const headers = { ...json, ...bearer(TOKEN) };
    const weighed = await askAt(at, '/api/v1/weight', { method: 'POST', headers, body });
    assert.deepEqual([await code('/metrics', bearer(TOKEN)), weighed.code], [200, 403]);
  });

  it('leaves nothing open of two reloads and a stop that come at once', async () => {
    const second = { ...at, port: await freePort() };
    await Promise.all([listener.listen({ http: at }), listener.listen({ http: second })]);
    const moved = [await code('/healthz'), await code('/healthz', {}, second.port)];
    await Promise.all([listener.listen({ http: at }), listener.close()]);
    const closed = [await code('/healthz'), await code('/healthz', {}, second.port)];
    assert.deepEqual(
      [moved, closed],
      [
        ['nobody', 200],
        ['nobody', 'nobody'],
      ],
    );
  });

  it('asks for the token where one is set, and takes another after a reload', async () => {
    const settings: HttpSettings = { http: at, httpToken: tokenFile };
    await listener.listen(settings);
    const first = [await code('/metrics'), await code('/metrics', bearer(TOKEN)), await code('/healthz')];
    writeFileSync(tokenFile, 'another-token-that-is-long');
    await listener.listen(settings);
    const second = [
      await code('/metrics', bearer(TOKEN)),
      await code('/metrics', bearer('another-token-that-is-long')),
    ];
    assert.deepEqual(
      [first, second],
      [
        [401, 200, 200],
        [401, 200],
      ],
    );
  });

  it('keeps its token where the file cannot be used, and says the cure', async () => {
    const settings: HttpSettings = { http: at, httpToken: tokenFile };
    await listener.listen(settings);
    chmodSync(tokenFile, 0o644);
    await listener.listen(settings);
    assert.deepEqual([await code('/metrics'), await code('/metrics', bearer(TOKEN))], [401, 200]);
    assert.equal(
      log.lines.at(-1),
      `warn Cannot use xlb_http_token ${tokenFile}: others than root may read or change it; chown root ${tokenFile} ` +
        `and chmod 600 ${tokenFile}. HTTP goes on as it was until that is right, and xlb is told to reload`,
    );
  });

  it('is closed rather than open where a token is asked for that cannot be read', async () => {
    await listener.listen({ http: at });
    await listener.listen({ http: at, httpToken: '/nonexistent/token' });
    assert.equal(await code('/metrics'), 'nobody');
    assert.match(log.lines.at(-1) ?? '', /There is no HTTP until that is right, and xlb is told to reload$/);
  });

  it('changes nothing without xlb_http_actions and the token', async () => {
    const body = '{"virtualServer":"10.0.0.1","realServer":"10.0.0.11","weight":0}';
    const weigh = async (settings: HttpSettings, headers: Record<string, string>) => {
      await listener.listen(settings);
      return (await askAt(at, '/api/v1/weight', { method: 'POST', headers: { ...json, ...headers }, body }))
        .code;
    };
    const protectedBy = { http: at, httpToken: tokenFile };
    assert.deepEqual(
      [
        await weigh({ http: at }, {}),
        await weigh({ http: at, httpActions: true }, {}),
        await weigh(protectedBy, bearer(TOKEN)),
        await weigh({ ...protectedBy, httpActions: true }, {}),
        await weigh({ ...protectedBy, httpActions: true }, bearer(TOKEN)),
      ],
      [403, 403, 403, 401, 200],
    );
  });

  it('speaks TLS where files say so, and takes another certificate with a reload on the same socket', async () => {
    const files = { certificate: join(directory, 'cert.pem'), key: join(directory, 'key.pem') };
    const write = (certificate: string, key: string) => {
      writeFileSync(files.certificate, certificate);
      writeFileSync(files.key, key, { mode: 0o600 });
    };
    const shown = () =>
      new Promise<string | undefined>((resolve, reject) => {
        const socket = connectTls({ ...at, rejectUnauthorized: false }, () => {
          const { CN: name } = socket.getPeerCertificate().subject;
          socket.destroy();
          resolve(Array.isArray(name) ? name[0] : name);
        });
        socket.once('error', reject);
      });
    const settings: HttpSettings = { http: at, httpTls: files };
    write(cert, key);
    await listener.listen(settings);
    const first = await shown();
    write(certOfB, keyOfB);
    await listener.listen(settings);
    const second = await shown();
    write(cert, keyOfB);
    await listener.listen(settings);
    assert.deepEqual([first, second, await shown()], ['a.example', 'b.example', 'b.example']);
    assert.match(log.lines.at(-1) ?? '', /^warn Cannot use xlb_http_tls key .*: expected the private key of/);
  });
});
