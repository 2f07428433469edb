/** The alert rules and the dashboard ask for metrics, and labels of them, that exist. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { metricRows } from '../../src/metrics/exposition.ts';
import { factsWith } from '../helpers/facts.ts';
import { repository } from '../helpers/tree.ts';

const read = (path: string) => readFileSync(join(repository, path), 'utf8');
const names = new Set(metricRows.map(({ name }) => name));

/** The metrics that a text speaks of and that do not exist. */
function unknown(text: string): string[] {
  return [...text.matchAll(/\b(?:xlb|keepalived|node_ipvs)_[a-z0-9_]+\b/g)]
    .map(([name]) => name)
    .filter((name) => !names.has(name));
}

function expressions(): string[] {
  const rules = [...read('packaging/prometheus/xlb.rules.yml').matchAll(/^\s*expr: (.*)$/gm)];
  const board = JSON.parse(read('packaging/grafana/xlb.json')) as {
    panels: { targets: { expr: string }[] }[];
  };
  return [
    ...rules.map(([, expr = '']) => expr),
    ...board.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
  ];
}

/** What a director's own metrics have, and what Prometheus adds. */
function knownLabels(): Set<string> {
  const facts = factsWith({ verdicts: [{ name: 'X', action: 'drop', meaning: '', packets: 0 }] });
  const own = metricRows.flatMap(({ samples }) =>
    samples(facts).flatMap(({ labels }) => Object.keys(labels)),
  );
  return new Set([...own, 'job', 'instance']);
}

describe('the alert rules and the dashboard', () => {
  it('ask for metrics that exist', () => {
    assert.deepEqual(expressions().flatMap(unknown), []);
  });

  it('ask for labels that exist', () => {
    const known = knownLabels();
    const asked = expressions().flatMap((text) => [
      ...[...text.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/, */)),
      ...[...text.matchAll(/([a-z_]+)(?:=~|!=|=)"/g)].map(([, label = '']) => label),
    ]);
    assert.deepEqual(
      asked.filter((label) => !known.has(label)),
      [],
    );
  });

  it('alert on what a director says of itself: a row for each alert, each once', () => {
    const alerts = [...read('packaging/prometheus/xlb.rules.yml').matchAll(/- alert: (\w+)/g)].map(
      ([, name]) => name,
    );
    assert.equal(new Set(alerts).size, alerts.length);
    assert.ok(alerts.length > 0);
  });
});
