import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { addon, type Forwarder } from '../../src/addon/addon.ts';
import { until } from '../../src/demo/pause.ts';
import { inOwnNamespace, sh } from '../helpers/netns.ts';

const pinDirectory = '/sys/fs/bpf/test';
const flows = 1_000;
const perSecond = 100_000;
/** Of the packets, while the path changes: one in a thousand. */
const mayBeLost = 0.001;
/** A pause that ends later says that other processes had the processors: rings overflow then. */
const mostLateMs = 25;
const rounds = { most: 9, steady: 5, good: 3 };
/** Slots of a receive and of a transmit ring. */
const mostInRings = 2 * 2_048;

interface End {
  readonly index: number;
  readonly mac: string;
}

/** Clients are behind v0, the real server is behind v1. */
const macs = {
  v0: '02:00:00:09:00:01',
  p0: '02:00:00:09:00:02',
  v1: '02:00:00:09:01:01',
  p1: '02:00:00:09:01:02',
};

function indexOf(name: string): number {
  const netlink = new (addon().Netlink)();
  const link = netlink.links().find((candidate) => candidate.name === name);
  netlink.close();
  return link?.index ?? assert.fail(`there is no ${name}`);
}

const end = (name: keyof typeof macs): End => ({ index: indexOf(name), mac: macs[name] });

const child = (name: string) => fileURLToPath(new URL(`./${name}.js`, import.meta.url));

/** Python: a frame of that length into v0, from a client port of its own. */
const synOf = (bytes: number) =>
  'import socket,struct,time; s=socket.socket(socket.AF_PACKET,socket.SOCK_RAW); s.bind(("p0",0)); ' +
  `m=lambda t: bytes.fromhex(t.replace(":","")); e=m("${macs.v0}")+m("${macs.p0}")+b"\\x08\\x00"; ` +
  `i=lambda c: struct.pack("!BBHHHBBH4s4s",69,0,${bytes - 14},1,16384,64,6,c,bytes([10,0,0,1]),bytes([10,9,9,9])); ` +
  't=sum(struct.unpack("!10H",i(0))); t=(t&65535)+(t>>16); ' +
  `s.send((e+i(~t&65535)+struct.pack("!HHIIBBHHH",${bytes},80,1,0,80,2,999,0,0)).ljust(${bytes},b"x")); time.sleep(.1)`;

/** Threads of this process that have this name. */
const threadsNamed = (name: string) =>
  readdirSync('/proc/self/task').filter(
    (thread) => readFileSync(`/proc/self/task/${thread}/comm`, 'utf8').trim() === name,
  );

/** How often they have slept. */
const sleepsOf = (name: string) =>
  threadsNamed(name).map((thread) =>
    Number(
      /^voluntary_ctxt_switches:\s*(\d+)$/m.exec(
        readFileSync(`/proc/self/task/${thread}/status`, 'utf8'),
      )?.[1],
    ),
  );

function schedulingOf(name: string): string[] {
  return threadsNamed(name).map((thread) => {
    const [, policy, priority] = /policy: (\S+)\n.*priority: (\d+)/s.exec(sh(`chrt -p ${thread}`)) ?? [];
    return `${policy} ${priority}`;
  });
}

let forwarder: Forwarder | undefined;

/** The program on v0, a real server behind v1, and what counts the frames that come there. */
function start(): { readonly forwarder: Forwarder; readonly arrived: () => number } {
  const made = new (addon().Forwarder)({ pinDirectory, limits: { flowSlots: 8_192 } });
  forwarder = made;
  const counter = new (addon().Generator)(pinDirectory);
  for (const name of ['p0', 'p1'] as const) counter.attach(end(name).index, 'sink');
  made.attach(end('v0').index, 'auto');
  const { index, mac: source } = end('v1');
  made.setNexthop('10.9.0.7', { kind: 'link', index, mac: macs.p1, source });
  const destinations = [{ address: '10.9.0.7', weight: 1 }];
  made.setVirtualServer({ protocol: 'TCP', address: '10.9.9.9', port: 80, scheduler: 'rr', destinations });
  const before = counter.runTime(end('p1').index).packets;
  return { forwarder: made, arrived: () => counter.runTime(end('p1').index).packets - before };
}

/** For a moment poll(2) refuses to wait for more than one descriptor: EINVAL, and no thread can go on. */
async function withoutPoll(): Promise<void> {
  const limit = (most: number) => `prlimit --pid ${process.pid} --nofile=${most}:`;
  const before = Number(sh('ulimit -Sn'));
  const other = spawn('sh', ['-c', `${limit(1)}; sleep 0.2; ${limit(before)}`], { stdio: 'ignore' });
  await once(other, 'close');
}

/** Packets of 1,000 flows while `act` runs; how many they were. */
async function underLoad(act: () => Promise<void>, pace = perSecond): Promise<number> {
  const { index, mac } = end('p0');
  const argv = [child('send_paced'), pinDirectory, String(index), mac, macs.v0, String(pace)];
  const sender = spawn(process.execPath, argv, { stdio: ['pipe', 'pipe', 'inherit'] });
  let told = '';
  sender.stdout.on('data', (text: Buffer) => {
    told += text.toString();
  });
  await once(sender.stdout, 'data');
  await act().finally(() => sender.stdin.write('end\n'));
  await once(sender, 'close');
  return Number(told.split('\n')[1]);
}

const verdicts = () =>
  Object.fromEntries(
    (forwarder?.verdicts() ?? [])
      .filter(({ packets }) => packets > 0)
      .map(({ name, packets }) => [name, packets]),
  );
const connections = () => forwarder?.virtualServers().reduce((sum, one) => sum + one.connections, 0);
const lostFrames = () => {
  const { handedBack: _, held: __, ...lost } = forwarder?.afXdp().counts ?? assert.fail();
  return Object.values(lost).reduce((sum, frames) => sum + frames, 0);
};

if (await inOwnNamespace(import.meta.url)) {
  before(() => {
    const quiet = 'for each in all default; do echo 1 >/proc/sys/net/ipv6/conf/$each/disable_ipv6; done';
    sh(`mount -t bpf none /sys/fs/bpf; ${quiet}`);
  });

  const makeLinks = () =>
    sh(`ip link add v0 address ${macs.v0} type veth peer name p0 address ${macs.p0}
        ip link add v1 address ${macs.v1} type veth peer name p1 address ${macs.p1}
        for each in v0 p0 v1 p1; do ip link set $each up; done`);

  afterEach(() => {
    forwarder?.close();
    forwarder = undefined;
    addon().removePins(pinDirectory);
    sh('ip link del v0 || true; ip link del v1 || true');
  });

  describe('AF_XDP', () => {
    it('sends out of another interface than the frames came by, as fast: by a socket of its own', async () => {
      makeLinks();
      const { forwarder: path, arrived } = start();
      path.useAfXdp();
      // So many that a ring has room for what comes while another process has the processor.
      const sent = await underLoad(() => pause(500), perSecond / 10);
      await until(
        'all of them',
        { everyMs: 20, atMostMs: 10_000 },
        async () => arrived() >= sent || undefined,
      );
      assert.deepEqual(
        [arrived(), verdicts(), connections(), lostFrames()],
        [sent, { FORWARDED: sent }, flows, 0],
      );
    });

    it('and the kernel change places under 100,000 packets a second: no flow is lost, nearly no packet', async (t) => {
      makeLinks();
      const { forwarder: path, arrived } = start();
      const parts: number[] = [];
      const good = () => parts.filter((part) => part <= mayBeLost).length;
      let lateMs = 0;
      const timedPause = async () => {
        const begunMs = performance.now();
        await pause(150);
        lateMs = Math.max(lateMs, performance.now() - begunMs - 150);
      };
      const change = async () => {
        for (let turn = 0; turn < 6; turn++) {
          path.useAfXdp();
          await timedPause();
          path.leaveAfXdp();
          await timedPause();
        }
      };
      for (
        let round = 0;
        round < rounds.most && parts.length < rounds.steady && good() < rounds.good;
        round++
      ) {
        lateMs = 0;
        const before = arrived();
        const sent = await underLoad(change);
        await pause(100);
        const part = 1 - (arrived() - before) / sent;
        t.diagnostic(`${(part * 100).toFixed(3)} % lost, a pause ${lateMs.toFixed(1)} ms late`);
        if (lateMs <= mostLateMs) parts.push(part);
      }
      const { FORWARDED: _, ...others } = verdicts();
      assert.deepEqual([connections(), others], [flows, {}]);
      if (parts.length < rounds.good)
        return t.skip(`only ${parts.length} rounds in which the machine was steady`);
      assert.ok(good() >= rounds.good, `of the packets were lost: ${parts.join(', ')}`);
    });

    it('ends with the interface that went, and goes on with those that are left', async () => {
      makeLinks();
      const { forwarder: path } = start();
      path.attach(end('v1').index, 'auto');
      path.useAfXdp();
      const before = path.afXdp().interfaces.map(({ queues }) => queues);
      sh('ip link del v0');
      path.useAfXdp();
      const left = path.afXdp().interfaces.map(({ index }) => index);
      assert.deepEqual([before, left], [[1, 1], [end('v1').index]]);
    });

    it('starts a thread that dies anew, says why it died, and the kernel forwards meanwhile', async () => {
      makeLinks();
      const { forwarder: path, arrived } = start();
      path.useAfXdp();
      let forwarded = 0;
      let dead: unknown[] = [];
      const sent = await underLoad(async () => {
        await pause(100);
        await withoutPoll();
        const { interfaces, deaths } = path.afXdp();
        dead = [interfaces, deaths];
        const before = arrived();
        await pause(200);
        forwarded = arrived() - before;
        path.useAfXdp();
        await pause(200);
      });
      await pause(100);
      const { interfaces, deaths, lastDeath } = path.afXdp();
      const lost = sent - arrived();
      // No more than its rings had, and all that came afterwards went on.
      assert.ok(lost <= mostInRings && forwarded > 0, `${lost} of ${sent} packets were lost`);
      assert.deepEqual(
        [dead, connections(), interfaces.map(({ queues }) => queues), deaths, lastDeath],
        [[[], 1], flows, [1], 1, 'serve the AF_XDP sockets of thread xlb-queue-0: Invalid argument'],
      );
    });

    it('holds on every interface, also those whose queues the threads before it had', () => {
      makeLinks();
      const { forwarder: path } = start();
      const held = () => path.afXdp().interfaces.map(({ index, queues }) => [index, queues]);
      path.holdUnresolved();
      path.attach(end('v1').index, 'auto');
      path.holdUnresolved();
      const attached = held();
      path.useAfXdp();
      path.holdUnresolved();
      const both = [end('v0').index, end('v1').index].sort((a, b) => a - b).map((index) => [index, 1]);
      assert.deepEqual([attached, held(), path.afXdp().holds], [both, both, true]);
    });

    it('holds where it can, says which queue another program has, and has that once it is free', async () => {
      makeLinks();
      sh('ip link add v2 type veth peer name p2; ip link set v2 up; ip link set p2 up');
      const { forwarder: path } = start();
      path.attach(end('v1').index, 'auto');
      const other = new (addon().Forwarder)({
        pinDirectory: `${pinDirectory}2`,
        limits: { flowSlots: 8_192 },
      });
      other.attach(indexOf('v2'), 'auto');
      other.setNexthop('10.9.0.7', { kind: 'link', index: end('v1').index, mac: macs.p1, source: macs.v1 });
      other.useAfXdp(); // has a socket on v1, to send by
      const queues = () => path.afXdp().interfaces.map((one) => one.queues);
      const message = /^open an AF_XDP socket on queue 0 of v1: Device or resource busy/;
      assert.throws(() => path.holdUnresolved(), { message });
      const without = queues();
      other.close();
      addon().removePins(`${pinDirectory}2`);
      sh('ip link del v2');
      await pause(100);
      path.holdUnresolved();
      assert.deepEqual(
        [without, queues()],
        [
          [1, 0],
          [1, 1],
        ],
      );
    });

    it('is refused where another program has the queue, in one sentence with the cure', async () => {
      makeLinks();
      const { forwarder: path } = start();
      path.setNexthop('10.9.0.7', { kind: 'link', index: end('v1').index, mac: macs.p1, source: macs.v1 });
      path.useAfXdp(); // has a socket on v1, to send by
      const other = spawn(process.execPath, [
        child('refused_af_xdp'),
        `${pinDirectory}2`,
        String(end('v1').index),
      ]);
      const [told] = (await once(other.stdout, 'data')) as [Buffer];
      assert.match(
        told.toString(),
        /^open an AF_XDP socket on queue 0 of v1: Device or resource busy.*another program has an AF_XDP socket/,
      );
    });

    it('asks the driver itself, and is real-time, where that is wanted; and forwards the same', async () => {
      makeLinks();
      const { forwarder: path, arrived } = start();
      path.useAfXdp({ busyPollUs: 1_000, realTimePriority: 50 });
      const policies = schedulingOf('xlb-queue-0');
      const sent = await underLoad(() => pause(500));
      await pause(100);
      assert.deepEqual(
        [path.afXdp().refused, policies, arrived(), verdicts(), lostFrames()],
        [[], ['SCHED_FIFO 50'], sent, { FORWARDED: sent }, 0],
      );
      path.useAfXdp(); // other options: other threads
      assert.deepEqual(schedulingOf('xlb-queue-0'), ['SCHED_OTHER 0']);
    });

    it('sleeps now and then where it is real-time, also when frames never cease to come', async () => {
      makeLinks();
      const { forwarder: path } = start();
      path.useAfXdp({ busyPollUs: 1_000, realTimePriority: 50 });
      await underLoad(async () => {
        await pause(100);
        const [before = 0] = sleepsOf('xlb-queue-0');
        await pause(500);
        const [after = 0] = sleepsOf('xlb-queue-0');
        assert.ok(after >= before + 3, `slept ${after - before} times in half a second`);
      });
    });

    it('goes on without what the kernel refuses of its options, and says so with the cure', () => {
      makeLinks();
      const limited = 'setpriv --bounding-set=-sys_nice --inh-caps=-sys_nice';
      const argv = `${pinDirectory}2 ${end('v0').index} '{"busyPollUs":50,"realTimePriority":50}'`;
      const told = sh(`${limited} ${process.execPath} ${child('refused_af_xdp')} ${argv}`);
      assert.match(
        told,
        /^set real-time priority 50: Operation not permitted \(needs CAP_SYS_NICE, .*\)\nholds: false$/,
      );
    });

    it('leaves frames to the kernel that are longer than its buffers, where the MTU allows them, and says so', () => {
      makeLinks();
      sh('for each in v0 p0 v1 p1; do ip link set $each mtu 3490; done');
      const { forwarder: path, arrived } = start();
      path.useAfXdp();
      for (const bytes of [3_400, 1_000]) sh(`python3 -c '${synOf(bytes)}'`);
      const sentence =
        'take frames of more than 3328 bytes from v0, whose MTU is 3490 (the XDP program forwards them; ' +
        '`ip link set dev v0 mtu 3314` makes them fit)';
      assert.deepEqual(
        [path.afXdp().refused, arrived(), verdicts(), lostFrames()],
        [[sentence], 2, { FORWARDED: 2 }, 0],
      );
    });

    it('is refused where too little memory may be locked, in one sentence with the cure', () => {
      makeLinks();
      const limited = 'setpriv --bounding-set=-ipc_lock --inh-caps=-ipc_lock prlimit --memlock=65536:65536';
      const index = String(end('v0').index);
      const told = sh(`${limited} ${process.execPath} ${child('refused_af_xdp')} ${pinDirectory}2 ${index}`);
      assert.match(told, /^make 16 MiB of AF_XDP buffers: .*raise the limit of locked memory/);
    });
  });
}
