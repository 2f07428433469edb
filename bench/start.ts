/**
 * How long `xlb run` takes from its start to forwarding, and what it keeps resident: the demo's director and real
 * servers in network namespaces, with the default flow table.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../src/base/clock.ts';
import { demoConfiguration } from '../src/demo/configuration.ts';
import { DirectorProcess } from '../src/demo/director.ts';
import { createLab, type Lab } from '../src/demo/lab.ts';
import { figure } from './figures.ts';
import type { Scenario } from './scenario.ts';

const startBoundMs = 1000;
const residentBoundMib = 150;
/** After this, what a start needs only once has been given back. */
const settleMs = 2000;

/** VmRSS of the daemon, in MiB. */
function residentMib(lab: Lab): number {
  const pid = readFileSync(`${lab.directory}/xlb.pid`, 'utf8').trim();
  const kib = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Math.round(Number(kib) / 1024);
}

export const start: Scenario = {
  rounds: 7,
  async run({ rounds, progress }) {
    const lab = await createLab({ realServers: 3, vips: ['10.77.0.100'], name: 'bench' });
    try {
      const configuration = demoConfiguration({
        interface: 'eth0',
        vip: '10.77.0.100',
        port: 80,
        realServers: lab.realServers.map(({ ipv4 }) => ipv4),
      });
      const director = new DirectorProcess(lab, configuration);
      const starts: number[] = [];
      const resident: number[] = [];
      for (let round = 0; round < rounds; round++) {
        progress(`start ${round + 1} of ${rounds}`);
        const began = systemClock.nowMs();
        await director.start();
        starts.push(Math.round(systemClock.nowMs() - began));
        await pause(settleMs);
        resident.push(residentMib(lab));
        await director.end('SIGTERM');
      }
      return {
        figures: [
          figure({ name: 'start to forwarding', unit: 'ms', better: 'less', bound: startBoundMs }, starts),
          figure({ name: 'resident', unit: 'MiB', better: 'less', bound: residentBoundMib }, resident),
        ],
        about: { driver: 'veth', virtual_servers: 1, real_servers: 3 },
      };
    } finally {
      await lab.close();
    }
  },
};
