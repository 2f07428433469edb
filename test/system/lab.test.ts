import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createLab } from '../helpers/lab.ts';
import { builtAddon, needs, root } from '../helpers/needs.ts';

const vips = ['10.77.0.100', 'fd77::100'];

/** Namespaces of a process's labs, and temporary directories. */
function traces(pid: number | undefined = process.pid): string[] {
  const names = [...(existsSync('/run/netns') ? readdirSync('/run/netns') : []), ...readdirSync(tmpdir())];
  return names.filter((name) => name.includes(`-${pid}-`));
}

describe('a lab', { skip: needs(root, builtAddon), timeout: 300_000 }, () => {
  it('connects every machine with every other, over IPv4 and IPv6, and leaves nothing behind', async () => {
    const lab = await createLab({ realServers: 2, vips });
    try {
      for (const node of [lab.director, ...lab.realServers]) {
        await lab.run(lab.client, ['ping', '-c', '1', '-W', '10', node.ipv4]);
        await lab.run(lab.client, ['ping', '-c', '1', '-W', '10', node.ipv6]);
      }
    } finally {
      await lab.close();
    }
    assert.deepEqual(traces(), []);
  });

  it('keeps the virtual addresses of its real servers to themselves', async () => {
    const lab = await createLab({ realServers: 1, vips });
    try {
      const answers = await Promise.all(
        vips.map((vip) => lab.run(lab.client, ['ping', '-c', '1', '-W', '1', vip], { mayFail: true })),
      );
      assert.deepEqual(
        answers.map(({ code }) => code !== 0),
        [true, true],
      );
    } finally {
      await lab.close();
    }
  });

  it('takes its processes with it', async () => {
    const lab = await createLab({ realServers: 0 });
    const child = lab.spawn(lab.client, ['sleep', '600']);
    await lab.close();
    assert.equal(child.signalCode, 'SIGKILL');
  });

  it('removes what the lab of a killed process has left', async () => {
    const dead = spawnSync('true').pid;
    spawnSync('ip', ['netns', 'add', `xlb-${dead}-client`]);
    mkdirSync(`${tmpdir()}/xlb-lab-${dead}-x`);
    const lab = await createLab({ realServers: 0 });
    await lab.close();
    assert.deepEqual(
      [existsSync(`/run/netns/xlb-${dead}-client`), existsSync(`${tmpdir()}/xlb-lab-${dead}-x`)],
      [false, false],
    );
  });

  it('is removed to the end when a signal comes, and comes again meanwhile', async () => {
    const file = fileURLToPath(new URL('../helpers/hold_lab.js', import.meta.url));
    const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'close');
    await once(child.stdout, 'data');
    const built = traces(child.pid).length;
    for (let sent = 0; sent < 5; sent += 1) {
      child.kill('SIGTERM');
      await pause(20);
    }
    await ended;
    assert.deepEqual([built, traces(child.pid), child.signalCode], [6, [], 'SIGTERM']);
  });
});
