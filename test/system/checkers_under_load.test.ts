import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../src/base/clock.ts';
import { pause, within } from '../../src/demo/pause.ts';
import { Director } from '../helpers/director.ts';
import { FaultyNode } from '../helpers/faulty_node.ts';
import type { Asked, Fault, Service } from '../helpers/faulty_orders.ts';
import { keepalivedConf, type VirtualServerText } from '../helpers/keepalived_conf.ts';
import { createLab, type Lab } from '../helpers/lab.ts';
import { linesOf } from '../helpers/log_times.ts';
import { system } from '../helpers/needs.ts';
import { StallWatch } from '../helpers/stall_watch.ts';

const vip = '10.77.0.100';
const everyMs = 40;

interface Row {
  /** What its clients ask. */
  readonly service: Service['kind'];
  /** Words of its check; `drain` is a file. */
  check(at: { readonly address: string; readonly port: number; readonly drain: string }): string;
}

/** One virtual server for each checker. */
const rows: Readonly<Record<string, Row>> = {
  TCP_CHECK: { service: 'tcp', check: () => 'TCP_CHECK {\n}' },
  HTTP_GET: { service: 'http', check: () => 'HTTP_GET {\n url {\n path /\n }\n}' },
  SSL_GET: { service: 'https', check: () => 'SSL_GET {\n url {\n path /\n }\n}' },
  SMTP_CHECK: { service: 'smtp', check: () => 'SMTP_CHECK {\n}' },
  DNS_CHECK: { service: 'dns', check: () => 'DNS_CHECK {\n}' },
  UDP_CHECK: { service: 'udp', check: () => 'UDP_CHECK {\n payload 0102\n require_reply 01\n}' },
  PING_CHECK: { service: 'tcp', check: () => 'PING_CHECK {\n}' },
  MISC_CHECK: {
    service: 'http',
    check: ({ address, port }) =>
      `MISC_CHECK {\n misc_path "/usr/bin/curl -sf -m 1 -o /dev/null http://${address}:${port}/"\n user root\n}`,
  },
  FILE_CHECK: { service: 'http', check: () => 'FILE_CHECK {\n track_file drain\n weight 0\n}' },
};
const kinds = Object.keys(rows);
const services: Service[] = Object.values(rows).map(({ service }, at) => ({
  kind: service,
  port: 9_100 + at,
}));
const portOf = (kind: string): number => 9_100 + kinds.indexOf(kind);

/** Longest: delay_loop + connect_timeout * 2 + delay_before_retry, and what a busy machine adds. */
const noticedWithinMs = 1_000 + 2 * 1_000 + 100 + 10_000;

/** An answer that took longer came over a SYN that was sent again, after a second, where the machine was steady. */
const mostAnswerMs = 950;
const steadyMs = 200;

interface Noticed {
  readonly out: boolean;
  /** Failed requests of clients that ended before the fault, or began when the server was out, also when it returns. */
  readonly before: number;
  readonly after: number;
  /** While the fault was not noticed, some failed, and not more than every second. */
  readonly meanwhile: 'none' | 'some' | 'more than half';
}

const noticed: Noticed = { out: true, before: 0, after: 0, meanwhile: 'some' };
const unharmed: Noticed = { out: true, before: 0, after: 0, meanwhile: 'none' };
const unnoticed = { out: false, before: 0 };

describe('a faulty real server under load', { skip: system('curl'), timeout: 300_000 }, () => {
  let lab: Lab;
  let director: Director;
  let faulty: FaultyNode;
  let drain: string;
  let watch: StallWatch;

  before(async () => {
    lab = await createLab({ name: 'load', realServers: 2, vips: [vip] });
    const nodes = lab.realServers.map((node) => new FaultyNode(lab, node, services));
    await Promise.all(nodes.map((node) => node.start()));
    [faulty = assert.fail()] = nodes;
    drain = join(lab.directory, 'drain');
    watch = await StallWatch.start(lab);
    const servers = kinds.map((kind): VirtualServerText => {
      const port = portOf(kind);
      const { service, check } = rows[kind] ?? assert.fail();
      const member = (address: string, text: string) => ({ address, check: 0, lines: text.split('\n') });
      const pool = lab.realServers.map(({ ipv4 }, at) =>
        member(ipv4, kind === 'FILE_CHECK' && at > 0 ? '' : check({ address: ipv4, port, drain })),
      );
      const protocol = service === 'dns' || service === 'udp' ? 'UDP' : 'TCP';
      return { at: `${vip} ${port}`, protocol, lines: ['warmup 0'], pool };
    });
    const tracked = `track_file drain {\n file ${drain}\n init_file 0\n}\n`;
    director = await Director.start(lab, tracked + keepalivedConf({ vips: [vip], servers }));
    await untilUp(kinds);
    await director.untilResolved();
  });
  after(() => lab?.close());

  const upKinds = async () =>
    (await director.status()).virtual_servers.flatMap(({ port, destinations }) =>
      destinations.some(({ address, up }) => address === faulty.node.ipv4 && up)
        ? (kinds[port - 9_100] ?? [])
        : [],
    );
  /** When each of the others was first seen out. */
  async function untilUp(wanted: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const outMs = new Map<string, number>();
    const asWanted = async () => {
      const up = await upKinds();
      const nowMs = systemClock.wallMs();
      for (const kind of kinds) if (!up.includes(kind) && !outMs.has(kind)) outMs.set(kind, nowMs);
      return up.join() === wanted.join();
    };
    await director.until(`${wanted.join(' ')} to be up`, asWanted, noticedWithinMs);
    return outMs;
  }

  /** What clients see while `break_` is done, the checks of `out` notice, and `mend` undoes it. */
  async function story(out: readonly string[], break_: () => Promise<void>, mend: () => Promise<void>) {
    const file = fileURLToPath(new URL('../helpers/service_client.js', import.meta.url));
    const argv = [process.execPath, file, vip, JSON.stringify(services), `${everyMs}`];
    const client = lab.spawn(lab.client, argv, { ipc: true, stdout: 'ignore', stderr: 'inherit' });
    const { result, stalledMs } = await watch.during(async () => {
      client.send('begin');
      await pause(500);
      const fromMs = systemClock.wallMs();
      await break_();
      const outMs = await untilUp(kinds.filter((kind) => !out.includes(kind)));
      await pause(300);
      const mendMs = systemClock.wallMs();
      await mend();
      await untilUp(kinds);
      await pause(300);
      client.send('end');
      const [asked] = (await within('the client', 30_000, once(client, 'message'))) as [readonly Asked[]];
      return { asked, fromMs, outMs, mendMs };
    });
    client.kill('SIGKILL');
    const { fromMs, outMs, mendMs } = result;
    const late = ({ begunMs, endedMs }: Asked) => stalledMs < steadyMs && endedMs - begunMs > mostAnswerMs;
    const asked = result.asked.map((one) => (late(one) ? { ...one, from: '' } : one));
    const { log } = director;
    return Object.fromEntries(
      kinds.map((kind) => {
        const lines = linesOf(log, portOf(kind), fromMs);
        const line = lines.find(({ text }) => text.includes(`Removing service [${faulty.node.ipv4}]`));
        const times = { fromMs, goneMs: line?.wallMs, outMs: outMs.get(kind) ?? mendMs, mendMs };
        return [
          kind,
          noticedBy(
            kind,
            asked.filter(({ port }) => port === portOf(kind)),
            times,
          ),
        ];
      }),
    );
  }

  /** When the fault came and its end, by the wall clock; when the log told of it, and when the status did. */
  interface Times {
    readonly fromMs: number;
    readonly goneMs: number | undefined;
    readonly outMs: number;
    readonly mendMs: number;
  }

  function noticedBy(
    kind: string,
    asked: readonly Asked[],
    { fromMs, goneMs, outMs, mendMs }: Times,
  ): Partial<Noticed> {
    const failed = asked.filter(({ from }) => from === '');
    const before = failed.filter(({ endedMs }) => endedMs < fromMs).length;
    if (goneMs === undefined) return { out: false, before };
    const after = asked.filter(
      ({ begunMs, endedMs, from }) =>
        begunMs > outMs && (from === '' || (endedMs < mendMs && from === faulty.node.name)),
    );
    const between = asked.filter(({ begunMs, endedMs }) => endedMs >= fromMs && begunMs <= goneMs);
    const lost = between.filter(({ from }) => from === '').length;
    // One that is noticed at once, or while the client did not run, may have failed nobody.
    const unharmed = lost === 0 && (kind === 'FILE_CHECK' || between.length > 6);
    const meanwhile = unharmed ? 'none' : lost <= between.length / 2 + 1 ? 'some' : 'more than half';
    return { out: true, before, after: after.length, meanwhile };
  }

  /** What is expected of each: `others` for all that are not named. */
  const expected = (others: object, named: Readonly<Record<string, object>>) =>
    Object.fromEntries(kinds.map((kind) => [kind, named[kind] ?? others]));
  const allBut = (...left: readonly string[]) => kinds.filter((kind) => !left.includes(kind));

  it('whose process is killed costs its clients what they ask of it until that is noticed', async () => {
    const unaware = ['PING_CHECK', 'FILE_CHECK'];
    const seen = await story(
      allBut(...unaware),
      () => faulty.kill(),
      () => faulty.start(),
    );
    assert.deepEqual(seen, expected(noticed, { PING_CHECK: unnoticed, FILE_CHECK: unnoticed }));
  });

  it('whose process hangs is found by all that ask it something; a connection alone it accepts', async () => {
    const unaware = ['TCP_CHECK', 'PING_CHECK', 'FILE_CHECK'];
    const seen = await story(
      allBut(...unaware),
      async () => faulty.signal('SIGSTOP'),
      async () => faulty.signal('SIGCONT'),
    );
    const left = Object.fromEntries(unaware.map((kind) => [kind, unnoticed]));
    assert.deepEqual(seen, expected(noticed, left));
  });

  it('that answers wrongly is found by what reads its answers', async () => {
    const unaware = ['TCP_CHECK', 'PING_CHECK', 'FILE_CHECK'];
    const tell = (fault: Fault) => async () => {
      for (const kind of allBut(...unaware)) await faulty.order({ port: portOf(kind), fault });
    };
    const seen = await story(allBut(...unaware), tell('wrong'), tell('none'));
    const left = Object.fromEntries(unaware.map((kind) => [kind, unnoticed]));
    assert.deepEqual(seen, expected(noticed, left));
  });

  it('whose answers are lost is found by every check that asks it', async () => {
    const lose = (lost: boolean) => async () => {
      // It must not be found well while its clients still hear nothing.
      const hearing = lost ? [lab.director, lab.client] : [lab.client, lab.director];
      for (const { ipv4 } of hearing) await faulty.lose(ipv4, lost);
    };
    const seen = await story(allBut('FILE_CHECK'), lose(true), lose(false));
    assert.deepEqual(seen, expected(noticed, { FILE_CHECK: unnoticed }));
  });

  it('that is taken out by a file costs no request', async () => {
    const seen = await story(
      ['FILE_CHECK'],
      async () => writeFileSync(drain, '1\n'),
      async () => writeFileSync(drain, '0\n'),
    );
    assert.deepEqual(seen, expected(unnoticed, { FILE_CHECK: unharmed }));
  });
});
