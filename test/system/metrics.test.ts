/** After so many packets and connections the metrics say so many, also after the daemon was killed and began again. */
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Director } from '../helpers/director.ts';
import { keepalivedConf } from '../helpers/keepalived_conf.ts';
import { createLab, type Lab } from '../helpers/lab.ts';
import { system } from '../helpers/needs.ts';
import { startAllNginx, startUdpEcho } from '../helpers/peers.ts';
import { Traffic } from '../helpers/traffic.ts';

const vip = '10.77.0.100';
const udp = `protocol="UDP",virtual_server="${vip}:5353"`;
const tcp = `protocol="TCP",virtual_server="${vip}:80"`;
const empty = `protocol="UDP",virtual_server="${vip}:5354"`;
const bytes = 100;
/** Of a datagram, from its IPv4 header on. */
const ipBytes = 20 + 8 + bytes;

describe('the metrics of a director', { skip: system('nginx', 'curl'), timeout: 300_000 }, () => {
  let lab: Lab;
  let director: Director;
  let client: Traffic;

  before(async () => {
    lab = await createLab({ name: 'metrics', vips: [vip] });
    await startAllNginx(lab);
    for (const node of lab.realServers) await startUdpEcho(lab, node, { address: vip, port: 5353 });
    const pool = lab.realServers.map(({ ipv4: address }) => ({ address, check: 80 }));
    const servers = [
      { at: `${vip} 80`, pool },
      { at: `${vip} 5353`, protocol: 'UDP' as const, pool },
      { at: `${vip} 5354`, protocol: 'UDP' as const, pool: pool.map((one) => ({ ...one, weight: 0 })) },
    ];
    director = await Director.start(
      lab,
      keepalivedConf({ vips: [vip], servers, global: [`xlb_events ${eventsFile()}`] }),
    );
    await director.untilResolved();
    client = new Traffic(lab);
  });
  after(() => lab?.close());

  const eventsFile = () => join(lab.directory, 'events.json');

  /** The samples of virtual and real servers and verdicts, by name and labels. */
  async function scrape(): Promise<ReadonlyMap<string, number>> {
    const { stdout } = await lab.run(lab.director, ['curl', '-sS', 'http://127.0.0.1:9112/metrics']);
    const wanted =
      /^(xlb_(?:virtual_server|real_server)_(?:connections|packets|bytes)_total|xlb_packets_total)\{/;
    return new Map(
      stdout
        .split('\n')
        .filter((line) => wanted.test(line))
        .map((line) => {
          const at = line.lastIndexOf(' ');
          return [line.slice(0, at), Number(line.slice(at + 1))];
        }),
    );
  }

  type Samples = Awaited<ReturnType<typeof scrape>>;
  const counted = (samples: Samples, labels: string) =>
    ['connections', 'packets', 'bytes'].map((what) =>
      samples.get(`xlb_virtual_server_${what}_total{${labels}}`),
    );
  /** Of all its real servers together. */
  const ofRealServers = (samples: Samples, labels: string) =>
    ['connections', 'packets', 'bytes'].map((what) =>
      [...samples]
        .filter(([name]) => name.startsWith(`xlb_real_server_${what}_total{${labels},`))
        .reduce((sum, [, value]) => sum + value, 0),
    );
  const verdict = (samples: Samples, name: string, action: string) =>
    samples.get(`xlb_packets_total{verdict="${name}",action="${action}"}`) ?? Number.NaN;
  const ports = (first: number, count: number) => Array.from({ length: count }, (_, at) => first + at);

  it('say exactly what came: connections, packets, bytes and verdicts', async () => {
    const fresh = await scrape();
    await client.udp(vip, 5353, { ports: ports(4_000, 30), each: 5, bytes });
    await client.udp(vip, 5354, { ports: ports(5_000, 7), each: 3, bytes, withinMs: 300 });
    await client.get(vip, 40, { atOnce: 4 });
    await director.untilClosed();
    const samples = await scrape();
    const [connections, packets] = counted(samples, tcp);
    assert.deepEqual(
      {
        fresh: counted(fresh, udp),
        udp: counted(samples, udp),
        ofRealServers: ofRealServers(samples, udp),
        each: ['11', '12', '13'].map((last) =>
          samples.get(`xlb_real_server_connections_total{${udp},real_server="10.77.0.${last}:5353"}`),
        ),
        refused: counted(samples, empty)[0],
        noRealServer: verdict(samples, 'no_real_server', 'drop') - verdict(fresh, 'no_real_server', 'drop'),
        tcp: [connections, ofRealServers(samples, tcp)[0], ofRealServers(samples, tcp)[1]],
        forwarded: verdict(samples, 'forwarded', 'forward') - verdict(fresh, 'forwarded', 'forward'),
      },
      {
        fresh: [0, 0, 0],
        udp: [30, 150, 150 * ipBytes],
        ofRealServers: [30, 150, 150 * ipBytes],
        each: [10, 10, 10],
        refused: 0,
        noRealServer: 21,
        tcp: [40, 40, packets],
        forwarded: 150 + (packets ?? 0),
      },
    );
  });

  it('go on where they were when the daemon is killed and started again', async () => {
    const before = await scrape();
    await director.end('SIGKILL');
    await client.udp(vip, 5353, { ports: ports(6_000, 6), each: 2, bytes });
    await director.start();
    await director.untilStatus('the control socket', ({ dataplane }) => dataplane);
    const between = await scrape();
    await client.udp(vip, 5353, { ports: ports(7_000, 3), each: 2, bytes });
    const after = await scrape();
    const fallen = [...before].filter(([name, value]) => (between.get(name) ?? 0) < value);
    assert.deepEqual(
      [fallen, counted(between, udp), counted(after, udp), counted(after, tcp)],
      [[], [36, 162, 162 * ipBytes], [39, 168, 168 * ipBytes], counted(before, tcp)],
    );
  });

  it('and the events say what happened, in the file that is named for them', async () => {
    const lines = readFileSync(eventsFile(), 'utf8').trimEnd().split('\n');
    const events = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const told = new Set(events.map(({ adopted, kind, to }) => `${kind} ${to ?? adopted}`));
    const wanted = [
      'interface_attached xdp',
      'vrrp_role_changed MASTER',
      'daemon_started false',
      'daemon_started true',
    ];
    assert.deepEqual(
      [wanted.filter((one) => !told.has(one)), statSync(eventsFile()).mode & 0o777],
      [[], 0o640],
    );
  });
});
