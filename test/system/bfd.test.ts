import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { pause } from '../../src/demo/pause.ts';
import { Director, serverOf } from '../helpers/director.ts';
import { keepalivedConf } from '../helpers/keepalived_conf.ts';
import { createLab, type Lab, type LabNode } from '../helpers/lab.ts';
import { system } from '../helpers/needs.ts';
import { StallWatch } from '../helpers/stall_watch.ts';

const vip = '10.77.0.100';
const INTERVAL_MS = 50;
const MULTIPLIER = 3;
const DETECTION_MS = INTERVAL_MS * MULTIPLIER;
/** Two systems that begin anew send a packet a second, and a busy machine adds some. */
const comesUpWithinMs = 20_000;
/** Of a machine that does not run for longer, no detection time can be asked. */
const steadyMs = 30;
/** So often is it asked for. */
const mostRounds = 15;
const unsteady = `the machine stood still for more than ${steadyMs} ms in every round`;
/** Real-time, of both ends: no other process keeps them waiting. */
const PRIORITY = 20;

const session = (name: string, neighbor: string, more = '') => `
bfd_instance ${name} {
    neighbor_ip ${neighbor}
    min_rx ${INTERVAL_MS}
    min_tx ${INTERVAL_MS}
    multiplier ${MULTIPLIER}
    ${more}
}
`;

/** With a real keepalived on the real servers: one over IPv4, one over IPv6. */
describe('BFD with keepalived', { skip: system('keepalived', 'chrt'), timeout: 400_000 }, () => {
  let lab: Lab;
  let director: Director;
  let one: LabNode;
  let two: LabNode;
  const peers = new Map<string, ChildProcess>();
  let peerLog = '';
  let watch: StallWatch;

  const startPeer = (node: LabNode, configuration: string) => {
    const directory = join(lab.directory, node.name);
    mkdirSync(directory, { recursive: true });
    const file = join(directory, 'keepalived.conf');
    writeFileSync(file, configuration);
    const pidFiles = ['-p', '-r', '-c', '-b'].flatMap((flag) => [flag, join(directory, `pid${flag}`)]);
    const child = lab.spawn(node, [
      'chrt',
      '-f',
      `${PRIORITY}`,
      'keepalived',
      '-n',
      '-l',
      '-D',
      '-f',
      file,
      ...pidFiles,
    ]);
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        peerLog += text;
      });
    peers.set(node.name, child);
  };
  const startPeers = () => {
    startPeer(one, session('director', lab.director.ipv4));
    // By default it would send hop limit 64, against RFC 5881 §5.
    startPeer(two, session('director', lab.director.ipv6, 'hoplimit 255'));
  };
  const endPeer = async (node: LabNode) => {
    const child = peers.get(node.name) ?? assert.fail(node.name);
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
  };
  const pool = async () => {
    const { destinations } = serverOf(await director.status(), `TCP ${vip}:80`);
    return Object.fromEntries(destinations.map(({ address, up }) => [address, up]));
  };
  const untilPool = (wanted: readonly boolean[], atMostMs = comesUpWithinMs) =>
    director.until(
      `real servers to be ${wanted.join(' ')}`,
      async () => Object.values(await pool()).join() === wanted.join(),
      atMostMs,
    );
  /** Right after it came up, the neighbour's last packet still told of one a second (RFC 5880 §6.8.3). */
  const untilAgreed = () =>
    director.untilStatus(
      'the intervals to be agreed on',
      ({ bfd_sessions: sessions = [] }) =>
        sessions.every(({ detection_time_ms: ms, state }) => state === 'Up' && ms === DETECTION_MS),
      comesUpWithinMs,
    );
  const tracked = async () => {
    const { vrrp_instances: instances } = await director.status();
    return instances.find(({ name }) => name === 'tracked') ?? assert.fail();
  };
  const count = (text: string) => director.log.split(text).length - 1;
  const cable = (node: LabNode, state: 'up' | 'down') =>
    lab.run(lab.bridge, ['ip', 'link', 'set', node.name, state]);

  before(async () => {
    lab = await createLab({ name: 'bfd', realServers: 2, vips: [vip] });
    [one = lab.director, two = lab.director] = lab.realServers;
    const check = (name: string) => ['BFD_CHECK {', `    name ${name}`, '    alpha', '}'];
    const vrrp = `
vrrp_instance tracked {
    state BACKUP
    interface eth0
    virtual_router_id 78
    priority 100
    advert_int 0.05
    version 3
    track_bfd {
        one
        two weight -20
    }
    virtual_ipaddress {
        10.77.0.101
    }
}
`;
    watch = await StallWatch.start(lab, { realTime: true });
    startPeers();
    director = await Director.start(
      lab,
      session('one', one.ipv4) +
        session('two', two.ipv6) +
        vrrp +
        keepalivedConf({
          vips: [vip],
          global: [`bfd_rt_priority ${PRIORITY}`],
          servers: [
            {
              at: `${vip} 80`,
              pool: [
                { address: one.ipv4, check: 0, lines: check('one') },
                { address: two.ipv4, check: 0, lines: check('two') },
              ],
            },
          ],
        }),
    );
  });
  after(() => lab?.close());

  it('comes up over IPv4 and IPv6, and agrees on the intervals', async () => {
    await untilPool([true, true]);
    const wanted = [one.ipv4, two.ipv6].map((neighbor, at) => ({
      name: at === 0 ? 'one' : 'two',
      neighbor,
      state: 'Up',
      remote_state: 'Up',
      detection_time_ms: DETECTION_MS,
      transmit_interval_ms: INTERVAL_MS,
      since: 24,
    }));
    await director.untilStatus('both to be up', ({ bfd_sessions: sessions = [] }) =>
      isDeepStrictEqual(
        sessions.map(({ since, diagnostic: _, ...rest }) => ({ ...rest, since: since.length })),
        wanted,
      ),
    );
    await director.until('both peers to say so', async () => peerLog.split('Entering Up state').length > 2);
    await director.until(
      'the tracking instance to be master',
      async () => (await tracked()).state === 'MASTER',
    );
  });

  it('stays up for seconds on a machine that has other things to do', async (t) => {
    const downs: number[] = [];
    for (let round = 0; round < mostRounds && downs.length < 3; round++) {
      await untilPool([true, true]);
      await untilAgreed();
      const before = count('Entering Down state');
      const { stalledMs } = await watch.during(() => pause(1_700));
      if (stalledMs <= steadyMs) downs.push(count('Entering Down state') - before);
    }
    t.diagnostic(`${downs.length} times the machine ran all the while`);
    if (downs.length === 0) return t.skip(unsteady);
    assert.deepEqual([...new Set(downs)].filter(Boolean), [], director.log);
  });

  it('takes a real server out after the detection time when its cable is cut, and in again', async (t) => {
    const silences: { readonly saidMs: number; readonly tookMs: number }[] = [];
    const expired = () =>
      [...director.log.matchAll(/BFD_Instance\(one\) Expired after (\d+) ms/g)].map(([, ms]) => Number(ms));
    const cut = async () => {
      await cable(one, 'down');
      const cutMs = performance.now();
      await untilPool([false, true]);
      return performance.now() - cutMs;
    };
    for (let round = 0; round < mostRounds && silences.length < 5; round++) {
      await untilPool([true, true]);
      await untilAgreed();
      const before = expired().length;
      const { result: tookMs, stalledMs } = await watch.during(cut);
      await cable(one, 'up');
      const said = expired().slice(before);
      for (const ms of said) assert.ok(ms >= DETECTION_MS, `${ms} ms`);
      if (stalledMs > steadyMs) continue;
      const [saidMs = assert.fail(director.log)] = said;
      silences.push({ saidMs, tookMs });
    }
    t.diagnostic(
      silences.map(({ saidMs, tookMs }) => `${saidMs} ms, out after ${Math.round(tookMs)}`).join('; '),
    );
    if (silences.length === 0) return t.skip(unsteady);
    for (const { saidMs, tookMs } of silences)
      assert.ok(saidMs <= DETECTION_MS + 50 && tookMs < 1_500, `${saidMs} ms, out after ${tookMs} ms`);
  });

  it('moves the addresses of an instance that tracks it: a fault, or a lower priority', async () => {
    const untilPriority = (wanted: number) =>
      director.until(`priority ${wanted}`, async () => (await tracked()).priority === wanted);
    await untilPool([true, true]);
    await untilAgreed();
    await cable(one, 'down');
    await director.until('the fault', async () => (await tracked()).state === 'FAULT');
    assert.deepEqual((await tracked()).faults, ['BFD session one is not as it should be']);
    await cable(one, 'up');
    await director.until('its end', async () => (await tracked()).state === 'MASTER');
    await untilPriority(100);
    await untilAgreed();
    await cable(two, 'down');
    await untilPriority(80);
    await cable(two, 'up');
    await untilPriority(100);
  });

  it('takes a real server out at once when its keepalived is killed, and in when it is back', async () => {
    await untilPool([true, true]);
    await endPeer(two);
    await untilPool([true, false]);
    startPeer(two, session('director', lab.director.ipv6, 'hoplimit 255'));
    await untilPool([true, true]);
  });

  it('survives a reload without a packet too few', async (t) => {
    let changes: number | undefined;
    for (let round = 0; round < mostRounds && changes === undefined; round++) {
      await untilPool([true, true]);
      await untilAgreed();
      const [before, reloads] = [count('Entering '), count('Reloaded ')];
      const { stalledMs } = await watch.during(async () => {
        for (let signal = 0; signal < 3; signal++) director.reload();
        await director.until('the reloads', async () => count('Reloaded ') > reloads);
        await pause(1_000);
      });
      if (stalledMs <= steadyMs) changes = count('Entering ') - before;
    }
    if (changes === undefined) return t.skip(unsteady);
    assert.equal(changes, 0, director.log);
  });

  it('tells the neighbours of a stop', async (t) => {
    await untilPool([true, true]);
    peerLog = '';
    const { stalledMs } = await watch.during(async () => {
      await director.end('SIGTERM');
      await director.until(
        'the peers to hear of it',
        async () => peerLog.split('Entering Down state').length > 2,
      );
    });
    if (stalledMs > steadyMs) return t.skip(`the machine did not run for ${stalledMs} ms meanwhile`);
    assert.equal(peerLog.split('Expired after').length - 1, 0, peerLog);
    assert.match(peerLog, /Remote diagnostic - Administratively Down/);
  });
});
