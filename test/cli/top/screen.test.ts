/**
 * Stories: keys, and the whole screen they lead to. A line `=== TITLE: KEYS` begins one; the screen follows, to the
 * next such line. UPDATE_GOLDEN=1 writes the screens anew; review the difference.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type Key, startTop, stepTop, type TopAction, type TopState } from '../../../src/cli/top/model.ts';
import { human, topScreen, wholeScreen } from '../../../src/cli/top/screen.ts';
import type { Status } from '../../../src/control/status.ts';
import { sampleAfter, statusAfter } from './samples.ts';

const file = join(import.meta.dirname, '../../../../test/cli/top/stories.txt');
const size = { columns: 80, rows: 16 };

const named = new Set(['down', 'up', 'return', 'escape', 'backspace', 'space', 'home', 'end', 'pagedown']);

/** 'j' as typed; 'return' by its name; 'ctrl-c'. */
function keyOf(word: string): Key {
  if (word.startsWith('ctrl-')) return { name: word.slice(5), ctrl: true };
  if (named.has(word)) return { name: word };
  return { text: word, ...(/[a-zA-Z0-9]/.test(word) ? { name: word.toLowerCase() } : {}) };
}

function begun(changes: Partial<Status> = {}): TopState {
  const first = stepTop(startTop(), { kind: 'sample', sample: sampleAfter(0, changes) }).state;
  return stepTop(first, { kind: 'sample', sample: sampleAfter(2, changes) }).state;
}

function press(keys: readonly string[], from = begun()) {
  const actions: TopAction[] = [];
  const state = keys.reduce((before, word) => {
    const { action, state: next } = stepTop(before, { kind: 'key', key: keyOf(word) });
    if (action !== undefined) actions.push(action);
    return next;
  }, from);
  return { actions, state };
}

const textOf = (state: TopState, at = size) =>
  topScreen(state, at)
    .map(({ text }) => text.trimEnd())
    .join('\n');

describe('the screen of xlb top', () => {
  const stories = readFileSync(file, 'utf8')
    .split(/^(?==== )/m)
    .map((story) => {
      const [head = '', ...screen] = story.trimEnd().split('\n');
      const [title = '', keys = ''] = head.slice(4).split(': ');
      return { head, title, keys: keys.split(' ').filter(Boolean), expected: screen.join('\n') };
    });
  const screens = stories.map(({ keys }) => textOf(press(keys).state));
  if (process.env['UPDATE_GOLDEN'] === '1')
    writeFileSync(file, `${stories.map(({ head }, at) => `${head}\n${screens[at]}`).join('\n')}\n`);
  for (const [at, { expected, title }] of stories.entries())
    it(title, () => assert.equal(screens[at], expected));

  it('says what is wrong before anything else', () => {
    const [one, two] = statusAfter(0).vrrp_instances;
    assert.ok(one && two);
    const rival = { ...two, state: 'MASTER', rival: { address: '10.0.0.3', priority: 200 } } as const;
    const first = stepTop(startTop(), { kind: 'sample', sample: sampleAfter(0) }).state;
    const changes = {
      vrrp_instances: [one, rival],
      drops: { NO_REAL_SERVER: 24 },
      flows: { slots: 2_097_152, used: 58_038, expired: 12, evicted: 10 },
    };
    const { state } = stepTop(first, { kind: 'sample', sample: sampleAfter(2, changes) });
    const silent = stepTop(state, { kind: 'silence', why: 'the daemon does not run' }).state;
    assert.deepEqual(
      topScreen(silent, size)
        .slice(1, 5)
        .map(({ style, text }) => `${style}: ${text}`),
      [
        'bad: VRRP: VI_2 MASTER AND SO IS 10.0.0.3, VI_1 MASTER',
        'plain: Data path: eth0 xdp, eth1 skb; flows 58k of 2.1M slots',
        'bad: Total: 544 conn/s, 123k pkt/s, 785M bit/s; LOST NO_REAL_SERVER 12/s, evicted 3.~',
        'bad: sorted by connections a second; NO ANSWER: the daemon does not run',
      ],
    );
  });

  it('shows no rates of counters that began anew', () => {
    const { state } = stepTop(begun(), {
      kind: 'sample',
      sample: sampleAfter(1, { since: '2026-01-05T04:05:07.000Z' }),
    });
    assert.match(textOf(state), /Total: - conn\/s, - pkt\/s, - bit\/s; nothing lost/);
  });

  it('fits any terminal, and uses the whole of a larger one', () => {
    const { state } = press(['return']);
    const sizes = [
      [1, 1],
      [20, 3],
      [80, 24],
      [132, 50],
    ].map(([columns = 0, rows = 0]) => ({ columns, rows }));
    assert.deepEqual(
      sizes.map((one) => {
        const lines = topScreen(state, one);
        return [Math.max(...lines.map(({ text }) => text.length)) <= one.columns, lines.length <= one.rows];
      }),
      sizes.map(() => [true, true]),
    );
    assert.match(
      textOf(state, { columns: 132, rows: 50 }),
      / {2}\[2001:db8:1234:5678:9abc:def0:1234:5678\]:443 {2}/,
    );
  });

  it('marks what is selected, down and drained', () => {
    const styles = topScreen(press(['return', 'down', 'down', 'down', 'return', 'down']).state, size);
    assert.deepEqual(styles.map(({ style }) => style).slice(0, 12), [
      'heading',
      'plain',
      'plain',
      'plain',
      'plain',
      'heading',
      'plain',
      'plain',
      'plain',
      'warn',
      'selected',
      'plain',
    ]);
  });

  it('cannot be driven by names of the configuration', () => {
    const servers = statusAfter(0).virtual_servers.map((one) => ({ ...one, group: '\x1b[2Jweb\u202e' }));
    const text = textOf(begun({ virtual_servers: servers, instance: 'a\x1b]0;b\x07' }));
    assert.deepEqual(text.match(/[^\P{C}\n]/gu), null);
  });

  it('is whole and plain for a file', () => {
    const text = wholeScreen(begun(), 80);
    assert.deepEqual([text.split('\n').length, text.includes('10.0.1.20:80')], [15, true]);
  });
});

describe('xlb top', () => {
  it('drains the selected real server when that is confirmed, and undrains it', () => {
    const to = ['s', 's', 's', 'home', 'return', 'down'];
    const order = { virtualServer: 'tcp:10.0.0.1:80', realServer: '10.0.1.10:80' };
    assert.deepEqual(
      [
        press([...to, 'd']).actions,
        press([...to, 'd', 'n', 'y', 'return']).actions,
        press([...to, 'd', 'y']).actions,
        press([...to, 'u']).actions,
        press([...to, 'home', 'd', 'y', 'u']).actions,
      ],
      [
        [],
        [],
        [{ do: 'weigh', order: { ...order, weight: 0 } }],
        [{ do: 'weigh', order: { ...order, weight: null } }],
        [],
      ],
    );
  });

  it('ends with q and Ctrl-C, but q can be part of a filter', () => {
    const quit = [{ do: 'quit' }];
    assert.deepEqual(
      [
        press(['q']).actions,
        press(['ctrl-c']).actions,
        press(['/', 'q']).actions,
        press(['/', 'ctrl-c']).actions,
      ],
      [quit, quit, [], quit],
    );
  });

  it('keeps what is selected while rows change places, and stays near it when it goes', () => {
    const before = press(['end']).state;
    const all = statusAfter(4);
    const fewer = { virtual_servers: all.virtual_servers.filter(({ protocol }) => protocol !== 'FWM') };
    const gone = stepTop(before, { kind: 'sample', sample: sampleAfter(4, fewer) }).state;
    assert.deepEqual(
      [before.selected, press(['s', 'S'], before).state.selected, gone.selected],
      ['FWM 7', 'FWM 7', 'TCP 10.0.0.1:80'],
    );
  });

  it('stands still while it is paused', () => {
    const paused = press(['space']).state;
    const later = stepTop(paused, { kind: 'sample', sample: sampleAfter(4) }).state;
    const again = stepTop(press(['space'], later).state, { kind: 'sample', sample: sampleAfter(5) }).state;
    assert.deepEqual([later.now?.atMs, again.now?.atMs, again.before?.atMs], [2_000, 5_000, 2_000]);
  });

  it('writes numbers short', () => {
    assert.deepEqual(
      [undefined, 0, 0.04, 0.5, 9.94, 9.96, 999.4, 999.6, 1234, 12_345, 999_600, 4.2e9, 1e18].map(human),
      ['-', '0', '0.0', '0.5', '9.9', '10', '999', '1.0k', '1.2k', '12k', '1.0M', '4.2G', '1000P'],
    );
  });
});
