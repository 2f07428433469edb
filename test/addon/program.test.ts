import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, unlinkSync } from 'node:fs';
import { afterEach, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { addon, type Forwarder } from '../../src/addon/addon.ts';
import { command, needs, tcx } from '../helpers/needs.ts';
import { inOwnNamespace, sh } from '../helpers/netns.ts';
import { pinnedWord, settingsWords } from '../helpers/pinned_word.ts';

const pinDirectory = '/sys/fs/bpf/test';
const own = '02:00:00:09:00:01';
const other = '02:00:00:09:00:02';
const vip = { protocol: 'TCP', address: '10.9.9.9', port: 80 } as const;
const server = { ...vip, scheduler: 'rr', destinations: [{ address: '10.9.0.7', weight: 1 }] } as const;

let forwarder: Forwarder | undefined;

/** As a process that starts: the one before is gone, its pins are there. */
function start(flowSlots = 1024): Forwarder {
  forwarder?.close();
  forwarder = new (addon().Forwarder)({ pinDirectory, limits: { flowSlots } });
  return forwarder;
}

function indexOf(name: string): number {
  const netlink = new (addon().Netlink)();
  const link = netlink.links().find((candidate) => candidate.name === name);
  netlink.close();
  return link?.index ?? assert.fail(`there is no ${name}`);
}

/** What a start takes over: the addresses of virtual servers stand for all tables. */
function found(started: Forwarder) {
  const { adopted, discarded } = started;
  return { adopted, discarded, servers: started.virtualServers().map(({ address }) => address) };
}

/** Programs at tc ingress that the process holds there, by their ids. */
function atTc(pid: number | 'self' = 'self'): number[] {
  const folder = `/proc/${pid}/fdinfo`;
  return readdirSync(folder).flatMap((fd) => {
    try {
      const text = readFileSync(`${folder}/${fd}`, 'utf8');
      return /^link_type:\ttcx$/m.test(text) ? Number(/^prog_id:\t(\d+)$/m.exec(text)?.[1]) : [];
    } catch {
      return []; // closed meanwhile
    }
  });
}

const nothing = { adopted: false, discarded: undefined, servers: [] };

if (await inOwnNamespace(import.meta.url)) {
  before(() => {
    sh(`mount -t bpf none /sys/fs/bpf
        ip link add v0 address ${own} type veth peer name p0 address ${other}
        ip link add b0 type bridge
        ip link set v0 up; ip link set p0 up`);
  });

  afterEach(() => {
    forwarder?.close();
    forwarder = undefined;
    addon().removePins(pinDirectory);
  });

  describe('the pinned tables', () => {
    it('are those of the process before, with all that is in them', () => {
      assert.deepEqual(found(start()), nothing);
      start().setVirtualServer(server);
      assert.deepEqual(found(start()), { adopted: true, discarded: undefined, servers: [vip.address] });
    });

    it('are begun anew where another size is asked for', () => {
      start().setVirtualServer(server);
      const discarded = 'the flow table has 1024 slots, 2048 are asked for';
      assert.deepEqual(found(start(2048)), { ...nothing, discarded });
    });

    it('are begun anew where a start was broken off', () => {
      start().setVirtualServer(server);
      unlinkSync(`${pinDirectory}/program`);
      const discarded = `an earlier start did not finish: ${pinDirectory}/program is not there`;
      assert.deepEqual(found(start()), { ...nothing, discarded });
    });

    it('are begun anew where one of them is missing', () => {
      start().setVirtualServer(server);
      unlinkSync(`${pinDirectory}/templates`);
      const discarded = 'they are of another build: templates is not there';
      assert.deepEqual(found(start()), { ...nothing, discarded });
    });

    const skip = needs(command('python3'));
    it('are begun anew where their layout is not ours', { skip }, () => {
      start().setVirtualServer(server);
      const [program, ...words] = pinnedWord(
        `${pinDirectory}/fixed_tables`,
        settingsWords.layout_revision,
        99,
      );
      execFileSync(program ?? '', words);
      const { adopted, discarded } = found(start());
      assert.deepEqual(
        [adopted, discarded?.replace(/have \d+$/, 'have N')],
        [false, "its tables have layout 99, this build's have N"],
      );
    });

    it('go with everything else that is pinned', () => {
      start().attach(indexOf('v0'), 'native');
      const pinned = readdirSync(pinDirectory).sort();
      assert.deepEqual(addon().removePins(pinDirectory), [
        ...pinned.map((name) => `${pinDirectory}/${name}`),
        pinDirectory,
      ]);
      assert.deepEqual(addon().removePins(pinDirectory), []);
      assert.doesNotMatch(sh('ip link show v0'), /xdp/);
    });

    it('need a BPF file system', () => {
      assert.throws(
        () => new (addon().Forwarder)({ pinDirectory: '/tmp/xlb', limits: { flowSlots: 1024 } }),
        {
          message:
            'pin the packet path in /tmp/xlb: it is not on a BPF file system; mount one: mount -t bpf bpf /sys/fs/bpf',
          code: 'XLB_INCOMPATIBLE',
        },
      );
      assert.equal(existsSync('/tmp/xlb'), false);
    });
  });

  describe('the program', () => {
    it('stays on an interface when its process ends, and is adopted there', () => {
      const index = indexOf('v0');
      assert.deepEqual(start().attach(index, 'auto'), { index, mode: 'native', adopted: false });
      forwarder?.close();
      assert.match(sh('ip link show v0'), /xdp/);
      assert.deepEqual(start().attachments(), [{ index, mode: 'native', adopted: true }]);
      assert.deepEqual(start().attach(index, 'auto'), { index, mode: 'native', adopted: true });
      assert.deepEqual([forwarder?.detach(index), forwarder?.detach(index)], [true, false]);
      assert.doesNotMatch(sh('ip link show v0'), /xdp/);
    });

    it('is generic where the driver cannot, and says what the driver said', () => {
      const index = indexOf('b0');
      const reason =
        'attach native XDP to b0: Operation not supported (Underlying driver does not support XDP in native mode)';
      assert.deepEqual(start().attach(index, 'auto'), { index, mode: 'generic', adopted: false, reason });
      assert.throws(() => start().attach(index, 'native'), { message: reason });
    });

    it('keeps its mode where any will do, and changes it where another is asked for, or the best anew', () => {
      const index = indexOf('v0');
      const attached = { index, mode: 'native', adopted: false };
      const generic = { ...attached, mode: 'generic' };
      const modes = ['generic', 'auto', 'anew', 'anew', 'generic', 'native', 'auto'] as const;
      const started = start();
      assert.deepEqual(
        modes.map((mode) => {
          const { gapMs = 0, lost, ...attachment } = started.attach(index, mode);
          assert.equal(lost === undefined, gapMs === 0 || tcx() === false, lost);
          return [attachment, gapMs > 0];
        }),
        [
          [generic, false],
          [generic, false],
          [attached, true],
          [attached, false],
          [generic, true],
          [attached, true],
          [attached, false],
        ],
      );
      assert.deepEqual(atTc(), []);
    });

    const killed = { skip: needs(tcx, command('bpftool')) };
    it('leaves nothing at tc where its process is killed while its mode changes', killed, async () => {
      const file = fileURLToPath(new URL('./change_modes.js', import.meta.url));
      const argv = [file, pinDirectory, String(indexOf('v0'))];
      const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
      const { pid = assert.fail() } = child;
      const ended = once(child, 'exit');
      await once(child.stdout, 'data');
      let programs: number[] = [];
      while (child.exitCode === null && programs.length === 0) programs = atTc(pid);
      child.kill('SIGKILL');
      await ended;
      const there = () => spawnSync('bpftool', ['prog', 'show', 'id', String(programs[0])]).status === 0;
      for (let tries = 0; there() && tries < 100; tries++) await setTimeout(20);
      assert.deepEqual([programs.length, there()], [1, false]);
      assert.equal(start().attach(indexOf('v0'), 'auto').index, indexOf('v0'));
    });

    it('stays as it was where the other mode cannot be had', () => {
      const index = indexOf('b0');
      const started = start();
      started.attach(index, 'generic');
      assert.throws(() => started.attach(index, 'native'), { message: /^attach native XDP to b0: / });
      assert.deepEqual(started.attachments(), [{ index, mode: 'generic', adopted: false }]);
      assert.deepEqual(atTc(), []);
    });

    it('does not take the place of another one', () => {
      addon().attachPass(indexOf('v0'));
      const who = 'attach native XDP to v0: Device or resource busy \\(the XDP program "xlb_pass"';
      const cure = '`ip link set dev v0 xdp off`';
      assert.throws(() => start().attach(indexOf('v0'), 'auto'), {
        message: new RegExp(`^${who} .* ${cure}`),
      });
      sh('ip link set dev v0 xdp off');
    });

    it('forgets an interface that is gone, also when one of its name comes back', () => {
      sh('ip link add gone0 type veth peer name gone1');
      start().attach(indexOf('gone0'), 'native');
      sh('ip link del gone0; ip link add gone0 type veth peer name gone1');
      assert.deepEqual(start().attachments(), []);
      const index = indexOf('gone0');
      assert.deepEqual(start().attach(index, 'native'), { index, mode: 'native', adopted: false });
      sh('ip link del gone0');
      assert.throws(() => start().attach(index, 'native'), { message: /No such device/ });
    });

    it('keeps its clock with the monotonic one', { skip: needs(command('python3')) }, async () => {
      const word = (value?: number) => {
        const [program, ...words] = pinnedWord(
          `${pinDirectory}/fixed_tables`,
          settingsWords.clock_offset_high,
          value,
        );
        return Number(execFileSync(program ?? '', words));
      };
      start().startSweeper();
      const right = word();
      word((right - 1) >>> 0); // 4.3 s behind
      const until = performance.now() + 10_000;
      while (word() !== right && performance.now() < until) await setTimeout(100);
      assert.equal(word(), right);
    });

    it('is replaced under traffic, and every packet is forwarded', { timeout: 300_000 }, async () => {
      const [director, sender] = [indexOf('v0'), indexOf('p0')];
      start().attach(director, 'native');
      forwarder?.setVirtualServer(server);
      const nexthop = { kind: 'link', index: director, mac: other, source: own } as const;
      forwarder?.setNexthop('10.9.0.7', nexthop);
      addon().attachPass(sender);
      const file = fileURLToPath(new URL('./send_frames.js', import.meta.url));
      const child = spawn(process.execPath, [file, pinDirectory, String(sender), other, own], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const ended = once(child, 'exit');
      await once(child.stdout, 'data');
      let replaced = 0;
      for (; child.exitCode === null && replaced < 3; replaced++) {
        assert.deepEqual(found(start()).adopted, true);
        await new Promise((resolve) => setImmediate(resolve));
      }
      assert.deepEqual(await ended, [0, null]);
      const forwarded = start()
        .verdicts()
        .find(({ name }) => name === 'FORWARDED');
      // A veth drops what its receiver is too slow for, before any program sees it.
      const [{ stats64 }] = JSON.parse(sh('ip -j -s link show p0'));
      const seen = 64 * 20_000 - stats64.tx.dropped;
      assert.deepEqual([forwarded?.packets, seen > 0, replaced > 0], [seen, true, true]);
    });
  });
}
