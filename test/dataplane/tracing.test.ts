import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TraceListener, TraceSettings } from '../../src/addon/addon.ts';
import { type TraceNews, Tracing } from '../../src/dataplane/tracing.ts';
import { FakeClock } from '../helpers/fake_clock.ts';

const settings: TraceSettings = { terms: [{}], snap: 0, perSecond: 5 };

function world({ renewals = 99 } = {}) {
  const clock = new FakeClock();
  const did: string[] = [];
  const told: TraceNews[] = [];
  let listener: TraceListener | undefined;
  let left = renewals;
  const forwarder = {
    startTrace: (_: TraceSettings, heard: TraceListener) => {
      did.push('start');
      listener = heard;
    },
    renewTrace: () => {
      if (left-- <= 0) throw new Error('it is closed');
      did.push('renew');
      return { limited: 1, lost: 2 };
    },
    stopTrace: () => void did.push('stop'),
  };
  const links = { all: () => [{ index: 3, name: 'eth0' }] as never };
  const tracing = new Tracing(forwarder, { clock, links, tell: (news) => void told.push(news) });
  return { clock, did, told, tracing, hear: () => listener };
}

const counts: TraceNews = {
  kind: 'trace_counts',
  counts: { limited: 1, lost: 2 },
  interfaces: { 3: 'eth0' },
};

describe('tracing', () => {
  it('is renewed each second while it is wanted, and no longer', () => {
    const { clock, did, told, tracing } = world();
    tracing.want(settings);
    clock.advance(2_000);
    tracing.want({ ...settings, perSecond: 9 });
    tracing.want(undefined);
    tracing.want(undefined);
    tracing.end();
    clock.advance(5_000);
    assert.deepEqual(
      [did, told],
      [
        ['start', 'renew', 'renew', 'renew', 'start', 'renew', 'stop'],
        [counts, counts, counts, counts],
      ],
    );
  });

  it('hands on what is told', () => {
    const { told, tracing, hear } = world();
    tracing.want(settings);
    const records = Uint8Array.of(1, 2);
    hear()?.onRecords(records);
    assert.deepEqual(told, [counts, { kind: 'traced', records }]);
  });

  it('that fails ends, once, and says why', () => {
    const { clock, did, told, tracing } = world({ renewals: 2 });
    tracing.want(settings);
    clock.advance(10_000);
    assert.deepEqual(
      [did, told.at(-1)],
      [['start', 'renew', 'renew', 'stop'], { kind: 'trace_failed', reason: 'it is closed' }],
    );
  });
});
