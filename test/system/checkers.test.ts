import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { cert, certOfB, key, keyOfB } from '../helpers/certificates.ts';
import { Director, mainFile } from '../helpers/director.ts';
import { keepalivedConf, type VirtualServerText } from '../helpers/keepalived_conf.ts';
import { createLab, type Lab, type LabNode } from '../helpers/lab.ts';
import { system } from '../helpers/needs.ts';
import { kill } from '../helpers/peers.ts';

const vip = '10.77.0.100';

/** UDP echo on 7, DNS answers without records on 53, a greeting mail server on 25. */
const services = `
  const { createSocket } = require('node:dgram');
  const serve = (port, answer) => {
    const socket = createSocket('udp4').bind(port);
    socket.on('message', (bytes, from) => socket.send(answer(bytes), from.port, from.address));
  };
  serve(7, (bytes) => bytes);
  serve(53, (bytes) => { bytes[2] |= 0x80; return bytes; });
  require('node:net').createServer((socket) => {
    const answers = ['220 hello\\r\\n', '250 fine\\r\\n', '221 bye\\r\\n'];
    const say = () => socket.write(answers.shift() ?? '500 no\\r\\n');
    socket.on('error', () => {}).on('data', say);
    say();
  }).listen(25);`;

/** One process, with a certificate for each of two names. It deletes its pid file in the end: not /dev/null. */
const nginxConf = (directory: string) => `daemon off;
master_process off;
user root;
pid ${directory}/nginx.pid;
error_log stderr error;
events { worker_connections 64; }
http {
  access_log off;
  server { listen 80; location / { return 200 "well\\n"; } }
${['a', 'b']
  .map(
    (name) => `  server {
    listen 443 ssl;
    server_name ${name}.example;
    ssl_certificate ${directory}/${name}.pem;
    ssl_certificate_key ${directory}/${name}.key;
    location / { return 200 "$ssl_server_name\\n"; }
  }
`,
  )
  .join('')}}
`;

/** connect_timeout * (retry + 1) + delay_before_retry + delay_loop, and what a busy machine adds. */
const noticedWithinMs = 1_000 * 2 + 100 + 1_000 + 10_000;

/** Of every process of the host. */
function commandLines(): string[][] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0');
      } catch {
        return []; // it has ended meanwhile
      }
    });
}

describe('a checker', { skip: system('nginx'), timeout: 300_000 }, () => {
  let lab: Lab;
  let director: Director;
  let server: LabNode;
  let children: ChildProcess[];
  let flag: string;
  let drain: string;

  const start = () => {
    const nginx = ['nginx', '-e', 'stderr', '-c', join(lab.directory, 'nginx.conf')];
    children = [[process.execPath, '-e', services], nginx].map((argv) =>
      lab.spawn(server, argv, { stdout: 'ignore', stderr: 'inherit' }),
    );
  };
  const ping = (answered: boolean) =>
    lab.run(server, ['sysctl', '-qw', `net.ipv4.icmp_echo_ignore_all=${answered ? 0 : 1}`]);

  before(async () => {
    lab = await createLab({ name: 'checkers', realServers: 1, vips: [vip] });
    [server = lab.director] = lab.realServers;
    flag = join(lab.directory, 'healthy');
    drain = join(lab.directory, 'drain');
    const files = { 'a.pem': cert, 'a.key': key, 'b.pem': certOfB, 'b.key': keyOfB, healthy: '' };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(lab.directory, name), text);
    writeFileSync(join(lab.directory, 'nginx.conf'), nginxConf(lab.directory));
    start();
    const checks: Readonly<Record<number, string>> = {
      1: 'PING_CHECK {\n}',
      7: 'UDP_CHECK {\n payload 0102\n require_reply 01xx\n}',
      25: 'SMTP_CHECK {\n}',
      53: 'DNS_CHECK {\n retry 1\n}',
      80: 'HTTP_GET {\n http_protocol 1.1\n url {\n path /\n regex well\n }\n}',
      81: `MISC_CHECK {\n misc_path "/bin/test -e ${flag}"\n user root\n}`,
      82: 'FILE_CHECK {\n track_file drain\n weight 0\n}',
      83: 'MISC_CHECK {\n misc_path "/bin/sh -c \'sleep 60 & wait\'"\n misc_timeout 0.3\n user root\n}',
      84: 'MISC_CHECK {\n misc_path /nowhere/check\n user root\n}',
      443: 'SSL_GET {\n enable_sni\n virtualhost b.example\n url {\n path /\n regex "^b.example"\n }\n}',
    };
    const servers = Object.entries(checks).map(
      ([port, text]): VirtualServerText => ({
        at: `${vip} ${port}`,
        lines: ['warmup 0'],
        pool: [{ address: server.ipv4, check: 0, lines: text.split('\n') }],
      }),
    );
    const tracked = `track_file drain {\n file ${drain}\n init_file 0\n}\n`;
    director = await Director.start(lab, tracked + keepalivedConf({ vips: [vip], servers }));
  });
  after(() => lab?.close());

  const upPorts = async () =>
    (await director.status()).virtual_servers.flatMap(({ port, destinations: [one] }) =>
      one?.up ? [port] : [],
    );
  const untilUp = (wanted: readonly number[]) =>
    director.until(
      `ports ${wanted.join(' ')} to be up`,
      async () => (await upPorts()).join() === wanted.join(),
      noticedWithinMs,
    );
  const healthy = [1, 7, 25, 53, 80, 81, 82, 84, 443];

  it('of every kind passes with a healthy server, and fails where a script hangs', () => untilUp(healthy));

  it('of every kind notices a fault in the time that is configured, and its end', async () => {
    await untilUp(healthy);
    await Promise.all([...children.map(kill), ping(false)]);
    rmSync(flag);
    writeFileSync(drain, '1\n');
    await untilUp([84]);
    start();
    await ping(true);
    writeFileSync(flag, '');
    writeFileSync(drain, '0\n');
    await untilUp(healthy);
  });

  it('whose script is missing says so in the log and in the status', async () => {
    const { virtual_servers: servers } = await director.status();
    const missing = 'Cannot run script `/nowhere/check`: /nowhere/check does not exist';
    assert.deepEqual(servers.find(({ port }) => port === 84)?.destinations[0]?.unchecked, [
      `MISC_CHECK: check disabled: ${missing}`,
    ]);
    assert.match(director.log, /error Cannot run script `\/nowhere\/check`: .* is disabled/);
    const argv = [process.execPath, mainFile, 'check', director.configFile];
    const { code, stdout } = await lab.run(lab.director, argv, { mayFail: true });
    assert.match(stdout, /error: Cannot run script .*\[BAD_SCRIPT\]/);
    assert.notEqual(code, 0);
  });

  it('leaves no script behind when the director ends', async () => {
    const running = () =>
      commandLines().some((words) => words.includes(lab.instance) && words[0] === '/bin/sh');
    await director.until('the hanging script', async () => running());
    await director.end('SIGTERM');
    assert.equal(running(), false);
  });
});
