import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { pause } from '../../src/demo/pause.ts';
import { Director } from '../helpers/director.ts';
import { keepalivedConf } from '../helpers/keepalived_conf.ts';
import { createLab, type Lab } from '../helpers/lab.ts';
import { system } from '../helpers/needs.ts';
import { startAllNginx } from '../helpers/peers.ts';
import { counts, failures, senders, Traffic } from '../helpers/traffic.ts';

const vip = '10.77.0.100';
const everyServer = { rs1: 10, rs2: 10, rs3: 10 };

describe('AF_XDP', { skip: system('nginx', 'curl'), timeout: 300_000 }, () => {
  let lab: Lab;
  let director: Director;
  let client: Traffic;

  before(async () => {
    lab = await createLab({ name: 'afxdp', vips: [vip] });
    await startAllNginx(lab);
    // Without checks: one that was under way while the link was down takes its real server out a second later.
    const pool = lab.realServers.map(({ ipv4: address }) => ({ address, check: 0 }));
    const servers = [{ at: `${vip} 80`, pool }];
    director = await Director.start(lab, keepalivedConf({ vips: [vip], servers }), 'af_xdp');
    await director.untilResolved();
    client = new Traffic(lab);
  });
  after(() => lab?.close());

  const sockets = async () => (await director.status()).interfaces.map((one) => one.af_xdp?.queues ?? 0);
  const handedBack = async () => (await director.status()).af_xdp?.['handed_back'] ?? 0;
  const set = async (mode: string) => {
    const { stdout, stderr } = await director.xlb('datapath', 'set', mode);
    return stdout + stderr;
  };

  it("never sees what is for the director's own address", async () => {
    const before = await handedBack();
    const url = `http://${lab.director.ipv4}:22/`;
    const { stderr } = await lab.run(lab.client, ['curl', '-sS', '--max-time', '3', url], { mayFail: true });
    assert.match(stderr, /refused|Failed to connect/);
    assert.equal((await handedBack()) - before, 0);
  });

  it('hands back what belongs to no flow, and the kernel answers it', async () => {
    const before = await handedBack();
    // Flags ACK only: to a stranger's acknowledgement the kernel says RST.
    const script =
      'import os,socket,struct,sys\n' +
      's=socket.socket(socket.AF_INET,socket.SOCK_RAW,socket.IPPROTO_TCP); s.settimeout(3)\n' +
      `s.connect(("${vip}",0)); me=socket.inet_aton(s.getsockname()[0]); to=socket.inet_aton("${vip}")\n` +
      'h=lambda c: struct.pack("!HHIIBBHHH",45678,80,1,1,5<<4,16,64,c,0)\n' +
      'b=me+to+struct.pack("!BBH",0,6,20)+h(0); t=sum(struct.unpack("!%dH"%(len(b)//2),b))\n' +
      't=(t&65535)+(t>>16); t=~((t&65535)+(t>>16))&65535\n' +
      's.send(h(t)); p=s.recv(100); print("flags",p[(p[0]&15)*4+13])\n';
    const { stdout } = await lab.run(lab.client, ['python3', '-c', script], { mayFail: true });
    assert.deepEqual([stdout, (await handedBack()) - before], ['flags 4\n', 1]);
  });

  it('and the program in the kernel change places under load without losing a connection', async () => {
    const opened = await client.open(vip, 20);
    const answers = await client.during(vip, async () => {
      for (const mode of ['xdp', 'af_xdp', 'xdp', 'af_xdp']) {
        assert.equal(await set(mode), `The data path is ${mode} until the next reload\n`);
        await pause(200);
      }
    });
    const kept = senders(await client.ask());
    await client.close();
    const { af_xdp: lost = {} } = await director.status();
    const { handed_back: _, ...losses } = lost;
    assert.deepEqual([failures(answers), kept, losses, await sockets()], [[], senders(opened), {}, [1]]);
  });

  it('is what xlb datapath shows; a mode there is none of changes nothing', async () => {
    const { stdout } = await director.xlb('datapath');
    assert.match(stdout, /^Data path: af_xdp\neth0: native XDP, AF_XDP on 1 queue \(copy\)\n/);
    const wrong = await director.xlb('datapath', 'set', 'dpdk');
    assert.match(wrong.stderr, /Allowed choices are auto, xdp, af_xdp, skb/);
    assert.deepEqual([wrong.code === 0, await sockets()], [false, [1]]);
  });

  it('takes further queues of an interface', async () => {
    // A veth takes as many as its other end has. That one gets them while it is down: else what XDP sends by the second
    // processor stays in the new queue at times, where nobody fetches it.
    await lab.run(lab.bridge, ['ip', 'link', 'set', lab.director.name, 'down']);
    await lab.run(lab.bridge, ['ethtool', '-L', lab.director.name, 'rx', '2']);
    await lab.run(lab.bridge, ['ip', 'link', 'set', lab.director.name, 'up']);
    await director.untilStatus('the master', ({ vrrp_instances: [one] }) => one?.state === 'MASTER');
    await director.untilResolved();
    const answers = await client.during(vip, async () => {
      await lab.run(lab.director, ['ethtool', '-L', 'eth0', 'rx', '2', 'tx', '2']);
      await director.until('two queues', async () => (await sockets())[0] === 2);
    });
    assert.deepEqual([failures(answers), counts(await client.get(vip, 30))], [[], everyServer]);
  });

  it('goes on when the link was down', async () => {
    await lab.run(lab.director, ['ip', 'link', 'set', 'eth0', 'down']);
    await pause(300);
    await lab.run(lab.director, ['ip', 'link', 'set', 'eth0', 'up']);
    await director.untilStatus('the master', ({ vrrp_instances: [one] }) => one?.state === 'MASTER');
    await director.untilResolved();
    const all = ['rs1', 'rs2', 'rs3'];
    await director.until('all answers', async () => {
      const from = new Set(senders(await client.get(vip, 3)));
      return all.every((name) => from.has(name));
    });
    assert.deepEqual([counts(await client.get(vip, 30)), await sockets()], [everyServer, [2]]);
  });

  it('has a thread started anew that died: no request fails, and log, metric and event say so', async () => {
    const { pid } = await director.status();
    const limit = (most: string) =>
      lab.run(lab.director, ['prlimit', '--pid', `${pid}`, `--nofile=${most}:`]);
    const [, usual = ''] = /Max open files +(\d+)/.exec(readFileSync(`/proc/${pid}/limits`, 'utf8')) ?? [];
    const answers = await client.during(vip, async () => {
      await limit('1'); // poll(2) refuses to wait for more than one descriptor
      await pause(100);
      await limit(usual);
      await director.until('new threads', async () => director.log.includes('AF_XDP threads were restarted'));
    });
    const ask = async (path: string) =>
      (await lab.run(lab.director, ['curl', '-sS', `http://127.0.0.1:9112/${path}`])).stdout;
    const why = 'serve the AF_XDP sockets of thread xlb-queue-';
    assert.match(
      director.log,
      new RegExp(`error An AF_XDP thread died: ${why}[01]: Invalid argument\\. The XDP program`),
    );
    assert.match(await ask('metrics'), /^xlb_worker_restarts_total\{worker="af_xdp"\} [12]$/m);
    const events = JSON.parse(await ask('api/v1/events')) as { kind: string; worker?: string }[];
    const told = events.filter(({ worker }) => worker === 'af_xdp').map(({ kind }) => kind);
    assert.deepEqual(
      [failures(answers), told, await sockets(), counts(await client.get(vip, 30))],
      [[], ['worker_died', 'worker_restarted'], [2], everyServer],
    );
  });

  it('dies with its process: the kernel forwards, and the next start has it again, with all flows', async () => {
    const opened = await client.open(vip, 20);
    let whileDead: string[] = [];
    const answers = await client.during(vip, async () => {
      await director.end('SIGKILL');
      whileDead = senders(await client.get(vip, 30, { atOnce: 3 }));
      await director.start();
      await director.until('sockets', async () =>
        sockets().then(
          ([queues]) => queues === 2,
          () => false,
        ),
      );
    });
    const kept = senders(await client.ask());
    await client.close();
    assert.deepEqual([failures(answers), new Set(whileDead).size, kept], [[], 3, senders(opened)]);
  });
});
