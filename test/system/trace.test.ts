import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { instancePaths } from '../../src/daemon/paths.ts';
import { until, within } from '../../src/demo/pause.ts';
import { Director } from '../helpers/director.ts';
import { keepalivedConf } from '../helpers/keepalived_conf.ts';
import { createLab, type Lab } from '../helpers/lab.ts';
import { system } from '../helpers/needs.ts';
import { startAllNginx } from '../helpers/peers.ts';
import { pinnedWord, settingsWords } from '../helpers/pinned_word.ts';
import { senders, Traffic } from '../helpers/traffic.ts';

const vip = '10.77.0.100';
/** XLB_OPTION_TRACE of bpf/shared/options.h. */
const TRACE = 0x1000;

/** A viewer, and what it has printed. */
class Viewer {
  readonly child: ChildProcess;
  readonly ended: Promise<unknown>;
  out = '';
  said = '';

  constructor(lab: Lab, argv: readonly string[]) {
    this.child = lab.spawn(lab.director, argv);
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.out += text;
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.said += text;
    });
    this.ended = once(this.child, 'close');
  }

  async begun(): Promise<this> {
    await until(
      'the viewer',
      { everyMs: 20, atMostMs: 30_000 },
      async () => this.said.includes('Ctrl-C') || undefined,
    );
    return this;
  }

  /** So many lines at least. */
  async lines(count: number): Promise<string[]> {
    const all = () => this.out.split('\n').slice(0, -1);
    await until(
      `${count} lines`,
      { everyMs: 20, atMostMs: 30_000 },
      async () => all().length >= count || undefined,
    );
    return all();
  }

  /** The exit code. */
  async end(signal?: NodeJS.Signals): Promise<number | null> {
    if (signal !== undefined) this.child.kill(signal);
    await within('the viewer to end', 30_000, this.ended);
    return this.child.exitCode;
  }
}

describe('who watches', { skip: system('nginx', 'curl', 'tcpdump', 'python3'), timeout: 300_000 }, () => {
  let lab: Lab;
  let director: Director;
  let client: Traffic;

  before(async () => {
    lab = await createLab({ name: 'trace', realServers: 2, vips: [vip] });
    await startAllNginx(lab);
    const pool = lab.realServers.map(({ ipv4: address }) => ({ address }));
    const empty = [{ address: lab.realServers[0]?.ipv4 ?? '', weight: 0, check: 80 }];
    const servers = [
      { at: `${vip} 80`, pool },
      { at: `${vip} 8080`, pool: empty },
    ];
    director = await Director.start(lab, keepalivedConf({ vips: [vip], servers }));
    await director.untilResolved();
    client = new Traffic(lab);
  });
  after(() => lab?.close());

  const watch = (command: string, ...rest: readonly string[]): Promise<Viewer> =>
    new Viewer(lab, [process.execPath, ...director.arguments(command), ...rest]).begun();

  const tracing = async (): Promise<boolean> => {
    const pin = join(instancePaths(lab.instance).pinDirectory, 'fixed_tables');
    const { stdout } = await lab.run(lab.director, pinnedWord(pin, settingsWords.options));
    return (Number(stdout) & TRACE) !== 0;
  };
  const untilOff = () =>
    until(
      'the end of tracing',
      { everyMs: 50, atMostMs: 30_000 },
      async () => !(await tracing()) || undefined,
    );

  /** Names of the real servers that the lines name, in their order. */
  const serversIn = (lines: readonly string[]) =>
    lines.map((line) => lab.realServers.find(({ ipv4 }) => line.includes(` to ${ipv4} `))?.name);

  for (const datapath of ['xdp', 'af_xdp'])
    it(`sees a line for each new connection, with the real server that then answers it (${datapath})`, async () => {
      await director.xlb('datapath', 'set', datapath);
      const viewer = await watch('trace', '-c', '8', 'new', 'vip', vip, 'and', 'port', '80');
      const answers = await client.get(vip, 8);
      const lines = await viewer.lines(8);
      assert.deepEqual([serversIn(lines), await viewer.end()], [senders(answers), 0]);
      const pattern =
        /^[\d:.]{15} TCP 10\.77\.0\.1:\d+ > 10\.77\.0\.100:80 S new to 10\.77\.0\.1[12] [0-9a-f:]{17} SYN_RECV$/;
      for (const line of lines) assert.match(line, pattern);
      await untilOff();
      if (datapath === 'af_xdp') await director.xlb('datapath', 'set', 'auto');
    });

  it('is told why a packet went nowhere', async () => {
    const viewer = await watch('trace', '--json', '-c', '1', 'dropped');
    await client.get(vip, 1, { port: 8080 });
    const [line = ''] = await viewer.lines(1);
    const { verdict, action, meaning, vip: to, vip_port: port } = JSON.parse(line);
    assert.deepEqual(
      [verdict, action, meaning, to, port, await viewer.end()],
      ['NO_REAL_SERVER', 'drop', 'every real server is down, or weighs 0', vip, 8080, 0],
    );
  });

  it('ends at Ctrl-C, or is killed, and the packet path looks at no packet for it any more', async () => {
    const endings: unknown[] = [];
    for (const signal of ['SIGINT', 'SIGKILL'] as const) {
      const viewer = await watch('trace');
      endings.push(await tracing(), await viewer.end(signal));
      await untilOff();
    }
    assert.deepEqual(endings, [true, 0, true, null]);
  });

  it('gets packets with their verdicts into a file of its own, that tcpdump reads', async () => {
    const file = join(lab.directory, 'some.pcapng');
    const capture = await watch('capture', file, '-c', '3', 'new', 'port', '80');
    await client.get(vip, 3);
    assert.equal(await capture.end(), 0);
    assert.match(capture.said, /\n3 packets, \d+ bytes\n$/);
    const { stdout } = await lab.run(lab.director, ['tcpdump', '-e', '-n', '-r', file]);
    const macs = lab.realServers.map(({ mac }) => mac).join('|');
    assert.equal(
      stdout.match(new RegExp(`> (${macs}),.* > 10\\.77\\.0\\.100\\.80: Flags \\[S\\]`, 'g'))?.length,
      3,
    );
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const again = await director.xlb('capture', file);
    assert.deepEqual([again.code, again.stderr.includes('--force')], [2, true]);
  });

  it('reads packets from standard output as they come', async () => {
    const script = '"$@" | tcpdump -n -r - 2>/dev/null';
    const argv = [process.execPath, ...director.arguments('capture'), '-', '-c', '2', 'new', 'port', '80'];
    const viewer = await new Viewer(lab, ['sh', '-c', script, 'sh', ...argv]).begun();
    await client.get(vip, 2);
    await viewer.end();
    assert.equal(viewer.out.match(/Flags \[S\]/g)?.length, 2);
  });

  it('has a mistake in a filter marked', async () => {
    const { code, stderr } = await director.xlb('trace', 'vip', '10.77.0', 'port', '80');
    assert.deepEqual(
      [code, stderr],
      [
        2,
        'xlb: Cannot read the filter: Expected an address, got "10.77.0"\n' +
          'help: an address is 10.0.0.1, 10.0.0.0/24 or 2001:db8::/32\n' +
          '  vip 10.77.0 port 80\n' +
          '      ^^^^^^^\n',
      ],
    );
  });

  it('leaves nothing behind even where the daemon is killed: it ends 5 s later', async () => {
    const viewer = await watch('trace', '--json');
    await director.end('SIGKILL');
    assert.deepEqual(
      [await viewer.end(), viewer.said.includes('The daemon has stopped'), await tracing()],
      [0, true, true],
    );
    await until('the end of the lease', { everyMs: 200, atMostMs: 30_000 }, async () => {
      await client.get(vip, 1);
      return !(await tracing()) || undefined;
    });
  });
});
