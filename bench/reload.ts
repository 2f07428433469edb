/**
 * How long a reload takes that changes one thing of a configuration of many real servers, all of them checked while
 * it is measured: from `xlb reload`'s question until it is answered. In the demo's network namespaces, where one
 * nginx answers for all real servers.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../src/base/clock.ts';
import { reload as askForReload, fetchStatus } from '../src/control/client.ts';
import { DirectorProcess } from '../src/demo/director.ts';
import { createLab, type Lab } from '../src/demo/lab.ts';
import { figure } from './figures.ts';
import { demand } from './needs.ts';
import { numberOf } from './options.ts';
import type { Scenario } from './scenario.ts';

const boundMs = 300;
const port = 8080;
const perVirtualServer = 100;
/** The first round of checks is over by then. */
const settleMs = 15_000;

/** They come by the hundred. */
function wholePools(servers: number): number {
  return Math.floor(servers / perVirtualServer) * perVirtualServer;
}

/** 100 in each virtual server, as operators write them. `weight` is that of the first real server. */
function configuration(count: number, weight: number): string {
  const real = (v: number, r: number): string =>
    `  real_server 10.2.${v}.${r + 1} ${port} {\n    weight ${v + r === 0 ? weight : 1}\n    TCP_CHECK {\n` +
    '      connect_timeout 3\n      retry 2\n      delay_before_retry 1\n    }\n  }\n';
  const virtual = (v: number): string =>
    `virtual_server 10.77.1.${v + 1} ${port} {\n  delay_loop 6\n  lb_algo wlc\n  lb_kind DR\n  protocol TCP\n` +
    `${Array.from({ length: 100 }, (_, r) => real(v, r)).join('')}}\n`;
  const global = 'global_defs {\n  xlb_interfaces eth0\n  xlb_http off\n}\n';
  return global + Array.from({ length: count / 100 }, (_, v) => virtual(v)).join('');
}

/** One real server has all the addresses; the director knows where each of them is without asking. */
async function prepare(lab: Lab, count: number): Promise<void> {
  const [server] = lab.realServers;
  if (server === undefined) throw new Error('the lab has no real server');
  const addresses = Array.from({ length: count }, (_, n) => `10.2.${Math.floor(n / 100)}.${(n % 100) + 1}`);
  const neighbours = addresses.map((one) => `neigh add ${one} lladdr ${server.mac} dev eth0 nud permanent\n`);
  const batch = join(lab.directory, 'neighbours');
  writeFileSync(batch, neighbours.join(''));
  await lab.run(lab.director, ['ip', 'route', 'add', '10.2.0.0/16', 'dev', 'eth0']);
  await lab.run(lab.director, ['ip', '-batch', batch]);
  await lab.run(server, ['ip', 'route', 'add', 'local', '10.2.0.0/16', 'dev', 'lo']);
  const nginx = join(lab.directory, 'nginx.conf');
  writeFileSync(
    nginx,
    `daemon off; worker_processes 1; error_log /dev/null crit; pid ${lab.directory}/nginx.pid;\n` +
      'worker_rlimit_nofile 16384; events { worker_connections 8192; }\n' +
      `http { access_log off; server { listen 0.0.0.0:${port} backlog=4096; location / { return 204; } } }\n`,
  );
  lab.spawn(server, ['nginx', '-e', 'stderr', '-p', lab.directory, '-c', nginx]);
}

/** Throws where checks fail: it would be another reload that is measured. */
async function allUp(socket: string, count: number): Promise<void> {
  const { virtual_servers: servers } = await fetchStatus(socket);
  const up = servers.flatMap(({ destinations }) => destinations).filter((one) => one.up).length;
  if (up !== count) throw new Error(`only ${up} of ${count} real servers are up`);
}

export const reload: Scenario = {
  rounds: 9,
  async run({ rounds, option, progress }) {
    demand(['nginx', 'ip', 'nsenter', 'ethtool']);
    const count = wholePools(
      numberOf({ option }, 'servers', { otherwise: 10_000, least: 100, most: 25_000 }),
    );
    const lab = await createLab({ realServers: 1, name: 'bench' });
    try {
      await prepare(lab, count);
      const director = new DirectorProcess(lab, configuration(count, 1));
      await director.start();
      progress('the first round of checks');
      await pause(settleMs);
      const socket = join(lab.directory, 'xlb.sock');
      await allUp(socket, count);
      const whole: number[] = [];
      const applied: number[] = [];
      for (let round = 0; round < rounds; round++) {
        progress(`reload ${round + 1} of ${rounds}`);
        writeFileSync(join(lab.directory, 'keepalived.conf'), configuration(count, round + 2));
        // Whoever edits a file by hand takes longer than this to ask for the reload.
        await pause(1_000);
        const began = systemClock.nowMs();
        const outcome = await askForReload(socket);
        whole.push(Math.round(systemClock.nowMs() - began));
        if (outcome.outcome !== 'reloaded' || outcome.steps.length !== 1)
          throw new Error(`the reload ended otherwise: ${JSON.stringify(outcome)}`);
        applied.push(outcome.milliseconds);
      }
      await allUp(socket, count);
      await director.end('SIGTERM');
      const name = `reload of one change among ${count} real servers`;
      return {
        figures: [
          figure({ name, unit: 'ms', better: 'less', bound: boundMs }, whole),
          figure({ name: `${name}: after the file was read`, unit: 'ms', better: 'less' }, applied),
        ],
        about: { driver: 'veth', virtual_servers: count / perVirtualServer, real_servers: count },
      };
    } finally {
      await lab.close();
    }
  },
};
