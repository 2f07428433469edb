import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { pause } from '../../src/demo/pause.ts';
import { system } from '../helpers/needs.ts';
import { StallWatch } from '../helpers/stall_watch.ts';
import { Speaker, VrrpLab, vrrpConf } from '../helpers/vrrp_lab.ts';

const routers = 64;
const watchedMs = 5_000;
/** A backup at 100 ms waits for more than 300. */
const steadyMs = 150;
const mostRounds = 5;

describe('64 virtual routers at 100 ms', { skip: system('chrt'), timeout: 300_000 }, () => {
  let lab: VrrpLab;
  let watch: StallWatch;
  before(async () => {
    lab = await VrrpLab.create('busy');
    watch = await StallWatch.start(lab.lab, { realTime: true });
  });
  after(() => lab?.close());

  const conf = (priority: number) =>
    vrrpConf(
      Array.from({ length: routers }, (_, at) => ({
        name: `VI_${at + 1}`,
        vrid: at + 1,
        priority,
        vips: [`10.77.1.${at + 1}`],
        lines: ['version 3', 'advert_int 0.1'],
      })),
      // Other processes of this machine are not the subject.
      ['global_defs {', '    vrrp_rt_priority 20', '}'],
    );

  it('stay where they are while the main thread of the master is blocked for 500 ms at a time', async (t) => {
    const directory = join(lab.lab.directory, 'blocked');
    mkdirSync(directory);
    const file = join(directory, 'test.conf');
    writeFileSync(file, conf(150));
    const entry = fileURLToPath(new URL('../helpers/blocked_main.js', import.meta.url));
    const argv = [process.execPath, entry, file, directory];
    const a = new Speaker(lab.lab, { node: lab.nodes.a, directory, argv });
    const last = `10.77.1.${routers}`;
    await lab.untilHeld(last, [a]);
    const b = lab.start('xlb', 'b', conf(100));
    const untilBackup = () =>
      b.untilStatus(
        'all to be backups',
        ({ vrrp_instances: all }) =>
          all.length === routers &&
          all.every(({ state, master }) => state === 'BACKUP' && master !== undefined),
      );
    const rolesOf = async () =>
      (await b.instances()).map(({ state, statistics }) => [state, statistics['become_master'] ?? 0]);
    let steady = false;
    for (let round = 0; round < mostRounds && !steady; round++) {
      await untilBackup();
      const before = await rolesOf();
      const { result, stalledMs } = await watch.during(async () => {
        await pause(watchedMs);
        return rolesOf();
      });
      steady = stalledMs <= steadyMs; // or all of them stood still
      if (steady) assert.deepEqual(result, before);
    }
    await a.end();
    await lab.untilHeld(last, [b], [a]);
    await b.end();
    if (!steady) t.skip(`the machine stood still for more than ${steadyMs} ms in every round`);
  });
});
