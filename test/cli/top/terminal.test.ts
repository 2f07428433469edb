/** `xlb top` on a pseudo-terminal of script(1), with a control socket that answers as the test says. */
import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { instancePaths } from '../../../src/daemon/paths.ts';
import { command, mainFile, needs } from '../../helpers/needs.ts';
import { statusAfter } from './samples.ts';

/** A control socket in a folder of its own, until the test is over. */
async function daemon(context: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'xlb-top-'));
  const orders: unknown[] = [];
  let after = 0;
  const server = createServer((request, response) => {
    if (request.method === 'GET') response.end(JSON.stringify(statusAfter(after++)));
    else
      request.setEncoding('utf8').on('data', (body: string) => {
        orders.push(JSON.parse(body));
        response.end('{"changed":[],"problems":[]}');
      });
  });
  await new Promise<void>((resolve) => server.listen(instancePaths('default', folder).socket, resolve));
  context.after(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });
  return { folder, orders, server };
}

/** Runs it between two readings of the terminal's settings; the last line is its exit code. */
function onTerminal(context: TestContext, folder: string) {
  const before = join(folder, 'before');
  const after = join(folder, 'after');
  const top = `sh -c 'echo PID $$; exec ${process.execPath} ${mainFile} top --run-dir ${folder}'`;
  const script = `stty cols 80 rows 20; stty -g > ${before}; ${top}; echo EXIT $?; stty -g > ${after}`;
  const child: ChildProcessWithoutNullStreams = spawn('script', ['-qec', script, '/dev/null'], {
    env: { ...process.env, TERM: 'xterm', NO_COLOR: '' },
  });
  context.after(() => child.kill('SIGHUP'));
  let text = '';
  let heard: () => void = () => undefined;
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (more: string) => {
    text += more;
    heard();
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  /** After `type` was typed, until `wanted` stands in what came since. */
  async function until(wanted: RegExp, type = ''): Promise<void> {
    const from = text.length;
    child.stdin.write(type);
    const gone = ended.then(() => assert.fail(`it has ended before ${wanted}: ${JSON.stringify(text)}`));
    const found = new Promise<void>((resolve) => {
      heard = () => void (wanted.test(text.slice(from)) && resolve());
    });
    await Promise.race([found, gone]);
  }
  async function end(): Promise<{ exit: string | undefined; restored: boolean; same: boolean }> {
    child.stdin.end();
    await ended;
    return {
      exit: /EXIT (\d+)/.exec(text)?.[1],
      restored:
        text.lastIndexOf('\x1b[?1049l') > text.lastIndexOf('\x1b[?1049h') && text.includes('\x1b[?25h'),
      same: readFileSync(before, 'utf8') === readFileSync(after, 'utf8'),
    };
  }
  const pid = () => Number(/PID (\d+)/.exec(text)?.[1]);
  return { until, end, pid };
}

const well = { restored: true, same: true };

describe('xlb top on a terminal', { skip: needs(command('script')), timeout: 300_000 }, () => {
  it('starts, sorts, drains what was confirmed, and gives the terminal back', async (context) => {
    const { folder, orders } = await daemon(context);
    const { end, until } = onTerminal(context, folder);
    // With rates, by which the order is another.
    await until(/Total: \d/);
    await until(/sorted by packets/, 's');
    await until(/10\.0\.1\.10:80/, 'j\r');
    await until(/Drain 10\.0\.1\.10:80 of tcp:10\.0\.0\.1:80/, 'jd');
    await until(/10\.0\.1\.10:80 is drained/, 'y');
    await until(/EXIT/, 'q');
    assert.deepEqual(
      [await end(), orders],
      [{ exit: '0', ...well }, [{ virtualServer: 'tcp:10.0.0.1:80', realServer: '10.0.1.10:80', weight: 0 }]],
    );
  });

  it('gives the terminal back when it is told to end, and says why it did', async (context) => {
    const { folder } = await daemon(context);
    const { end, pid, until } = onTerminal(context, folder);
    await until(/q quit/);
    process.kill(pid(), 'SIGTERM');
    await until(/EXIT/);
    assert.deepEqual(await end(), { exit: '143', ...well });
  });

  it('says that the daemon is gone, and ends with Ctrl-C', async (context) => {
    const { folder, server } = await daemon(context);
    const { end, until } = onTerminal(context, folder);
    await until(/q quit/);
    server.close();
    await until(/NO ANSWER: the daemon does not run/);
    await until(/EXIT/, '\x03');
    assert.deepEqual(await end(), { exit: '0', ...well });
  });
});

describe('xlb top elsewhere', { timeout: 300_000 }, () => {
  it('prints one plain screen into a pipe, with the rates of a second', async (context) => {
    const { folder } = await daemon(context);
    const child = spawn(process.execPath, [mainFile, 'top', '--run-dir', folder, '--sort', 'file']);
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (more: string) => {
      text += more;
    });
    await new Promise((resolve) => child.once('close', resolve));
    const [, ...lines] = text.split('\n');
    assert.deepEqual(
      [lines[0], lines[3], lines.at(5)?.slice(0, 37), text.includes('\x1b'), lines.length],
      [
        'VRRP: VI_1 MASTER, VI_2 BACKUP of 10.0.0.3',
        'sorted by the order of the configuration',
        ' - TCP 10.0.0.1:80 wlc       2/3 up  ',
        false,
        15,
      ],
    );
  });

  it('says that no daemon runs', () => {
    const nowhere = join(tmpdir(), 'xlb-top-nowhere');
    const { status, stderr } = spawnSync(process.execPath, [mainFile, 'top', '--run-dir', nowhere], {
      encoding: 'utf8',
    });
    assert.deepEqual([status === 0, stderr.split(':')[1]], [false, ' no daemon runs instance "default"']);
  });
});
