import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { CheckResult } from '../../../src/check/checker.ts';
import type { HttpGetConfig, UrlConfig } from '../../../src/config/model.ts';
import { until } from '../../../src/demo/pause.ts';
import { attemptOnce } from '../../helpers/attempt_once.ts';
import { cert, certOfB, key, keyOfB } from '../../helpers/certificates.ts';
import { builtAddon, command, needs } from '../../helpers/needs.ts';
import { httpGetConfig, sslGetConfig, urlConfig } from '../../helpers/web_servers.ts';

const sites = ['plain', 'names', 'old', 'clients'] as const;
type Ports = Record<(typeof sites)[number], number>;

/** Ports of 127.0.0.1 that were free a moment ago. */
async function freePorts(): Promise<Ports> {
  const servers = sites.map(() => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return Object.fromEntries(sites.map((site, at) => [site, ports[at] ?? 0])) as Ports;
}

const pageBytes = 200_000;
const page = 'all is well\n'.repeat(pageBytes / 12).padEnd(pageBytes, '.');
const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

/**
 * `names`: a certificate for each of two names, and none for others. `clients`: it wants a client's certificate. It
 * deletes its pid file in the end: not /dev/null.
 */
function nginxConf(folder: string, { plain, names, old, clients }: Ports): string {
  const server = (port: number, lines: string) => `  server {\n    listen 127.0.0.1:${port}${lines}\n  }\n`;
  const certificate = (name: string) =>
    `ssl_certificate ${folder}/${name}.pem;\n    ssl_certificate_key ${folder}/${name}.key;`;
  const site = (name: string) =>
    server(
      names,
      ` ssl;\n    server_name ${name}.example;\n    ${certificate(name)}\n    return 200 "${name}";`,
    );
  const statuses = [201, 204, 404, 500, 503].map((code) => `location /${code} { return ${code}; }`);
  return `daemon off;
master_process off;
user root;
pid ${folder}/nginx.pid;
error_log stderr crit;
events { worker_connections 64; }
http {
  access_log off;
  root ${folder};
${server(
  plain,
  `;
    ${statuses.join('\n    ')}
    location /moved { return 301 /page; }
    location /said { return 200 "$request_method $server_protocol $http_user_agent $host [$http_connection]"; }`,
)}${server(names, ' ssl default_server;\n    ssl_reject_handshake on;')}${site('a')}${site('b')}${server(
  old,
  ` ssl;\n    ssl_protocols TLSv1.2;\n    ${certificate('a')}\n    return 200 "$ssl_protocol";`,
)}${server(
  clients,
  ` ssl;\n    ssl_verify_client on;\n    ssl_client_certificate ${folder}/a.pem;\n    ${certificate('a')}`,
)}}
`;
}

interface Row {
  readonly title: string;
  readonly site: (typeof sites)[number];
  readonly url?: Partial<UrlConfig>;
  readonly check?: Pick<HttpGetConfig, 'httpProtocol'>;
  readonly result: CheckResult;
}

const ok: CheckResult = { code: 'L7OK' };
const status = (code: number): CheckResult => ({ code: 'L7STS', detail: `HTTP status code ${code}` });
const matching = (source: string) => ({ path: '/said', regex: { source, flags: '' } });
const named = (serverName: string, source: string) => ({
  serverName,
  host: serverName,
  regex: { source, flags: '' },
});

const rows: readonly Row[] = [
  { title: 'passes on 201', site: 'plain', url: { path: '/201' }, result: ok },
  { title: 'passes on 204', site: 'plain', url: { path: '/204' }, result: ok },
  { title: 'fails on 404', site: 'plain', url: { path: '/404' }, result: status(404) },
  { title: 'fails on 503', site: 'plain', url: { path: '/503' }, result: status(503) },
  { title: 'does not follow a redirect', site: 'plain', url: { path: '/moved' }, result: status(301) },
  {
    title: 'takes a range of status codes and one more',
    site: 'plain',
    url: {
      path: '/500',
      statusCodes: [
        [200, 399],
        [500, 500],
      ],
    },
    result: ok,
  },
  {
    title: 'fails on 200 where it is not in the range',
    site: 'plain',
    url: { path: '/page', statusCodes: [[300, 599]] },
    result: status(200),
  },
  { title: 'passes on the digest', site: 'plain', url: { path: '/page', digest: md5(page) }, result: ok },
  {
    title: 'fails on another digest',
    site: 'plain',
    url: { path: '/page', digest: md5('x') },
    result: { code: 'L7RSP', detail: `MD5 digest is ${md5(page)}, not ${md5('x')}` },
  },
  {
    title: 'passes on a match at the end of a long page',
    site: 'plain',
    url: { path: '/page', regex: { source: 'well\\n\\.+$', flags: '', minOffset: pageBytes - 100 } },
    result: ok,
  },
  {
    title: 'asks by HTTP/1.0',
    site: 'plain',
    url: { ...matching('^GET HTTP/1.0 KeepAliveClient www.example \\[\\]$'), host: 'www.example' },
    result: ok,
  },
  {
    title: 'asks by HTTP/1.0 with Connection: close for 1.0C',
    site: 'plain',
    url: matching('^GET HTTP/1.0 KeepAliveClient 127.0.0.1 \\[close\\]$'),
    check: { httpProtocol: '1.0C' },
    result: ok,
  },
  {
    title: 'asks by HTTP/1.1',
    site: 'plain',
    url: matching('^GET HTTP/1.1 KeepAliveClient 127.0.0.1 \\[close\\]$'),
    check: { httpProtocol: '1.1' },
    result: ok,
  },
  {
    title: 'gets the page of a.example by its name',
    site: 'names',
    url: named('a.example', '^a$'),
    result: ok,
  },
  {
    title: 'gets the page of b.example by its name',
    site: 'names',
    url: named('b.example', '^b$'),
    result: ok,
  },
  {
    title: 'fails on another certificate than that of the page',
    site: 'names',
    url: named('b.example', '^a$'),
    result: { code: 'L7RSP', detail: 'regex does not match' },
  },
  {
    title: 'fails where there is no certificate for the name',
    site: 'names',
    url: named('c.example', ''),
    result: { code: 'L6RSP', detail: 'ERR_SSL_TLSV1_UNRECOGNIZED_NAME' },
  },
  {
    title: 'fails without a name where one is wanted',
    site: 'names',
    result: { code: 'L6RSP', detail: 'ERR_SSL_TLSV1_UNRECOGNIZED_NAME' },
  },
  { title: 'speaks TLS 1.2', site: 'old', url: { regex: { source: '^TLSv1.2$', flags: '' } }, result: ok },
  {
    title: 'fails with 400 where a certificate of the director is wanted',
    site: 'clients',
    result: status(400),
  },
];

describe('HTTP_GET and SSL_GET of nginx', { skip: needs(builtAddon, command('nginx')) }, () => {
  let folder = '';
  let nginx: ChildProcess;
  let ports: Ports;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'xlb-nginx-'));
    const files = { page, 'a.pem': cert, 'a.key': key, 'b.pem': certOfB, 'b.key': keyOfB };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    ports = await freePorts();
    const file = join(folder, 'nginx.conf');
    writeFileSync(file, nginxConf(folder, ports));
    const argv = ['-e', 'stderr', '-p', folder, '-c', file];
    nginx = spawn('nginx', argv, { stdio: ['ignore', 'ignore', 'inherit'] });
    const check = httpGetConfig({
      connectPort: ports.plain,
      connectTimeoutMs: 1_000,
      urls: [urlConfig({ path: '/204' })],
    });
    await until(
      'nginx',
      { everyMs: 50, atMostMs: 10_000 },
      async () => (await attemptOnce(check)).code === 'L7OK' || undefined,
    );
  });
  after(() => {
    nginx.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  for (const { title, site, url, check, result } of rows)
    it(title, async () => {
      const changes = { ...check, connectPort: ports[site], urls: [urlConfig(url)] };
      const asked = site === 'plain' ? httpGetConfig(changes) : sslGetConfig(changes);
      assert.deepEqual(await attemptOnce(asked), result);
    });
});
