import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { spawnProgram } from '../../src/base/script/program.ts';
import { scriptPreparer } from '../../src/base/script/script.ts';
import { Notifier } from '../../src/notify/notifier.ts';
import { span } from '../helpers/fake_spawn.ts';
import { memoryLog } from '../helpers/memory_log.ts';
import { needs, root } from '../helpers/needs.ts';
import { instance, runs, silent } from '../helpers/notifications.ts';

describe('the notifier', { skip: needs(root) }, () => {
  it('tells scripts, FIFO readers and mail, and lets the scripts of STOP end', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'xlb-notify-'));
    const file = (name: string) => join(folder, name);
    try {
      const mails: string[] = [];
      const { logger: log, lines } = memoryLog();
      const reader = { ...runs(`exec cat >${file('read')} <`), user: 'root' };
      const notifier = new Notifier(
        {
          fifos: [{ of: 'all', path: file('fifo'), script: reader, span }],
          mail: { to: ['a@b'], server: { host: 'x', port: 25 }, connectTimeoutMs: 1, faults: true },
          routerId: 'R1',
        },
        {
          spawn: spawnProgram,
          prepare: scriptPreparer({ security: false }),
          clock: systemClock,
          log,
          sendMail: (_, { subject }) => {
            mails.push(subject);
            return Promise.resolve();
          },
        },
      );
      const notify = {
        ...silent,
        mail: true,
        master: { ...runs(`sleep 0.2; echo own >>${file('ran')}`), user: 'root' },
        any: { ...runs(`>>${file('ran')} echo`), user: 'root' },
      };
      notifier.start([notify]);
      for (const state of ['MASTER', 'STOP'] as const) notifier.notify(instance(state, notify));
      await notifier.stop();
      assert.deepEqual(
        [
          readFileSync(file('ran'), 'utf8'),
          mails,
          notifier.dropped().mails,
          lines.filter((line) => !/SMTP/.test(line)),
        ],
        [
          'own\nINSTANCE VI_1 MASTER 100\nINSTANCE VI_1 STOP 100\n',
          ['[R1] VRRP Instance VI_1 - Entering MASTER state', '[R1] VRRP Instance VI_1 - Stopping'],
          0,
          [],
        ],
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
