/** What answers in a lab: nginx, and a UDP echo, each with the name of its machine. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until, within } from '../../src/demo/pause.ts';
import type { Lab, LabNode } from './lab.ts';

const soon = { everyMs: 50, atMostMs: 30_000 };

/** One process: it ends whole when it is killed. It deletes its pid file where it ends in peace: not /dev/null. */
function nginxConf(directory: string, name: string, ports: readonly number[]): string {
  return `daemon off;
master_process off;
user root;
pid ${directory}/nginx-${name}.pid;
error_log stderr error;
events { worker_connections 4096; }
http {
  access_log off;
  default_type text/plain;
  keepalive_timeout 300;
  keepalive_requests 1000000;
  server {
${ports.map((port) => `    listen ${port};\n    listen [::]:${port};\n`).join('')}
    location / { return 200 "${name}\\n"; }
  }
}
`;
}

/** Resolves when it answers. */
export async function startNginx(
  lab: Lab,
  node: LabNode,
  ports: readonly number[] = [80],
): Promise<ChildProcess> {
  const file = join(lab.directory, `nginx-${node.name}.conf`);
  writeFileSync(file, nginxConf(lab.directory, node.name, ports));
  const argv = ['nginx', '-e', 'stderr', '-c', file];
  const child = lab.spawn(node, argv, { stdout: 'ignore', stderr: 'inherit' });
  await until(`nginx in ${node.name}`, soon, async () => {
    const url = `http://127.0.0.1:${ports[0]}/`;
    const { code } = await lab.run(node, ['curl', '-s', '-m', '2', url], { mayFail: true });
    return code === 0 || undefined;
  });
  return child;
}

/** One nginx in every real server. */
export function startAllNginx(lab: Lab, ports?: readonly number[]): Promise<ChildProcess[]> {
  return Promise.all(lab.realServers.map((node) => startNginx(lab, node, ports)));
}

/** Resolves when it listens. */
export async function startUdpEcho(lab: Lab, node: LabNode, at: { address: string; port: number }) {
  const file = fileURLToPath(new URL('./udp_echo.js', import.meta.url));
  const argv = [process.execPath, file, node.name, at.address, String(at.port)];
  const child = lab.spawn(node, argv, { ipc: true, stdout: 'ignore', stderr: 'inherit' });
  await within(`the UDP echo in ${node.name}`, soon.atMostMs, once(child, 'message'));
  return child;
}

/** Resolves when it has ended. */
export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'close');
  child.kill('SIGKILL');
  await within('a killed process to end', soon.atMostMs, ended);
}
