/** The bench, run as an operator runs it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isKept, readRun } from '../../bench/result.ts';
import { schedulerKeywords } from '../../src/config/model.ts';
import { mainFile, needs } from '../helpers/needs.ts';

const program = new URL('../../../build/xlb_core_bench', import.meta.url);
const built = () => (existsSync(program) ? false : 'build/xlb_core_bench (npm run build:native)');

function xlb(...argv: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [mainFile, ...argv], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

describe('xlb bench', () => {
  it('has every scheduler forward all of its packets', { skip: needs(built) }, () => {
    const refused = schedulerKeywords.filter((scheduler) => {
      const argv = ['new', scheduler, '16', '1000', '3000', '1'];
      return spawnSync(fileURLToPath(program), argv).status !== 0;
    });
    assert.deepEqual(refused, []);
  });

  it('measures the packet core, once where once is asked for', { skip: needs(built) }, () => {
    const folder = mkdtempSync(join(tmpdir(), 'xlb-bench-test-'));
    try {
      const [json, report] = [join(folder, 'run.json'), join(folder, 'run.html')];
      const only = ['--only', 'established, 1,000 flows'];
      const { status, stdout, stderr } = xlb(
        'bench',
        'core',
        '--rounds',
        '1',
        ...only,
        '--json',
        json,
        '--report',
        report,
      );
      assert.equal(status, 0, stderr);
      assert.match(stdout, /established, 1,000 flows, rr +[\d.,]+ +[\d.,]+\.\.[\d.,]+ +ns +1 x/);
      const run = readRun(json);
      const names = run.scenarios.map(({ name, figures }) => [name, figures.map((figure) => figure.name)]);
      assert.deepEqual(names, [['core', ['established, 1,000 flows, rr']]]);
      assert.equal(isKept(run), true);
      assert.match(readFileSync(report, 'utf8'), /established, 1,000 flows, rr/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('says which scenarios there are where it is asked for another', () => {
    const { status, stdout, stderr } = xlb('bench', 'nix');
    assert.deepEqual([status, stdout], [2, '']);
    assert.match(stderr, /^xlb: Cannot run the scenario nix: .*\nhelp: one of core, /);
  });

  it('refuses a file that is no run', () => {
    const { status, stderr } = xlb('bench', 'compare', '/dev/null', '/dev/null');
    assert.equal(status, 2);
    assert.match(stderr, /^xlb: Cannot read the run in \/dev\/null: /);
  });
});
