import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Director, mainFile, noTraces, tracesOf } from '../helpers/director.ts';
import { keepalivedConf } from '../helpers/keepalived_conf.ts';
import { createLab, type Lab } from '../helpers/lab.ts';
import { system } from '../helpers/needs.ts';

const vip = '10.77.0.100';
const good = keepalivedConf({
  vips: [vip],
  servers: [{ at: `${vip} 80`, pool: [{ address: '10.77.0.11' }] }],
});

describe('xlb run', { skip: system('setpriv', 'unshare', 'timeout'), timeout: 300_000 }, () => {
  let lab: Lab;
  let file: string;

  before(async () => {
    lab = await createLab({ name: 'bad', realServers: 0 });
    file = join(lab.directory, 'bad.conf');
  });
  after(() => lab?.close());

  /** Ends by itself where it should have refused and runs. */
  const argv = (...words: string[]) => [
    'timeout',
    '--signal=KILL',
    '20',
    process.execPath,
    mainFile,
    ...words,
    '--instance',
    lab.instance,
    '--run-dir',
    lab.directory,
  ];

  /** How it ends in the director's namespace, and that it has left the host as it was. */
  async function ends(configuration: string, { around = [] as readonly string[] } = {}) {
    writeFileSync(file, configuration);
    const ended = await lab.run(lab.director, [...around, ...argv('run', '-f', file)], { mayFail: true });
    assert.deepEqual(await tracesOf(lab), noTraces);
    assert.doesNotMatch(ended.stderr, /^ {4}at /m, 'no stack trace');
    return { ended: ended.code, stdout: ended.stdout, stderr: ended.stderr.replaceAll(file, 'bad.conf') };
  }

  /** The diagnostic's lines: where and what, the line itself, the caret below it, the cure. */
  function shown(text: string, where: RegExp): string[] {
    const lines = text.split('\n');
    const at = lines.findIndex((line) => where.test(line));
    return at < 0 ? [`none matches ${where}: ${text}`] : lines.slice(at, at + 4);
  }

  it('refuses an interface that the host does not have, and names those it has', async () => {
    const { ended, stderr } = await ends(good.replace('interface eth0', 'interface eth7'));
    assert.notEqual(ended, 0);
    assert.deepEqual(shown(stderr, /error/), [
      'bad.conf:6:15: error: Cannot use interface "eth7": this host has none of that name [NO_SUCH_INTERFACE]',
      '6 |     interface eth7',
      '  |               ^^^^',
      'help: did you mean "eth0"?',
    ]);
  });

  it('refuses an address that is none', async () => {
    const { ended, stderr } = await ends(good.replace('real_server 10.77.0.11', 'real_server 10.77.0.311'));
    assert.notEqual(ended, 0);
    assert.match(stderr, /^bad\.conf:24:17: error: Cannot use address "10\.77\.0\.311"/m);
    assert.match(stderr, /^ {3}\| {17}\^{11}$/m);
  });

  it('tells every mistake of a file at once', async () => {
    const broken = good.replace('lb_algo rr', 'lb_algo rrr').replace('lb_kind DR', 'lb_kind NAT');
    const { ended, stderr } = await ends(broken);
    const places = [...stderr.matchAll(/^bad\.conf:(\d+:\d+): error/gm)].map(([, place]) => place);
    assert.deepEqual([ended === 0, places], [false, ['21:13', '22:13']]);
  });

  it('says that the file is missing', async () => {
    const ended = await lab.run(lab.director, argv('run', '-f', '/nowhere/keepalived.conf'), {
      mayFail: true,
    });
    assert.notEqual(ended.code, 0);
    assert.match(ended.stderr, /\/nowhere\/keepalived\.conf.*no such file/i);
    assert.deepEqual(await tracesOf(lab), noTraces);
  });

  it('needs root, and says so in one sentence; so do cleanup and realserver', async () => {
    chmodSync(lab.directory, 0o755);
    const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
    const run = await ends(good, { around: nobody });
    const director = await Director.start(lab, good);
    await director.end('SIGKILL');
    const cleanup = await lab.run(lab.director, [...nobody, ...argv('cleanup')], { mayFail: true });
    const up = [...nobody, process.execPath, mainFile, 'realserver', 'up', vip, '--run-dir', lab.directory];
    const realserver = await lab.run(lab.director, up, { mayFail: true });
    await director.xlb('cleanup');
    assert.deepEqual(
      [run, cleanup, realserver].map((outcome) => outcome.stderr),
      [
        'xlb: xlb needs root: run it with sudo\n',
        'xlb: xlb needs root: run it with sudo\n',
        'xlb: Cannot change addresses and kernel settings: not root: run it with sudo\n',
      ],
    );
    assert.deepEqual([run.ended, cleanup.code, realserver.code], [1, 1, 1]);
  });

  it('needs the BPF file system, and says how to mount it', async () => {
    const without = ['unshare', '--mount', 'sh', '-ec', 'umount /sys/fs/bpf; exec "$@"', 'sh'];
    const { ended, stderr } = await ends(good, { around: without });
    assert.equal(ended, 1);
    assert.match(stderr, /^xlb: .*BPF file system on \/sys\/fs\/bpf: mount -t bpf bpf \/sys\/fs\/bpf$/m);
  });

  it('refuses to be the second of an instance, and names the first, which goes on', async () => {
    const first = await Director.start(lab, good);
    const { pid } = await first.status();
    const before = await tracesOf(lab);
    const second = await first.xlb('run', '-f', first.configFile);
    assert.deepEqual(second, {
      code: 1,
      stdout: '',
      stderr:
        `xlb: Cannot run instance "${lab.instance}" in ${lab.directory}: process ${pid} runs it already\n` +
        `help: stop that one first: kill ${pid}; or give this one --instance NAME and --run-dir DIR of its own\n`,
    });
    const other = [...argv('run', '-f', first.configFile), '--instance', `${lab.instance}-two`];
    const third = await lab.run(lab.director, other, { mayFail: true });
    assert.equal(
      third.stderr,
      `xlb: Cannot run instance "${lab.instance}-two" in ${lab.directory}: process ${pid} runs instance ` +
        `"${lab.instance}" there\nhelp: stop that one first: kill ${pid}; or give this one --run-dir DIR of its own\n`,
    );
    // The tables have the instance's name, whatever the run directory.
    const elsewhere = join(lab.directory, 'elsewhere');
    const fourth = await lab.run(
      lab.director,
      [...argv('run', '-f', first.configFile), '--run-dir', elsewhere],
      { mayFail: true },
    );
    assert.equal(
      fourth.stderr,
      `xlb: Cannot run instance "${lab.instance}" in ${elsewhere}: process ${pid} runs it already, with another run ` +
        `directory\nhelp: stop that one first: kill ${pid}; or give this one --instance NAME of its own\n`,
    );
    const asked = await lab.run(
      lab.director,
      [process.execPath, mainFile, 'status', '--instance', lab.instance, '--run-dir', elsewhere],
      { mayFail: true },
    );
    assert.equal(
      asked.stderr,
      `xlb: no daemon runs instance "${lab.instance}" in ${elsewhere}: process ${pid} runs it, with another run ` +
        `directory\nhelp: name that with --run-dir; ps -fp ${pid} shows it\n`,
    );
    assert.deepEqual([(await first.status()).pid, await tracesOf(lab)], [pid, before]);
    await first.end('SIGTERM');
    assert.deepEqual(await tracesOf(lab), noTraces);
  });

  it('with -t says whether a file can run and touches nothing', async () => {
    writeFileSync(file, good);
    const can = await lab.run(lab.director, argv('run', '-t', '-f', file), { mayFail: true });
    writeFileSync(file, good.replace('lb_algo rr', 'lb_algo nonsense'));
    const cannot = await lab.run(lab.director, argv('run', '-t', '-f', file), { mayFail: true });
    assert.deepEqual([can.code, cannot.code === 0, await tracesOf(lab)], [0, false, noTraces]);
    assert.match(cannot.stdout, /bad\.conf:21:13: error/);
  });
});

describe('xlb status', { skip: system(), timeout: 300_000 }, () => {
  let lab: Lab;
  before(async () => {
    lab = await createLab({ name: 'bad', realServers: 0 });
  });
  after(() => lab?.close());

  it('says in one sentence that no daemon runs', async () => {
    const director = new Director(lab, good);
    for (const options of [[], ['--json']])
      assert.deepEqual(await director.xlb('status', ...options), {
        code: 1,
        stdout: '',
        stderr: `xlb: no daemon runs instance "${lab.instance}": start one with xlb run\n`,
      });
  });
});
