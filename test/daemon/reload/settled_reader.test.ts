import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SettledReader } from '../../../src/daemon/reload/settled_reader.ts';
import { FakeClock } from '../../helpers/fake_clock.ts';
import { configOf, realServerConfig, virtualServerConfig } from '../../helpers/sample_config.ts';

interface Disk {
  /** Text and when it was written. */
  readonly [file: string]: { readonly text: string; readonly atMs: number } | undefined;
}

/** A configuration with as many real servers as all its files have characters. */
function world(at: (nowMs: number) => Disk) {
  const clock = new FakeClock();
  const disk = () => at(clock.wallMs());
  let readings = 0;
  const reader = new SettledReader(
    (_file, onRead) => {
      readings++;
      const texts = Object.entries(disk()).flatMap(([file, one]) => {
        if (one !== undefined) onRead?.(file);
        return one?.text ?? '';
      });
      const servers = Array.from({ length: texts.join('').length }, (_, n) =>
        realServerConfig(`10.0.0.${n}`),
      );
      return { config: configOf([virtualServerConfig(servers)]), diagnostics: [] };
    },
    { clock, modifiedMs: (file) => disk()[file]?.atMs },
  );
  const read = async () => {
    const reading = reader.read('x.conf');
    await clock.run(5_000);
    const { config, diagnostics } = await reading;
    return {
      servers: config?.virtualServers[0]?.realServers.length,
      messages: diagnostics.map(({ message }) => message),
      readings,
    };
  };
  return { clock, read, startMs: clock.wallMs() };
}

describe('a configuration that may be being written', () => {
  it('is read once where nobody touches it', async () => {
    const { read } = world(() => ({ 'x.conf': { text: 'abc', atMs: 0 } }));
    assert.deepEqual(await read(), { servers: 3, messages: [], readings: 1 });
  });

  it('is waited for while an editor fills it', async () => {
    const now = new FakeClock().wallMs();
    const { read } = world((ms) => ({
      'x.conf': ms - now < 120 ? { text: 'a', atMs: ms } : { text: 'abcdef', atMs: now + 120 },
    }));
    assert.deepEqual(await read(), { servers: 6, messages: [], readings: 1 });
  });

  it('is waited for where an include has just vanished, and read without it where it stays away', async () => {
    let gone: 'no' | 'for a moment' | 'for good' = 'no';
    const now = new FakeClock().wallMs();
    let goneAtMs = now;
    const whole: Disk = { 'x.conf': { text: 'ab', atMs: 0 }, 'inc.conf': { text: 'cd', atMs: 0 } };
    const without: Disk = { 'x.conf': { text: 'ab', atMs: 0 } };
    const { clock, read } = world((ms) => {
      if (gone === 'no' || (gone === 'for a moment' && ms - goneAtMs > 60)) return whole;
      return without;
    });
    const first = await read();
    gone = 'for a moment';
    goneAtMs = clock.wallMs();
    const second = await read();
    gone = 'for good';
    const third = await read();
    assert.deepEqual([first.servers, second.servers, third.servers], [4, 4, 2]);
  });

  it('is taken as it is where it is written all the time, or by a clock that is ahead', async () => {
    const always = world((ms) => ({ 'x.conf': { text: 'abc', atMs: ms } }));
    const ahead = world((ms) => ({ 'x.conf': { text: 'abc', atMs: ms + 3_600_000 } }));
    assert.deepEqual(
      [(await always.read()).servers, await ahead.read()],
      [3, { servers: 3, messages: [], readings: 1 }],
    );
  });
});
