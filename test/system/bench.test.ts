/** The bench on an interface that exists, and Ctrl-C: nothing is left of it. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readRun } from '../../bench/result.ts';
import { within } from '../../src/demo/pause.ts';
import { createLab, type Lab } from '../helpers/lab.ts';
import { mainFile, system } from '../helpers/needs.ts';

const skip = system('taskset', 'setpriv', 'unshare');
const ended = { code: 130, left: [] };

/** Until it says this on standard error. */
async function says(child: ChildProcess, wanted: string): Promise<void> {
  let said = '';
  const heard = new Promise<void>((resolve, reject) => {
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes(wanted)) resolve();
    });
    child.once('close', () => reject(new Error(`it never says ${wanted}, but: ${said}`)));
  });
  await within(`the bench to say ${wanted}`, 60_000, heard);
}

/** Everything that carries the pid of the process that measures. */
function remains(pid: string): readonly string[] {
  const folders = {
    '/run/netns': `xlb-${pid}-`,
    '/sys/fs/bpf/xlb': `bench-${pid}`,
    [tmpdir()]: `xlb-lab-${pid}-`,
  };
  return Object.entries(folders).flatMap(([folder, start]) =>
    existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith(start)) : [],
  );
}

/** The last of the processes that one another has started. */
function measuring(pid: number | undefined): number | undefined {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  const [first = ''] = children.split(' ');
  if (first === '') return pid;
  return remains(first).length > 0 ? Number(first) : measuring(Number(first));
}

/** Ctrl-C on a terminal goes to all of them, here to the first only. */
async function interrupt(child: ChildProcess): Promise<typeof ended> {
  const pid = String(measuring(child.pid));
  assert.notDeepEqual(remains(pid), []);
  const closed = once(child, 'close');
  child.kill('SIGINT');
  const [code] = await within('the bench to end', 60_000, closed);
  return { code, left: [...remains(pid)] as never[] };
}

describe('the bench, interrupted in its laboratory', { skip }, () => {
  it('leaves no namespace, no pin and no file', async () => {
    const argv = ['--enable-source-maps', mainFile, 'bench', 'start', '--rounds', '50'];
    const child = spawn(process.execPath, argv, { stdio: ['ignore', 'ignore', 'pipe'] });
    await says(child, 'start 2 of 50');
    assert.deepEqual(await interrupt(child), ended);
  });
});

describe('the bench on an interface', { skip }, () => {
  let lab: Lab;
  const argv = (...more: readonly string[]) => {
    const target = ['--interface', 'eth0', '--next-hop', '02:77:00:00:00:0b', '--rounds', '1'];
    return [process.execPath, '--enable-source-maps', mainFile, 'bench', 'datapath', ...target, ...more];
  };
  const hasProgram = async () => {
    const { stdout } = await lab.run(lab.director, ['ip', '-j', 'link', 'show', 'eth0']);
    return (JSON.parse(stdout) as readonly { xdp?: unknown }[]).some(({ xdp }) => xdp !== undefined);
  };

  before(async () => {
    lab = await createLab({ realServers: 0, name: 'benchtest' });
    await lab.run(lab.client, ['ip', 'route', 'add', '198.18.0.0/15', 'via', lab.director.ipv4]);
    const send = `setInterval(() => {
      const socket = require('node:net').connect(80, '198.18.0.1');
      socket.on('error', () => {});
      setTimeout(() => socket.destroy(), 50);
    }, 2)`;
    lab.spawn(lab.client, [process.execPath, '-e', send], { stdout: 'inherit', stderr: 'inherit' });
  });
  after(() => lab.close());

  it('counts what comes and what it forwards in each mode, and takes its program away', async () => {
    const json = join(lab.directory, 'run.json');
    await lab.run(lab.director, argv('--seconds', '0.5', '--json', json));
    const [{ figures, notes = [] } = { figures: [] }] = readRun(json).scenarios;
    const counted = figures
      .filter(({ unit }) => unit === 'packets/s')
      .map(({ name, median }) => [name, median > 20]);
    const expected = ['xdp', 'af_xdp', 'skb'].flatMap((mode) => [
      [`${mode}: received`, true],
      [`${mode}: forwarded`, true],
    ]);
    assert.deepEqual(counted, expected, notes.join('\n'));
    assert.equal(await hasProgram(), false);
  });

  it('takes its program away when it is interrupted', async () => {
    const child = lab.spawn(lab.director, argv('--seconds', '60'), { stdout: 'ignore' });
    await says(child, 'eth0, xdp');
    await within('the program', 30_000, until(hasProgram));
    assert.deepEqual(await interrupt(child), ended);
    assert.equal(await hasProgram(), false);
  });

  it('says which interfaces there are where it is asked for another', async () => {
    const wrong = argv().map((word) => (word === 'eth0' ? 'eth7' : word));
    const { code, stderr } = await lab.run(lab.director, wrong, { mayFail: true });
    assert.equal(code, 1);
    assert.match(stderr, /Cannot measure on eth7: there is no interface of this name, but lo, eth0/);
  });
});

async function until(what: () => Promise<boolean>): Promise<void> {
  while (!(await what())) await new Promise((resolve) => setImmediate(resolve));
}
