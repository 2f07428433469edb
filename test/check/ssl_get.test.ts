import assert from 'node:assert/strict';
import { createHash, createPrivateKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerOptions } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { createSecureContext, type TLSSocket } from 'node:tls';
import { systemClock } from '../../src/base/clock.ts';
import { runAttempt } from '../../src/check/attempt.ts';
import { sslGet } from '../../src/check/ssl_get.ts';
import { cert, key } from '../helpers/certificates.ts';
import { builtAddon, needs } from '../helpers/needs.ts';
import { listenOn, rawServer, sslGetConfig, urlConfig } from '../helpers/web_servers.ts';

const never = new AbortController().signal;

/** Answers with the name that the handshake asked for. */
function server(context: TestContext, options: ServerOptions = {}): Promise<number> {
  const made = createServer({ key, cert, ...options }, (request, response) => {
    const { servername } = request.socket as TLSSocket & { readonly servername: string | false };
    response.end(`name ${servername}`);
  });
  return listenOn(made, context);
}

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

describe('SSL_GET', { skip: needs(builtAddon) }, () => {
  for (const httpProtocol of ['1.0', '1.1'] as const)
    it(`passes by HTTP/${httpProtocol}, whatever the certificate`, async (t) => {
      const connectPort = await server(t);
      const urls = [urlConfig({ digest: md5('name false') })];
      assert.deepEqual(await sslGet.run(sslGetConfig({ connectPort, httpProtocol, urls }), never), {
        code: 'L7OK',
      });
    });

  it('shows the certificate of the SSL block where a server asks for one, and none without it', async (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'xlb-ssl-'));
    t.after(() => rmSync(directory, { recursive: true }));
    const [certificate, secret] = [join(directory, 'c.pem'), join(directory, 'k.pem')];
    writeFileSync(certificate, cert);
    const encrypted = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' } as const;
    writeFileSync(secret, createPrivateKey(key).export(encrypted));
    const asking = createServer(
      { key, cert, requestCert: true, rejectUnauthorized: false },
      (request, response) => {
        const { subject } = (request.socket as TLSSocket).getPeerCertificate();
        response.end(`shown ${subject?.CN}`);
      },
    );
    const connectPort = await listenOn(asking, t);
    const identity = { certificate, key: secret, password: 'secret', revision: '1' };
    const expects = (name: string) => [urlConfig({ digest: md5(`shown ${name}`) })];
    assert.deepEqual(
      [
        await sslGet.run(sslGetConfig({ connectPort, urls: expects('a.example'), identity }), never),
        await sslGet.run(sslGetConfig({ connectPort, urls: expects('undefined') }), never),
        await sslGet.run(sslGetConfig({ connectPort, urls: expects('a.example'), identity }), never),
      ],
      [{ code: 'L7OK' }, { code: 'L7OK' }, { code: 'L7OK' }],
    );
  });

  it('says nothing about the server where the files have gone', async (t) => {
    const connectPort = await server(t);
    const identity = { certificate: '/nonexistent/c.pem', key: '/nonexistent/k.pem', revision: 'gone' };
    const { code, detail } = await runAttempt(sslGetConfig({ connectPort, identity }), systemClock);
    assert.deepEqual([code, detail?.includes('/nonexistent/c.pem')], ['NOTRUN', true]);
  });

  it('passes with TLS 1.2', async (t) => {
    const connectPort = await server(t, { maxVersion: 'TLSv1.2' });
    assert.deepEqual(await sslGet.run(sslGetConfig({ connectPort }), never), { code: 'L7OK' });
  });

  it('names a server in the handshake', async (t) => {
    const connectPort = await server(t);
    const urls = [urlConfig({ serverName: 'a.example', digest: md5('name a.example') })];
    assert.deepEqual(await sslGet.run(sslGetConfig({ connectPort, urls }), never), { code: 'L7OK' });
  });

  it('gets the certificate of each name, and fails where there is none', async (t) => {
    const names: string[] = [];
    const connectPort = await server(t, {
      SNICallback: (name, answer) => {
        names.push(name);
        if (name === 'b.example') answer(new Error('no such name'));
        else answer(null, createSecureContext({ key, cert }));
      },
    });
    const result = await sslGet.run(
      sslGetConfig({
        connectPort,
        urls: [urlConfig({ serverName: 'a.example' }), urlConfig({ serverName: 'b.example' })],
      }),
      never,
    );
    assert.deepEqual({ names, code: result.code }, { names: ['a.example', 'b.example'], code: 'L6RSP' });
  });

  it('fails where the server does not speak TLS', async (t) => {
    const plain = createTcpServer((socket) => socket.end('HTTP/1.0 400 Bad Request\r\n\r\n'));
    const connectPort = await listenOn(plain, t);
    assert.deepEqual(await sslGet.run(sslGetConfig({ connectPort }), never), {
      code: 'L6RSP',
      detail: 'ERR_SSL_WRONG_VERSION_NUMBER',
    });
  });

  it('fails where the connection ends in the handshake', async (t) => {
    const connectPort = await listenOn(
      createTcpServer((socket) => socket.end()),
      t,
    );
    assert.deepEqual(await sslGet.run(sslGetConfig({ connectPort }), never), {
      code: 'L6RSP',
      detail: 'connection closed in the TLS handshake',
    });
  });

  it('fails where nothing listens', async () => {
    const { code } = await sslGet.run(sslGetConfig({ connectPort: 1 }), never);
    assert.equal(code, 'L4CON');
  });

  it('ends a handshake that is not answered in time', async (t) => {
    const { port } = await rawServer(t, () => {});
    const { code } = await runAttempt(
      sslGetConfig({ connectPort: port, connectTimeoutMs: 100 }),
      systemClock,
    );
    assert.equal(code, 'L6TOUT');
  });

  it('ends the wait for an answer that does not come in time', async (t) => {
    const silent = createServer({ key, cert }, () => {});
    const connectPort = await listenOn(silent, t);
    const { code } = await runAttempt(sslGetConfig({ connectPort, connectTimeoutMs: 2_000 }), systemClock);
    assert.equal(code, 'L7TOUT');
  });
});
