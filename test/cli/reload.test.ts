import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { planText } from '../../src/cli/against_running.ts';
import { reloadExit, reloadText } from '../../src/cli/reload.ts';
import type { ReloadOutcome } from '../../src/control/reload.ts';

const outcomes: readonly ReloadOutcome[] = [
  { outcome: 'reloaded', file: 'x.conf', steps: ['add a', 'remove b'], problems: [], milliseconds: 12 },
  { outcome: 'reloaded', file: 'x.conf', steps: [], problems: ['no room'], milliseconds: 1 },
  { outcome: 'refused', file: 'x.conf', diagnostics: ['x.conf:1:1: error: no'] },
  { outcome: 'failed', file: 'x.conf', reason: 'the VRRP worker died' },
  { outcome: 'stopping' },
];

describe('xlb reload', () => {
  it('says what came of it, and ends with it', () =>
    assert.deepEqual(
      outcomes.map((one) => [reloadExit(one), reloadText(one)]),
      [
        [0, { text: 'add a\nremove b\nx.conf: reloaded in 12 ms: 2 changes\n', error: '' }],
        [1, { text: 'x.conf: reloaded in 1 ms: no change\n', error: 'no room\n' }],
        [2, { text: '', error: 'x.conf:1:1: error: no\n\nx.conf: refused: nothing was changed\n' }],
        [1, { text: '', error: 'x.conf: the VRRP worker died\n' }],
        [1, { text: '', error: 'Nothing was reloaded: the director is being stopped\n' }],
      ],
    ));
});

describe('xlb check --against-running', () => {
  it('says what a reload would do, or that it would be refused', () =>
    assert.deepEqual(
      [
        planText({ file: '/x', diagnostics: ['/x:1:1: note: so'], steps: ['add a'] }),
        planText({ file: '/x', diagnostics: ['/x:1:1: error: no'] }),
      ],
      [
        '/x:1:1: note: so\n\nadd a\n/x: a reload would make 1 change\n',
        '/x:1:1: error: no\n\n/x: a reload would be refused, and change nothing\n',
      ],
    ));
});
