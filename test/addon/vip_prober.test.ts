import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, afterEach, before, describe, it } from 'node:test';
import { addon, type VipAnswer, type VipProber } from '../../src/addon/addon.ts';
import { until } from '../../src/demo/pause.ts';
import { command, needs } from '../helpers/needs.ts';
import { inOwnNamespace, sh, vethToPeer } from '../helpers/netns.ts';

const own = '02:00:00:09:00:01';
const peer = '02:00:00:09:00:02';
const vip = { 4: '10.9.0.100', 6: 'fd09::100' } as const;
const source = { 4: '10.9.0.1', 6: 'fd09::1' } as const;

/** Answers port 80 of all addresses. */
const listener = `require('net').createServer((s) => s.destroy()).listen(80, '::', () => console.log('ready'))`;

/**
 * Answers each SYN to 10.9.0.200:81, which its host does not hold, with what looks like a SYN-ACK, and last with that
 * of a host to which the SYN was passed on.
 * For :82 the right one comes after the others.
 */
const liar = `
import socket, struct
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x800))
s.bind(('p0', 0))
print('ready', flush=True)
def answer(syn, mac=None, ack=1, source=None, port=None, cut=None, flags=0x12):
    eth, ip, tcp = syn[:14], syn[14:34], syn[34:54]
    sport, dport, seq = struct.unpack('!HHI', tcp[:8])
    frame = eth[6:12] + (mac or eth[0:6]) + eth[12:14]
    frame += ip[:12] + (source or ip[16:20]) + ip[12:16]
    frame += struct.pack('!HHIIBBHHH', dport, port or sport, 5, (seq + ack) & 0xffffffff, 0x50, flags, 1000, 0, 0)
    s.send(frame[:cut])
while True:
    frame = s.recv(2000)
    if frame[30:34] != bytes([10, 9, 0, 200]) or frame[47] != 2 or frame[36] != 0 or frame[37] not in (81, 82): continue
    answer(frame, ack=2)
    answer(frame, ack=0, flags=0x14)
    answer(frame, source=bytes([10, 9, 0, 101]))
    answer(frame, port=(struct.unpack('!H', frame[34:36])[0] ^ 1))
    answer(frame, cut=50)
    answer(frame, mac=bytes.fromhex('020000090066'))
    answer(frame, mac=bytes.fromhex('020000090066'))
    if frame[37] == 82: answer(frame)
`;

if (await inOwnNamespace(import.meta.url)) {
  describe('a VipProber', { timeout: 300_000, skip: needs(command('python3')) }, () => {
    let index: number;
    const children: ChildProcess[] = [];
    const probers: VipProber[] = [];

    async function inPeer(...argv: readonly string[]): Promise<void> {
      const child = spawn('ip', ['netns', 'exec', 'peer', ...argv], { stdio: ['ignore', 'pipe', 'inherit'] });
      children.push(child);
      await once(child.stdout ?? assert.fail('no output'), 'data');
    }

    before(async () => {
      vethToPeer();
      // The director holds the virtual addresses, too: it must not answer itself, nor take the answers for martians.
      for (const address of Object.values(vip)) {
        sh(`ip address add ${address} dev v0 nodad`);
        sh(`ip -n peer address add ${address} dev lo nodad`);
      }
      sh('ip netns exec peer sysctl -qw net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2');
      const netlink = new (addon().Netlink)();
      index = netlink.links().find(({ name }) => name === 'v0')?.index ?? 0;
      netlink.close();
      await inPeer(process.execPath, '-e', listener);
      await inPeer('python3', '-c', liar);
    });
    afterEach(() => {
      for (const prober of probers.splice(0)) prober.close();
    });
    after(() => {
      for (const child of children) child.kill('SIGKILL');
    });

    function open() {
      const answers: VipAnswer[] = [];
      const errors: string[] = [];
      const prober = new (addon().VipProber)(index, {
        onAnswers: (some) => answers.push(...some),
        onError: ({ message }) => errors.push(message),
      });
      probers.push(prober);
      return { answers, errors, prober };
    }
    const question = (family: 4 | 6, port: number) => ({
      mac: peer,
      ownMac: own,
      vip: vip[family],
      source: source[family],
      port,
      exact: true,
    });
    const heard = (answers: readonly VipAnswer[], count: number) =>
      until(`${count} answers`, { everyMs: 10, atMostMs: 30_000 }, async () =>
        answers.length >= count ? true : undefined,
      );
    const halfOpen = () => sh(`ip netns exec peer ss -Htan state syn-recv`).trim();

    for (const family of [4, 6] as const) {
      it(`hears IPv${family} that a port is open, leaving nothing half open, and that one is closed`, async () => {
        const { answers, prober } = open();
        const open80 = prober.ask(question(family, 80));
        await heard(answers, 1);
        const closed = prober.ask(question(family, 7));
        await heard(answers, 2);
        assert.deepEqual(answers, [
          { kind: 'open', id: open80, mac: peer },
          { kind: 'closed', id: closed, mac: peer },
        ]);
        await until('no half-open connection', { everyMs: 20, atMostMs: 30_000 }, async () =>
          halfOpen() === '' ? true : undefined,
        );
        // A SYN-ACK may have come twice, where its host had to ask for the way first.
        const none = { malformed: 0, unknown: 0, wrong: 0, elsewhere: 0 };
        assert.deepEqual({ ...prober.ignored(), unknown: 0 }, none);
      });
    }

    it('hears ICMP unreachable, by the SYN that it quotes', { skip: needs(command('nft')) }, async () => {
      sh(`ip netns exec peer nft 'add table ip t; add chain ip t c { type filter hook input priority 0; };
          add rule ip t c tcp dport 83 reject with icmp type admin-prohibited'`);
      const { answers, prober } = open();
      const id = prober.ask(question(4, 83));
      await heard(answers, 1);
      sh('ip netns exec peer nft delete table ip t');
      assert.deepEqual(answers, [{ kind: 'unreachable', id, mac: peer, code: 13 }]);
    });

    it('takes no forged answer for the right one, counts it, and says who else answered', async () => {
      const { answers, prober } = open();
      const forged = { malformed: 1, unknown: 1, wrong: 3, elsewhere: 2 };
      const first = prober.ask({ ...question(4, 81), vip: '10.9.0.200' });
      await until('the forged answers', { everyMs: 10, atMostMs: 30_000 }, async () =>
        prober.ignored().elsewhere === 2 ? true : undefined,
      );
      const elsewhere = { kind: 'elsewhere', mac: '02:00:00:09:00:66' } as const;
      assert.deepEqual([answers, prober.ignored()], [[{ ...elsewhere, id: first }], forged]);
      const second = prober.ask({ ...question(4, 82), vip: '10.9.0.200' });
      await heard(answers, 3);
      assert.deepEqual(answers.slice(1), [
        { ...elsewhere, id: second },
        { kind: 'open', id: second, mac: peer },
      ]);
    });

    it('takes an answer from any MAC where the way is through a gateway', async () => {
      const { answers, prober } = open();
      const id = prober.ask({ ...question(4, 81), vip: '10.9.0.200', exact: false });
      await heard(answers, 1);
      assert.deepEqual(answers[0], { kind: 'open', id, mac: '02:00:00:09:00:66' });
    });

    it('has thousands wait at once, each heard for itself', async () => {
      const { answers, prober } = open();
      const ids = Array.from({ length: 4_000 }, () => prober.ask(question(4, 7)));
      await until('all answers', { everyMs: 20, atMostMs: 20_000 }, async () => {
        const answered = new Set(answers.map((answer) => ('id' in answer ? answer.id : 0)));
        // What a full queue lost is asked again, as its users do.
        for (const id of ids) if (!answered.has(id)) prober.repeat(id);
        return answered.size === ids.length ? true : undefined;
      });
      assert.equal(new Set(ids).size, ids.length);
      assert.ok(answers.every(({ kind }) => kind === 'closed'));
    });

    it('takes 16,384 at once, no more, and others when some are forgotten', () => {
      const { prober } = open();
      const nowhere = { ...question(4, 9), mac: '02:00:00:09:00:77' };
      const ids: number[] = [];
      while (ids.length < 16_384) {
        try {
          ids.push(prober.ask(nowhere));
        } catch (error) {
          assert.match(String(error), /Resource temporarily unavailable|No buffer space/);
        }
      }
      assert.throws(() => prober.ask(nowhere), { code: 'XLB_LIMIT' });
      prober.forget(ids[0] ?? 0);
      assert.ok(prober.ask(nowhere) >= 32_768);
      assert.equal(new Set(ids).size, ids.length);
    });

    it("says by ARP who has the address, and asks in nobody's name", async () => {
      const { answers, prober } = open();
      prober.askHolder({ vip: vip[4], ownMac: own });
      sh('ip netns exec peer sysctl -qw net.ipv4.conf.all.arp_ignore=0');
      prober.askHolder({ vip: vip[4], ownMac: own });
      await heard(answers, 1);
      sh('ip netns exec peer sysctl -qw net.ipv4.conf.all.arp_ignore=1');
      assert.deepEqual(answers, [{ kind: 'holder', vip: vip[4], mac: peer }]);
      assert.doesNotMatch(sh('ip -n peer neigh show'), /10\.9\.0\.100/);
    });

    it('ends with an error when its interface goes down, and refuses what cannot be', async () => {
      const { errors, prober } = open();
      assert.throws(
        () => prober.ask({ ...question(4, 80), source: source[6] }),
        /source must be an IPv4 address/,
      );
      assert.throws(() => prober.askHolder({ vip: vip[6], ownMac: own }), /ARP is of IPv4/);
      sh('ip link set v0 down');
      await until('the error', { everyMs: 10, atMostMs: 30_000 }, async () =>
        errors.length > 0 ? true : undefined,
      );
      assert.match(errors.join(), /Network is down$/);
      assert.throws(() => prober.ask(question(4, 80)), /this VipProber is closed/);
    });
  });
}
