import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fetchStatus } from '../../src/control/client.ts';
import { until, within } from '../../src/demo/pause.ts';
import { withDatapath } from '../helpers/datapaths.ts';
import { mainFile, noTraces, tracesOf } from '../helpers/director.ts';
import { keepalivedConf } from '../helpers/keepalived_conf.ts';
import { createLab, type Lab } from '../helpers/lab.ts';
import { system } from '../helpers/needs.ts';

const vip = '10.77.0.100';
const configuration = keepalivedConf({
  vips: [vip],
  servers: [{ at: `${vip} 80`, pool: [{ address: '10.77.0.11', check: 0 }] }],
});

describe('xlb run in another network namespace', { skip: system(), timeout: 300_000 }, () => {
  let lab: Lab;

  before(async () => {
    lab = await createLab({ name: 'ns', realServers: 0 });
  });
  after(() => lab?.close());

  /** Started where the tests run; with -p and -r, as a unit of keepalived has them. */
  async function runs(text: string, words: readonly string[]): Promise<void> {
    const file = join(lab.directory, 'test.conf');
    const pidFiles = ['-p', '-r'].flatMap((flag) => [flag, join(lab.directory, `pid${flag}`)]);
    writeFileSync(file, text);
    const place = ['--instance', lab.instance, '--run-dir', lab.directory];
    const argv = [mainFile, 'run', '-f', file, ...place, ...pidFiles, ...words];
    const daemon: ChildProcess = spawn(process.execPath, argv, { stdio: ['ignore', 'ignore', 'pipe'] });
    let log = '';
    daemon.stderr?.setEncoding('utf8').on('data', (more: string) => {
      log += more;
    });
    try {
      const status = await until('it to run', { everyMs: 50, atMostMs: 30_000 }, () =>
        fetchStatus(join(lab.directory, 'xlb.sock')).catch(() => undefined),
      );
      const pids = ['pid-p', 'pid-r'].map((name) => Number(readFileSync(join(lab.directory, name), 'utf8')));
      assert.deepEqual([status.pid, pids], [daemon.pid, [daemon.pid, daemon.pid]]);
      const sockets = text.includes('af_xdp') ? [1] : [undefined];
      assert.deepEqual(
        status.interfaces.map((one) => one.af_xdp?.queues),
        sockets,
      );
      assert.notEqual(readlinkSync(`/proc/${daemon.pid}/ns/net`), readlinkSync('/proc/self/ns/net'));
      await until(`${vip}`, { everyMs: 50, atMostMs: 30_000 }, async () =>
        (await tracesOf(lab)).addresses.includes(vip) ? true : undefined,
      );
      const ended = once(daemon, 'close');
      daemon.kill('SIGTERM');
      await within('it to end', 30_000, ended);
      assert.match(log, / notice forwarding: .* notice Stopped\n$/s, 'its log goes where it went');
      assert.deepEqual(await tracesOf(lab), noTraces);
    } catch (error) {
      daemon.kill('SIGKILL');
      throw new Error(`${String(error)}\n${log}`);
    }
  }

  it('keeps its process id with -s NAME', () => runs(configuration, ['-s', lab.director.namespace]));

  it('goes where net_namespace says, with AF_XDP', () =>
    runs(`net_namespace ${lab.director.namespace}\n${withDatapath(configuration, 'af_xdp')}`, []));

  it('says that there is none of the name', () => {
    const child = spawn(process.execPath, [mainFile, 'run', '-s', 'xlb-none', '-f', '/dev/null']);
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    return once(child, 'close').then(([code]) =>
      assert.deepEqual(
        [code, said.split('\n')[0]],
        [
          1,
          'xlb: Cannot enter network namespace "xlb-none": ENOENT: no such file or directory, stat ' +
            "'/run/netns/xlb-none'",
        ],
      ),
    );
  });
});
