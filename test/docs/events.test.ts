/** docs/events.md and the kinds of events are the same. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { eventKinds } from '../../src/daemon/event_kinds.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/events.md'), 'utf8');

describe('the page of events', () => {
  it('has every kind with its names and meaning, and no other', () => {
    assert.deepEqual(
      page.split('\n').filter((line) => line.startsWith('| `')),
      Object.entries(eventKinds).map(
        ([kind, { names, says }]) =>
          `| \`${kind}\` | ${names.map((name) => `\`${name}\``).join(' ')} | ${says} |`,
      ),
    );
  });
});
