/**
 * Vectors of the packet core (test/core/vectors) as packets go: frames into one end of a veth, an AF_XDP thread at the
 * other, and what comes back out of it.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { after, afterEach, before, describe, it } from 'node:test';
import { addon, type Engine, type Forwarder, type Nexthop } from '../../src/addon/addon.ts';
import { pause, until } from '../../src/demo/pause.ts';
import { answerVectors } from '../core/vectors/answers.ts';
import { ethernetVectors } from '../core/vectors/ethernet.ts';
import { flowVectors } from '../core/vectors/flows.ts';
import { fragmentVectors } from '../core/vectors/fragments.ts';
import { groupVectors } from '../core/vectors/groups.ts';
import { icmpVectors } from '../core/vectors/icmp.ts';
import { ipv6Vectors } from '../core/vectors/ipv6.ts';
import { markVectors } from '../core/vectors/marks.ts';
import { persistenceVectors } from '../core/vectors/persistence.ts';
import { realServerVectors } from '../core/vectors/real_servers.ts';
import { schedulerVectors } from '../core/vectors/schedulers.ts';
import { settingVectors } from '../core/vectors/settings.ts';
import { tooBigVectors } from '../core/vectors/too_big.ts';
import { transportVectors } from '../core/vectors/transport.ts';
import { setVirtualServers, verdictList } from '../helpers/engines.ts';
import { command, needs } from '../helpers/needs.ts';
import { inOwnNamespace, sh } from '../helpers/netns.ts';
import { director, realServerMac, realServerName } from '../helpers/packets.ts';
import {
  bytesOf,
  expectedStory,
  givenServers,
  type Step,
  story,
  take,
  type Vector,
} from '../helpers/vectors.ts';

const pinDirectory = '/sys/fs/bpf/test';
/** Each takes a program of its own, which takes longer to load than its frames to travel. */
const mostEach = 2;

/** Frames as hexadecimal lines: those on standard input are sent, those that come in are printed. AF_PACKET. */
const wireProgram = String.raw`
  $| = 1;
  socket(my $socket, 17, 3, 0x0300) or die "socket: $!";
  my $request = pack('a16 x24', 'p0');
  ioctl($socket, 0x8933, $request) or die "p0: $!";
  my $p0 = pack('S n i S C C a8', 17, 3, unpack('x16 i', $request), 0, 0, 6, '');
  bind($socket, $p0) or die "bind: $!";
  my ($all, $text) = ('', '');
  vec($all, fileno($socket), 1) = vec($all, fileno(STDIN), 1) = 1;
  print "ready\n";
  for (;;) {
    select(my $ready = $all, undef, undef, undef);
    if (vec($ready, fileno($socket), 1)) {
      my $from = recv($socket, my $in, 4096, 64);
      print unpack('H*', $in), "\n" if defined $from && ord(substr($from, 10, 1)) != 4;
    }
    if (vec($ready, fileno(STDIN), 1)) {
      sysread(STDIN, $text, 65536, length $text) or last;
      while ($text =~ s/^(.*)\n//) { send($socket, pack('H*', $1), 0, $p0); }
    }
  }`;

/** Not those of IPv4 headers: their many frames take seconds to make, and what they say the others' headers do. */
const areas: Readonly<Record<string, readonly Vector[]>> = {
  Ethernet: ethernetVectors,
  IPv6: ipv6Vectors,
  'TCP and UDP headers': transportVectors,
  'ICMP errors': icmpVectors,
  fragments: fragmentVectors,
  flows: flowVectors,
  'real servers': realServerVectors,
  schedulers: schedulerVectors,
  answers: answerVectors,
  persistence: persistenceVectors,
  marks: markVectors,
  groups: groupVectors,
  settings: settingVectors,
  'packets that are too big': tooBigVectors,
};

const actions = verdictList();

/**
 * Clocks stand still in an engine only; whoever reads packets sees no VLAN tags, nor what was changed of a dropped one;
 * a veth takes no frame above its MTU; a thread holds what has no neighbour.
 */
function travels({ steps }: Vector): boolean {
  return steps.every((step) => {
    if ('at' in step || 'sweep' in step) return false;
    if ('nexthop' in step)
      return step.nexthop[1].kind !== 'link' || step.nexthop[1].index === director.ingress;
    if (!('frame' in step)) return true;
    const bytes = Buffer.from(bytesOf(step.frame));
    const tagged = [0x8100, 0x88a8].includes(bytes.readUInt16BE(12));
    const leaves = actions.get(step.is) === 'forward' || (step.to ?? step.out) === undefined;
    return !tagged && leaves && bytes.length <= 1514 && step.is !== 'NO_NEIGHBOUR';
  });
}

/** Without what only an engine can list. */
const told = (steps: readonly Step[]) => steps.filter((step) => !('flows' in step || 'connections' in step));

if (await inOwnNamespace(import.meta.url)) {
  let wire: ChildProcess;
  let seen: string[] = [];
  let v0 = 0;
  let answering = false;
  let forwarder: Forwarder | undefined;

  const indexOf = (name: string) => Number(sh(`ip -o link show ${name}`).split(':')[0]);

  function start(slots = 1024): Forwarder {
    const made = new (addon().Forwarder)({ pinDirectory, limits: { flowSlots: slots } });
    forwarder = made;
    // What XDP sends back is lost unless the other end has a program, too.
    if (!answering) new (addon().Generator)(pinDirectory).attach(indexOf('p0'), 'filter');
    answering = true;
    made.attach(v0, 'auto');
    for (const prefix of ['10.0.0.1', 'fd00::1'])
      for (const number of [1, 2, 3, 4, 5, 6]) {
        const address = `${prefix}${number}`;
        const mac = realServerMac(realServerName(address));
        made.setNexthop(address, { kind: 'link', index: v0, mac, source: director.mac });
      }
    made.useAfXdp();
    return made;
  }

  /** The changes of a vector, as an engine takes them. */
  function asEngine(made: Forwarder): Engine {
    const here = <Kind extends { readonly index: number }>(one: Kind): Kind => ({ ...one, index: v0 });
    return new Proxy(made, {
      get: (target, name: keyof Forwarder) => {
        if (name === 'setNexthop')
          return (address: string, hop: Nexthop) =>
            made.setNexthop(address, hop.kind === 'link' ? here(hop) : hop);
        if (name === 'setInterface')
          return (spec: Parameters<Forwarder['setInterface']>[0]) => made.setInterface(here(spec));
        const value = target[name];
        return typeof value === 'function' ? value.bind(target) : value;
      },
    }) as unknown as Engine;
  }

  const counted = (made: Forwarder) => new Map(made.verdicts().map(({ name, packets }) => [name, packets]));

  /** Each frame ends in one verdict; what leaves comes out at the other end a little later. */
  async function sent(made: Forwarder, frame: Uint8Array): Promise<string> {
    const before = counted(made);
    seen = [];
    wire.stdin?.write(`${Buffer.from(frame).toString('hex')}\n`);
    const often = { everyMs: 1, atMostMs: 2_000 };
    const verdict = await until('a verdict', often, async () => {
      const now = counted(made);
      return [...now.keys()].find((name) => (now.get(name) ?? 0) > (before.get(name) ?? 0));
    });
    const action = actions.get(verdict) ?? 'an unknown verdict';
    if (action === 'forward') await until('the frame', often, async () => seen[0]);
    else await pause(5);
    const [out] = seen;
    if (out === undefined) return story(verdict, action, frame);
    return story(verdict, action === 'forward' ? action : 'answer', Buffer.from(out, 'hex'));
  }

  describe('the packet core behind an AF_XDP socket', { skip: needs(command('perl')) }, () => {
    before(async () => {
      sh(`mount -t bpf none /sys/fs/bpf
          for each in all default; do echo 1 >/proc/sys/net/ipv6/conf/$each/disable_ipv6; done
          ip link add v0 address ${director.mac} type veth peer name p0
          ip link set v0 up; ip link set p0 up`);
      v0 = indexOf('v0');
      wire = spawn('perl', ['-e', wireProgram], { stdio: ['pipe', 'pipe', 'inherit'] });
      createInterface({ input: wire.stdout ?? assert.fail() }).on('line', (line) => seen.push(line));
      await until('the wire', { everyMs: 5, atMostMs: 20_000 }, async () => seen.pop());
    });
    after(() => wire.stdin?.end());

    afterEach(() => {
      forwarder?.close();
      forwarder = undefined;
      addon().removePins(pinDirectory);
    });

    for (const [area, list] of Object.entries(areas))
      for (const vector of list.filter(travels).slice(0, mostEach))
        it(`${area}: ${vector.title}`, async () => {
          const made = start(vector.flowSlots);
          const engine = asEngine(made);
          setVirtualServers(engine, givenServers(vector));
          const steps = told(vector.steps);
          const entries: unknown[] = [];
          for (const step of steps)
            entries.push('frame' in step ? await sent(made, bytesOf(step.frame)) : take(step, engine));
          const counts = made.verdicts().filter(({ packets }) => packets > 0);
          const all = Object.fromEntries(counts.map(({ name, packets }) => [name, packets]));
          assert.deepEqual([...entries, all], expectedStory({ ...vector, steps }));
        });
  });
}
