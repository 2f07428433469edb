import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { TableChange } from '../../src/control/table_change.ts';
import type { TableService } from '../../src/control/tables.ts';
import { WebServer } from '../../src/web/server.ts';
import { mainFile } from '../helpers/needs.ts';
import { routesWith, servedWith } from '../helpers/web.ts';

const directory = mkdtempSync(join(tmpdir(), 'xlb-ipvsadm-'));
after(() => rmSync(directory, { recursive: true }));

const nothing = { connections: 0, packets: 0, bytes: 0 };
const web: TableService = {
  protocol: 'TCP',
  address: '192.0.2.1',
  port: 80,
  scheduler: 'sh',
  schedulerFlags: 2,
  persistence: { seconds: 50, netmask: '255.255.255.0' },
  onePacket: false,
  members: [{ protocol: 'TCP', address: '192.0.2.2', port: 8080 }],
  counters: nothing,
  rates: nothing,
  destinations: [
    {
      address: '192.0.2.11',
      weight: 5,
      upperThreshold: 9,
      lowerThreshold: 0,
      active: 1,
      inactive: 2,
      persistent: 3,
      counters: nothing,
      rates: nothing,
    },
  ],
};

/** A daemon that notes what it is asked to change and refuses nothing but a second -A. */
const changes: TableChange[] = [];
const served = servedWith({
  tables: () => Promise.resolve({ timeouts: { tcp: 900, tcpFin: 120, udp: 300 }, services: [web] }),
  changeTables: (wanted) => {
    changes.push(...wanted);
    const results = wanted.map(({ change }) => (change === 'add_service' ? 'Service already exists' : null));
    return Promise.resolve({ results, problems: [] });
  },
  async *connections() {
    for (let piece = 0; piece < 1_000; piece++) {
      const line = `TCP\t899\tESTABLISHED\t10.1.0.${piece % 256}\t1024\t192.0.2.1\t80\t192.0.2.11\t80\t1\n`;
      yield new TextEncoder().encode(line.repeat(1_000));
    }
  },
});

let server: WebServer;
before(async () => {
  server = await WebServer.listen({ path: join(directory, 'xlb.sock') }, { routes: routesWith({ served }) });
});
after(() => server.close());

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** `program`: what it is called as; a name other than xlb is made a link. */
function run(words: readonly string[], { program = '', input = '' } = {}): Promise<Ended> {
  const link = join(directory, program);
  if (program !== '') symlinkSync(mainFile, link);
  const argv = program === '' ? [mainFile, 'ipvsadm', ...words] : [link, ...words];
  const child = spawn(process.execPath, argv, { env: { ...process.env, XLB_RUN_DIR: directory } });
  let [out, err] = ['', ''];
  child.stdout.on('data', (part) => {
    out += String(part);
  });
  child.stderr.on('data', (part) => {
    err += String(part);
  });
  child.stdin.end(input);
  return new Promise((resolve) => {
    child.on('close', (code) => {
      if (program !== '') rmSync(link);
      resolve({ code, out, err });
    });
  });
}

describe('xlb ipvsadm', () => {
  it('lists a group as one service a member', async () => {
    const out = [
      'IP Virtual Server version 1.2.1 (size=4096)',
      'Prot LocalAddress:Port Scheduler Flags',
      '  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn',
      'TCP  192.0.2.1:80 sh (sh-port) persistent 50 mask 255.255.255.0',
      '  -> 192.0.2.11:80                Route   5      1          2         ',
      'TCP  192.0.2.2:8080 sh (sh-port) persistent 50 mask 255.255.255.0',
      '  -> 192.0.2.11:8080              Route   5      1          2         ',
      '',
    ].join('\n');
    assert.deepEqual(await run(['-Ln']), { code: 0, out, err: '' });
    assert.deepEqual(await run(['-Ln'], { program: 'ipvsadm' }), { code: 0, out, err: '' });
  });

  it('keeps its options from the other commands', async () => {
    assert.match((await run(['-h'])).out, /^ipvsadm v1\.31 /);
    assert.match((await run(['--version'])).out, /^ipvsadm v1\.31 /);
    assert.deepEqual(await run(['-X']), {
      code: 255,
      out: '',
      err: "Try `ipvsadm -h' or 'ipvsadm --help' for more information.\n",
    });
    assert.deepEqual(await run(['-Ln', '-u', '192.0.2.1:80']), {
      code: 1,
      out: '',
      err: 'No such service\n',
    });
    assert.deepEqual(await run(['-L', '--timeout']), {
      code: 0,
      out: 'Timeout (tcp tcpfin udp): 900 120 300\n',
      err: '',
    });
  });

  it('takes the instance before its own options', async () => {
    const { code, err } = await run(['--run-dir', join(directory, 'none'), '--instance=other', '-Ln']);
    assert.deepEqual([code, err], [1, 'xlb: no daemon runs instance "other": start one with xlb run\n']);
  });

  it('makes a change and says what was in the way', async () => {
    changes.length = 0;
    assert.deepEqual(await run(['-A', '-t', '192.0.2.1:80']), {
      code: 255,
      out: '',
      err: 'Service already exists\n',
    });
    assert.deepEqual(await run(['-d', '-t', '192.0.2.1:80', '-r', '192.0.2.11']), {
      code: 0,
      out: '',
      err: '',
    });
    assert.deepEqual(
      changes.map(({ change }) => change),
      ['add_service', 'delete_destination'],
    );
  });

  it('restores line by line: a refused line stops nothing, a wrong one everything after it', async () => {
    changes.length = 0;
    const input =
      '-A -t 192.0.2.1:80\n\n-a -t 192.0.2.1:80 -r 192.0.2.12\n-a -t 192.0.2.1:80 -r 192.0.2.13 -w x\n-C\n';
    assert.deepEqual(await run(['-R'], { input }), {
      code: 2,
      out: '',
      err: 'Service already exists\nillegal weight specified\n',
    });
    assert.deepEqual(
      changes.map(({ change }) => change),
      ['add_service', 'add_destination'],
    );
  });

  it('is ipvsadm-save and ipvsadm-restore under these names', async () => {
    const saved = [
      '-A -t 192.0.2.1:80 -s sh -p 50 -M 255.255.255.0 -b sh-port',
      '-a -t 192.0.2.1:80 -r 192.0.2.11:80 -g -w 5',
      '-A -t 192.0.2.2:8080 -s sh -p 50 -M 255.255.255.0 -b sh-port',
      '-a -t 192.0.2.2:8080 -r 192.0.2.11:8080 -g -w 5',
      '',
    ].join('\n');
    assert.deepEqual(await run(['-n'], { program: 'ipvsadm-save' }), { code: 0, out: saved, err: '' });
    assert.equal((await run(['-x'], { program: 'ipvsadm-save' })).code, 1);
    changes.length = 0;
    await run([], { program: 'ipvsadm-restore', input: '# saved\n-a -t 192.0.2.1:80 -r 192.0.2.12\n' });
    assert.deepEqual(
      changes.map(({ change }) => change),
      ['clear', 'add_destination'],
    );
  });

  it('prints connections while they come, and ends quietly when nobody reads on', async () => {
    const child = spawn(
      'sh',
      ['-c', `"$0" "$@" | head -4; echo "left: $?"`, process.execPath, mainFile, 'ipvsadm', '-Lnc'],
      {
        env: { ...process.env, XLB_RUN_DIR: directory },
      },
    );
    let [out, err] = ['', ''];
    child.stdout.on('data', (part) => {
      out += String(part);
    });
    child.stderr.on('data', (part) => {
      err += String(part);
    });
    await new Promise((resolve) => child.on('close', resolve));
    const row = 'TCP 14:59  ESTABLISHED 10.1.0.0:1024      192.0.2.1:80       192.0.2.11:80';
    assert.deepEqual(
      [out.split('\n'), err],
      [
        [
          'IPVS connection entries',
          'pro expire state       source             virtual            destination',
          row,
          row,
          'left: 0',
          '',
        ],
        '',
      ],
    );
  });
});
