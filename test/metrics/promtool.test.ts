/** What Prometheus itself says of the metrics and of the alert rules. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { LATENCY_BUCKETS } from '../../src/check/latencies.ts';
import { createExposition } from '../../src/metrics/exposition.ts';
import { factsWith } from '../helpers/facts.ts';
import { command, needs } from '../helpers/needs.ts';
import { repository } from '../helpers/tree.ts';

/** Names that exporters have which dashboards were made for: they stay as they are. */
const theirs = /^(keepalived_|node_ipvs_)/;

describe('promtool', { skip: needs(command('promtool')) }, () => {
  it('finds nothing wrong with the metrics, but for names that are not ours', async () => {
    const facts = factsWith({
      verdicts: [{ name: 'FORWARDED', action: 'forward', meaning: '', packets: 12 }],
      latencies: [{ kind: 'TCP_CHECK', within: LATENCY_BUCKETS.map(() => 1), count: 1, sumSeconds: 0.0005 }],
    });
    const { text } = await createExposition(async () => facts)();
    const { stderr, stdout } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
    const said = `${stdout}${stderr}`.split('\n').filter((line) => line !== '' && !theirs.test(line));
    assert.deepEqual(said, []);
  });

  it('takes the alert rules', () => {
    const rules = join(repository, 'packaging/prometheus/xlb.rules.yml');
    const { status, stderr } = spawnSync('promtool', ['check', 'rules', rules], { encoding: 'utf8' });
    assert.deepEqual([status, stderr], [0, '']);
  });
});
