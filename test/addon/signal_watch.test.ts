import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addon, type SignalWatch } from '../../src/addon/addon.ts';
import { builtAddon, needs } from '../helpers/needs.ts';

/** SIGRTMIN+2 as glibc counts. */
const JSON_SIGNAL = 36;

describe('a watch of signals', { skip: needs(builtAddon) }, () => {
  /** What comes, one after the other. */
  function watch(numbers: readonly number[]): { open: SignalWatch; next: () => Promise<number> } {
    const came: number[] = [];
    let told: (() => void) | undefined;
    const open = new (addon().SignalWatch)({
      numbers,
      onSignal: (number) => {
        came.push(number);
        told?.();
      },
    });
    const next = async () => {
      if (came.length === 0)
        await new Promise<void>((resolve) => {
          told = resolve;
        });
      return came.shift() ?? assert.fail('nothing came');
    };
    return { open, next };
  }

  it('tells real-time signals, which Node does not know, on the event loop', async () => {
    const { open, next } = watch([JSON_SIGNAL, 63]);
    process.kill(process.pid, JSON_SIGNAL);
    const first = await next();
    process.kill(process.pid, 63);
    assert.deepEqual([first, await next()], [JSON_SIGNAL, 63]);
    open.close();
  });

  it('is the only one in a process, until it is closed', () => {
    const { open } = watch([JSON_SIGNAL]);
    assert.throws(() => watch([63]), { code: 'XLB_ARGUMENT' });
    open.close();
    open.close();
    watch([63]).open.close();
  });

  it('refuses a signal that cannot be caught, and leaves the others as they were', () => {
    assert.throws(() => watch([JSON_SIGNAL, 9]), /^Error: watch signal 9: Invalid argument/);
    watch([JSON_SIGNAL]).open.close();
  });
});
