import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LATENCY_BUCKETS } from '../../src/check/latencies.ts';
import { createExposition, metricRows } from '../../src/metrics/exposition.ts';
import type { Facts } from '../../src/metrics/facts.ts';
import { factsWith } from '../helpers/facts.ts';

/** The samples, without HELP and TYPE. */
async function scrape(facts: Facts): Promise<string[]> {
  const { text } = await createExposition(async () => facts)();
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

const ofMetric = (lines: readonly string[], name: string) =>
  lines.filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));

describe('the metrics of a director', () => {
  it('count packets by verdict, also those that never occurred', async () => {
    const lines = await scrape(
      factsWith({
        verdicts: [
          { name: 'FORWARDED', action: 'forward', meaning: '', packets: 12 },
          { name: 'NO_REAL_SERVER', action: 'drop', meaning: '', packets: 0 },
        ],
      }),
    );
    assert.deepEqual(ofMetric(lines, 'xlb_packets_total'), [
      'xlb_packets_total{verdict="forwarded",action="forward"} 12',
      'xlb_packets_total{verdict="no_real_server",action="drop"} 0',
    ]);
  });

  it('name a real server by the same labels everywhere', async () => {
    const lines = await scrape(factsWith());
    const tcp = '{protocol="TCP",virtual_server="10.0.0.1:80",real_server="10.0.0.11:80"}';
    const udp = '{protocol="UDP",virtual_server="[fd00::1]:53",real_server="[fd00::11]:53"}';
    assert.deepEqual(
      lines.filter((line) => line.startsWith('xlb_real_server_')),
      [
        ['up', 1, 0],
        ['weight', 3, 1],
        ['active_connections', 4, 0],
        ['inactive_connections', 5, 0],
        ['persistent_connections', 6, 0],
        ['overloaded', 0, 0],
        ['connections_total', 7, 0],
        ['packets_total', 8, 0],
        ['bytes_total', 9, 0],
      ].flatMap(([name, one, other]) => [
        `xlb_real_server_${name}${tcp} ${one}`,
        `xlb_real_server_${name}${udp} ${other}`,
      ]),
    );
  });

  it('have the names that dashboards of keepalived know', async () => {
    const lines = await scrape(factsWith());
    assert.deepEqual(ofMetric(lines, 'keepalived_vrrp_state'), [
      'keepalived_vrrp_state{iname="web",intf="eth0",vrid="51",ip_address="10.0.0.1"} 2',
      'keepalived_vrrp_state{iname="web",intf="eth0",vrid="51",ip_address="10.0.0.2/24"} 2',
    ]);
    assert.deepEqual(
      lines.filter((line) => /^keepalived_(up|advert_sent|addr_list_err)/.test(line)),
      [
        'keepalived_up 1',
        'keepalived_advert_sent{iname="web",intf="eth0",vrid="51"} 17',
        'keepalived_addr_list_err{iname="web",intf="eth0",vrid="51"} 0',
      ],
    );
  });

  it("have the names of node_exporter's ipvs collector", async () => {
    const lines = await scrape(factsWith());
    const labels =
      'local_address="10.0.0.1",local_port="80",proto="TCP",local_mark="",remote_address="10.0.0.11",remote_port="80"';
    assert.deepEqual(
      lines.filter((line) => line.startsWith('node_ipvs_') && !line.includes('fd00')),
      [
        'node_ipvs_connections_total 70',
        'node_ipvs_incoming_packets_total 80',
        'node_ipvs_outgoing_packets_total 0',
        'node_ipvs_incoming_bytes_total 90',
        'node_ipvs_outgoing_bytes_total 0',
        `node_ipvs_backend_connections_active{${labels}} 4`,
        `node_ipvs_backend_connections_inactive{${labels}} 5`,
        `node_ipvs_backend_weight{${labels}} 3`,
      ],
    );
  });

  it('leave out totals that cannot be read: 0 would look like a restart', async () => {
    const facts = factsWith();
    const lines = await scrape({ ...facts, verdicts: [], status: { ...facts.status, dataplane: false } });
    assert.deepEqual(
      lines.filter((line) => /^(xlb_(real|virtual)_server|xlb_flow|node_ipvs)_\w*_total/.test(line)),
      [],
    );
    assert.deepEqual(ofMetric(lines, 'xlb_dataplane_up'), ['xlb_dataplane_up 0']);
  });

  it('have names as Prometheus wants them, each once, and a HELP text', () => {
    const wrong = metricRows.filter(
      ({ name, type, help }) =>
        !/^[a-z][a-z0-9_]*$/.test(name) || (type === 'counter') !== name.endsWith('_total') || help === '',
    );
    assert.deepEqual(wrong, []);
    assert.equal(new Set(metricRows.map(({ name }) => name)).size, metricRows.length);
  });

  it('have no label that Prometheus adds itself', () => {
    const labels = metricRows.flatMap(({ samples }) =>
      samples(factsWith()).flatMap((sample) => Object.keys(sample.labels)),
    );
    assert.deepEqual(
      labels.filter((label) => label === 'instance' || label === 'job'),
      [],
    );
  });

  it('are collected once for scrapes that come at the same time', async () => {
    let collected = 0;
    const expose = createExposition(async () => {
      collected++;
      return factsWith();
    });
    const [one, other] = await Promise.all([expose(), expose()]);
    assert.equal(one, other);
    assert.equal(collected, 1);
    await expose();
    assert.equal(collected, 2);
  });

  it('can be scraped again after a scrape that failed', async () => {
    let broken = true;
    const expose = createExposition(async () => {
      if (broken) throw new Error('the worker is being restarted');
      return factsWith();
    });
    await assert.rejects(expose(), { message: 'the worker is being restarted' });
    broken = false;
    assert.match((await expose()).text, /^xlb_dataplane_up 1$/m);
  });

  it('count how long checks take in buckets, by kind', async () => {
    const { text } = await createExposition(async () =>
      factsWith({
        latencies: [
          { kind: 'TCP_CHECK', within: LATENCY_BUCKETS.map((_, at) => at), count: 20, sumSeconds: 1.5 },
        ],
      }),
    )();
    const lines = text.split('\n').filter((line) => line.includes('xlb_check_duration_seconds'));
    assert.deepEqual(
      [lines[1], lines[2], lines[3], ...lines.slice(-3)],
      [
        '# TYPE xlb_check_duration_seconds histogram',
        'xlb_check_duration_seconds_bucket{le="0.001",check="TCP_CHECK"} 0',
        'xlb_check_duration_seconds_bucket{le="0.0025",check="TCP_CHECK"} 1',
        'xlb_check_duration_seconds_bucket{le="+Inf",check="TCP_CHECK"} 20',
        'xlb_check_duration_seconds_sum{check="TCP_CHECK"} 1.5',
        'xlb_check_duration_seconds_count{check="TCP_CHECK"} 20',
      ],
    );
  });

  it('count what probes of virtual addresses ignored, by reason', async () => {
    const ignoredByProbes = { malformed: 1, unknown: 2, wrong: 3, elsewhere: 4 };
    const { text } = await createExposition(async () => factsWith({ ignoredByProbes }))();
    assert.deepEqual(
      text.split('\n').filter((line) => line.startsWith('xlb_check_vip_ignored_total')),
      [
        'xlb_check_vip_ignored_total{reason="malformed"} 1',
        'xlb_check_vip_ignored_total{reason="unknown"} 2',
        'xlb_check_vip_ignored_total{reason="wrong"} 3',
        'xlb_check_vip_ignored_total{reason="elsewhere"} 4',
      ],
    );
  });
});
