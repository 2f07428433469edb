import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dataText } from '../../../src/daemon/dump/data.ts';
import { jsonText } from '../../../src/daemon/dump/json.ts';
import type { InstanceStatus } from '../../../src/vrrp/status.ts';
import { report } from '../../helpers/dump_report.ts';

interface Shown {
  readonly data: Readonly<Record<string, unknown>>;
}

describe('keepalived.json', () => {
  const shown = (changes: Partial<InstanceStatus>) => {
    const [one = assert.fail()] = JSON.parse(jsonText(report(changes))) as Shown[];
    const { state, wantstate, master_priority, vipset, vips, last_transition } = one.data;
    return { state, wantstate, master_priority, vipset, vips, last_transition };
  };

  it('has the master of a backup, and addresses that are not set', () => {
    assert.deepEqual(shown({ master: { address: '10.0.0.9', priority: 120 } }), {
      state: 1,
      wantstate: 1,
      master_priority: 120,
      vipset: false,
      vips: ['10.0.0.1 dev eth0 scope global'],
      last_transition: 1000.5,
    });
  });

  it('has the addresses of a master as set, also while it waits for its successor', () => {
    const set = ['10.0.0.1 dev eth0 scope global set'];
    assert.deepEqual(
      [shown({ role: 'MASTER' }), shown({ role: 'INIT', leaving: true })].map(({ state, vips }) => [
        state,
        vips,
      ]),
      [
        [2, set],
        [0, set],
      ],
    );
  });

  it('is an object in version 2', () => {
    const one = report({});
    const global = { ...one.config.global, dump: { jsonVersion: 2, usesInstance: false } } as const;
    const text = jsonText({ ...one, config: { ...one.config, global } });
    assert.deepEqual(JSON.parse(text), { vrrp: JSON.parse(jsonText(one)) });
  });

  it('leaves out what is not there: instances while their thread is restarted', () => {
    assert.equal(jsonText({ ...report({}), instances: [] }), '[]');
  });
});

describe('keepalived.data', () => {
  it('says in keepalived’s words who is master, and why an instance is in FAULT', () => {
    const lines = (changes: Partial<InstanceStatus>) =>
      dataText(report(changes))
        .split('\n')
        .filter((line) => /State =|Master (router|priority)|faults =|no carrier/.test(line));
    assert.deepEqual(
      [
        lines({ master: { address: '10.0.0.9', priority: 120 } }),
        lines({ role: 'FAULT', faults: ['no carrier'] }),
      ],
      [
        [
          '   State = BACKUP',
          '   Master router = 10.0.0.9',
          '   Master priority = 120',
          '   Number of interface and track script faults = 0',
        ],
        ['   State = FAULT', '   Number of interface and track script faults = 1', '     no carrier'],
      ],
    );
  });
});
