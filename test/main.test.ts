import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

  const configuration = (name: string, text: string): string => {
    const file = join(directory, name);
    writeFileSync(file, text);
    return file;
  };
  const router =
    'vrrp_instance V {\n interface none0\n virtual_router_id 1\n virtual_ipaddress {\n 10.9.9.9\n }\n}\n';

  const server =
    'virtual_server 10.9.9.9 80 {\n lb_algo rr\n lb_kind DR\n protocol TCP\n real_server 10.9.9.1 80 {\n }\n}\n';

  it('tests a configuration with keepalived’s -t as with check, to the output or a file', () => {
    const file = configuration('small.conf', server);
    const { out } = xlb('check', file);
    assert.deepEqual(xlb('run', '-t', '-f', file), { code: 0, out, err: '' });
    const named = join(directory, 'out');
    assert.deepEqual(xlb('run', `--config-test=${named}`, '-f', file), { code: 0, out: '', err: '' });
    assert.equal(readFileSync(named, 'utf8').replaceAll(directory, 'DIR'), out);
  });

  it('ends -t with the exit codes of keepalived, on this host, check with 0 or 2', () => {
    const notified = server.replace('80 {\n }', '80 {\n notify_up /bin/true\n }');
    const files = {
      fine: server,
      warned: `${server}nonsense\n`,
      insecure: notified,
      secure: `global_defs {\n enable_script_security\n}\n${notified}`,
      absent: router,
      broken: `${server}}\n`,
      empty: '',
    };
    const codes = Object.entries(files).map(([name, text]) => {
      const file = configuration(name, text);
      return [name, xlb('run', '-t', '-f', file).code, xlb('check', file).code];
    });
    assert.deepEqual(codes, [
      ['fine', 0, 0],
      ['warned', 4, 0],
      ['insecure', 5, 0],
      ['secure', 0, 0],
      ['absent', 3, 0],
      ['broken', 3, 2],
      ['empty', 3, 2],
    ]);
  });

  it('prints for machines what it has found', () => {
    const file = configuration('json.conf', `${router}viritual_server\n`);
    const { code, out, err } = xlb('check', '--json', file);
    assert.deepEqual([code, err], [0, '']);
    assert.deepEqual(JSON.parse(out), {
      file: 'DIR/json.conf',
      canRun: true,
      diagnostics: [
        {
          severity: 'warning',
          code: 'UNKNOWN_KEYWORD',
          file: 'DIR/json.conf',
          line: 8,
          column: 1,
          length: 15,
          message: 'Cannot use keyword "viritual_server" at the top of the file: the line is ignored',
          help: 'did you mean "virtual_server"?',
          text: 'viritual_server',
        },
      ],
    });
  });

  it('reads @id lines for the machine that -i names', () => {
    const file = configuration('id.conf', `@one ${server.replaceAll('\n', '\n@one ')}`);
    assert.deepEqual(
      [
        xlb('check', '-i', 'one', file).code,
        xlb('check', '-i', 'two', file).code,
        xlb('run', '-t', '-i', 'one', '-f', file).code,
      ],
      [0, 2, 0],
    );
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
          'reload',
          'status',
          'top',
          'ipvsadm',
          'drain',
          'undrain',
          'weight',
          'datapath',
          'trace',
          'capture',
          'check',
          'realserver',
          'demo',
          'bench',
          'doctor',
          'cleanup',
          'completion',
          'manual',
          'help',
        ],
      ],
    );
  });
});
