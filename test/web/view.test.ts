import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Status } from '../../src/control/status.ts';
import { EventStreamReader } from '../../src/web/view/event_stream.ts';
import { Rates } from '../../src/web/view/rates.ts';
import { rowsOf } from '../../src/web/view/rows.ts';
import { summarize } from '../../src/web/view/summary.ts';
import { losingVerdicts } from '../../src/web/view/verdicts.ts';
import { bits, duration, short, took } from '../../src/web/view/words.ts';
import {
  destination,
  down,
  drained,
  pageStatus,
  virtualRouter,
  virtualServer,
} from '../helpers/page_status.ts';
import { repository } from '../helpers/tree.ts';

const up = destination('10.0.0.11');
const dead = destination('10.0.0.12', down('TCP_CHECK: no answer in time'));
const web = virtualServer('10.0.0.1', [up, dead]);
const well = virtualServer('10.0.0.2', [up]);

describe('the line at the top', () => {
  const cases: readonly [what: string, status: Status, level: string, text: string][] = [
    [
      'says that all is well, and whose master this director is',
      pageStatus([well, well]),
      'good',
      'All 2 virtual servers up · MASTER of VI_1 · all 2 real servers up',
    ],
    [
      'does not call real servers well that get no packets',
      pageStatus([
        virtualServer('10.0.0.1', [destination('10.0.0.11', { nexthop: { kind: 'unresolved' } }), up]),
      ]),
      'warning',
      '1 of 2 real servers needs a look · The virtual server is up · MASTER of VI_1 · all 2 real servers up',
    ],
    [
      'says that events were lost, and nothing of an outlet that has lost none',
      { ...pageStatus([well]), events_lost: { journal: 0, 'fifo:/run/x': 3 } },
      'warning',
      'events were lost · The virtual server is up · MASTER of VI_1 · 1 real server up',
    ],
    [
      'has what is wrong before what is well',
      pageStatus([web, well]),
      'warning',
      '1 of 3 real servers down · All 2 virtual servers up · MASTER of VI_1',
    ],
    [
      'says that a virtual server has nobody left',
      pageStatus([well, virtualServer('10.0.0.3', [dead])]),
      'bad',
      '1 of 2 virtual servers down · 1 of 2 real servers down · MASTER of VI_1',
    ],
    [
      'names a virtual router in FAULT, and another master',
      pageStatus([well], {
        vrrp_instances: [
          virtualRouter('VI_1', 'FAULT'),
          { ...virtualRouter('VI_2', 'MASTER'), rival: { address: '10.0.0.9', priority: 1 } },
        ],
      }),
      'bad',
      'two masters of VI_2: 10.0.0.9 is one too · FAULT: VI_1 · ' +
        'The virtual server is up · MASTER of VI_2 · 1 real server up',
    ],
    [
      'says that threads are being restarted',
      pageStatus([well], { dataplane: false, vrrp: false, vrrp_instances: [] }),
      'warning',
      'VRRP is being restarted · the dataplane worker is being restarted, forwarding goes on · ' +
        'The virtual server is up · 1 real server up',
    ],
    [
      'says that no interface takes traffic, and that the flow table is nearly full',
      pageStatus([well], { interfaces: [], flows: { slots: 100, used: 95, expired: 0, evicted: 0 } }),
      'bad',
      'no interface takes traffic · flow table 95 % full · ' +
        'The virtual server is up · MASTER of VI_1 · 1 real server up',
    ],
    [
      'calls what was drained by hand drained, and not down',
      pageStatus([virtualServer('10.0.0.1', [up, destination('10.0.0.12', drained)])], {
        vrrp_instances: [],
      }),
      'good',
      'The virtual server is up · all 2 real servers up · 1 drained',
    ],
    [
      'says what is configured where that is nothing',
      pageStatus([], { vrrp_instances: [] }),
      'good',
      'No virtual server configured',
    ],
  ];
  for (const [what, status, level, text] of cases)
    it(what, () => assert.deepEqual(summarize(status), { level, text }));
});

describe('the rows of the list', () => {
  const nothing = { search: '', onlyProblems: false, open: new Map<string, boolean>() };
  const keys = (status: Status, wish: Partial<typeof nothing>) =>
    rowsOf(status, { ...nothing, ...wish }).map(({ key }) => key);
  const status = pageStatus([web, well]);

  it('are virtual servers, each with its real servers below it', () => {
    assert.deepEqual(keys(status, {}), [
      'TCP 10.0.0.1:80',
      'TCP 10.0.0.1:80 10.0.0.11',
      'TCP 10.0.0.1:80 10.0.0.12',
      'TCP 10.0.0.2:80',
      'TCP 10.0.0.2:80 10.0.0.11',
    ]);
  });

  it('are those that all words of a search fit, by address, state or reason', () => {
    assert.deepEqual(keys(status, { search: 'DOWN no answer' }), [
      'TCP 10.0.0.1:80',
      'TCP 10.0.0.1:80 10.0.0.12',
    ]);
  });

  it('have only what is wrong where somebody asks for that', () => {
    assert.deepEqual(keys(status, { onlyProblems: true }), ['TCP 10.0.0.1:80', 'TCP 10.0.0.1:80 10.0.0.12']);
  });

  it('leave out the real servers of what was closed', () => {
    assert.deepEqual(keys(pageStatus([web]), { open: new Map([['TCP 10.0.0.1:80', false]]) }), [
      'TCP 10.0.0.1:80',
    ]);
  });

  it('are virtual servers only where there are more than 200 real servers', () => {
    const pool = Array.from({ length: 101 }, (_, at) => destination(`10.1.0.${at}`));
    const many = pageStatus([virtualServer('10.0.0.1', pool), virtualServer('10.0.0.2', pool)]);
    assert.deepEqual(keys(many, {}), ['TCP 10.0.0.1:80', 'TCP 10.0.0.2:80']);
  });
});

describe('rates', () => {
  const status = (connections: number, dataplane = true) =>
    pageStatus([virtualServer('10.0.0.1', [], { connections, packets: 0, bytes: 0 })], { dataplane });
  const after = (...steps: readonly (readonly [ms: number, connections: number, dataplane?: boolean])[]) => {
    const rates = new Rates();
    for (const [ms, connections, dataplane] of steps) rates.take(status(connections, dataplane), ms);
    return rates.of('TCP 10.0.0.1:80')?.connections;
  };

  it('are not known before the second status', () => assert.equal(after([0, 500]), undefined));
  it('are what has come since the status before, a second', () =>
    assert.equal(after([0, 500], [2_000, 600]), 50));
  it('follow a change by halves', () => assert.equal(after([0, 0], [1_000, 100], [2_000, 100]), 50));
  it('stay while the counters cannot be read', () =>
    assert.equal(after([0, 500], [1_000, 600], [2_000, 0, false]), 100));
  it('begin anew with counters that did', () => assert.equal(after([0, 500], [1_000, 30]), 30));
});

describe('words', () => {
  it('have three digits at most', () => {
    assert.deepEqual([0, 0.04, 0.44, 9.96, 999, 999.9, 1_234, 99_960, 123_456, 1.5e9].map(short), [
      '0',
      '0',
      '0.4',
      '10',
      '999',
      '1 k',
      '1.2 k',
      '100 k',
      '123 k',
      '1.5 G',
    ]);
  });
  it('have bits for bytes', () =>
    assert.deepEqual([0, 12, 125_000].map(bits), ['0 bit/s', '96 bit/s', '1 Mbit/s']));
  it('have the two greatest parts of a time', () => {
    assert.deepEqual([-5, 59_999, 60_000, 3_900_000, 90_000_000, 3e9].map(duration), [
      ...['0 s', '59 s', '1 min', '1 h 5 min', '1 d 1 h', '34 d'],
    ]);
  });
  it('have milliseconds of a check', () =>
    assert.deepEqual([0.42, 12.4, 1_260].map(took), ['0.4 ms', '12 ms', '1.3 s']));
});

describe('server-sent events', () => {
  it('are read from pieces, wherever those end', () => {
    const text =
      'retry: 2000\n\n: still here\n\nevent: status\r\ndata: {"a":1,\ndata: "b":2}\n\ndata: x\n\nevent: ev';
    for (const size of [1, 3, 7, text.length]) {
      const reader = new EventStreamReader();
      const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, at) =>
        text.slice(at * size, (at + 1) * size),
      );
      assert.deepEqual(
        pieces.flatMap((piece) => reader.read(piece)),
        [
          { event: 'status', data: '{"a":1,\n"b":2}' },
          { event: 'message', data: 'x' },
        ],
      );
    }
  });
});

it('the verdicts that lose a packet are those of the packet core that drop one', () => {
  const header = readFileSync(join(repository, 'bpf/shared/verdicts.h'), 'utf8');
  const rows = [...header.matchAll(/X\((\w+), +DROP, +"(.*?)"\)/g)].map(([, name = '', meaning = '']) => [
    name,
    meaning,
  ]);
  assert.deepEqual(losingVerdicts, Object.fromEntries(rows));
});
