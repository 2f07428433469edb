import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, it } from 'node:test';
import type { DemoResult } from '../../src/demo/result.ts';
import { builtAddon, mainFile, needs, root } from '../helpers/needs.ts';

function names(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

describe('xlb demo --json', { skip: needs(root, builtAddon), timeout: 300_000 }, () => {
  it('prints one object: no request and no flow is lost with the daemon, and nothing is left behind', () => {
    const { status, stdout, stderr, pid } = spawnSync(process.execPath, [mainFile, 'demo', '--json'], {
      encoding: 'utf8',
    });
    const result = JSON.parse(stdout) as DemoResult;
    const killed = result.phases.find(({ name }) => name === 'daemon_killed');
    const left = ['/run/netns', tmpdir(), '/sys/fs/bpf/xlb'].flatMap(names);
    assert.deepEqual(
      {
        ok: result.ok,
        status,
        stderr,
        failed: killed?.failed,
        lost: result.flows.before_kill - result.flows.after_restart,
        left: left.filter((name) => name.includes(`-${pid}`)),
      },
      { ok: true, status: 0, stderr: '', failed: 0, lost: 0, left: [] },
      stdout,
    );
  });
});
