import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { mainFile } from './helpers/needs.ts';

const directory = mkdtempSync(join(tmpdir(), 'xlb-main-'));
after(() => rmSync(directory, { recursive: true }));
const instance = ['--instance', 'main-test', '--run-dir', directory];

/** Exit code and both outputs, with this run's directory written as DIR. */
function xlb(...args: readonly string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [mainFile, ...args], { encoding: 'utf8' });
  const plain = (text: string): string => text.replaceAll(directory, 'DIR');
  return { code: status, out: plain(stdout), err: plain(stderr) };
}

describe('xlb', () => {
  it('says in one sentence that no daemon runs', () => {
    assert.deepEqual(xlb('status', ...instance), {
      code: 1,
      out: '',
      err: 'xlb: no daemon runs instance "main-test": start one with xlb run\n',
    });
  });

  it('has nothing to clean up where nothing is', () => {
    assert.deepEqual(xlb('cleanup', ...instance), {
      code: 0,
      out: 'Nothing of instance "main-test" is on this host\n',
      err: '',
    });
  });

  it('does not run without its configuration file', () => {
    assert.deepEqual(xlb('run', '-f', join(directory, 'none.conf'), ...instance), {
      code: 2,
      out: '',
      err: [
        'DIR/none.conf:1:1: error: Cannot read the configuration "DIR/none.conf": there is no such file [NO_FILE]',
        'help: name the file with -f FILE',
        '',
      ].join('\n'),
    });
  });

  it('tests a configuration with keepalived’s -t as with check', () => {
    const file = join(directory, 'small.conf');
    writeFileSync(file, 'global_defs {\n  router_id LB1\n}\n');
    const tested = xlb('run', '-t', '-f', file);
    assert.deepEqual(tested, xlb('check', file));
    assert.equal(tested.err, '');
  });

  it('takes keepalived’s options that have no effect, and says so', () => {
    const { err } = xlb('run', '-n', '-l', '-D', '-P', '-f', join(directory, 'none.conf'), ...instance);
    assert.match(err, /^note: --vrrp has no effect: VRRP and checks are one process\n/);
  });

  it('answers a wrong command line with 2 and no stack', () => {
    assert.deepEqual(xlb('run', '--nonsense'), {
      code: 2,
      out: '',
      err: "error: unknown option '--nonsense'\n(see xlb --help)\n",
    });
    assert.deepEqual(xlb('status', '--instance', '../x'), {
      code: 2,
      out: '',
      err: 'xlb: Cannot use "../x" as an instance\'s name: 1 to 32 of A-Z a-z 0-9 _ - are possible\n',
    });
  });

  it('lists its commands', () => {
    const { code, out } = xlb('--help');
    const commands = [...out.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name);
    assert.deepEqual(
      [code, commands],
      [
        0,
        [
          'run',
          'status',
          'ipvsadm',
          'drain',
          'undrain',
          'weight',
          'check',
          'realserver',
          'demo',
          'cleanup',
          'help',
        ],
      ],
    );
  });
});
