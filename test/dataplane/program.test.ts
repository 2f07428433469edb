import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Attachment, XdpMode } from '../../src/addon/addon.ts';
import type { Datapath } from '../../src/config/model.ts';
import { PlacedProgram } from '../../src/dataplane/program.ts';

const eth0 = { index: 2, name: 'eth0' };
const refusal = 'attach native XDP to eth0: Operation not supported';

/** What the addon was asked, and what was logged. */
class World {
  driverHasXdp = true;
  lost: { readonly lost?: string; readonly exposed?: string } = {};
  readonly done: string[] = [];
  readonly #attached = new Map<number, Attachment>();
  readonly program = new PlacedProgram(
    {
      attachments: () => [...this.#attached.values()],
      detach: (index) => this.#attached.delete(index),
      attach: (index, asked) => this.#attach(index, asked),
    },
    (level, text) => this.done.push(`${level} ${text}`),
  );

  #attach(index: number, asked: 'auto' | 'anew' | XdpMode): Attachment {
    this.done.push(`attach ${asked}`);
    const before = this.#attached.get(index);
    const best = this.driverHasXdp ? 'native' : 'generic';
    if (asked === 'native' && best === 'generic') throw new Error(refusal);
    const mode = asked === 'auto' ? (before?.mode ?? best) : asked === 'anew' ? best : asked;
    const changed = before !== undefined && before.mode !== mode;
    const gap = changed ? { gapMs: 12.34, ...this.lost } : {};
    const attachment = { index, mode, adopted: before?.adopted ?? false, ...gap };
    this.#attached.set(index, attachment);
    return attachment;
  }

  adopted(mode: XdpMode): this {
    this.#attached.set(eth0.index, { index: eth0.index, mode, adopted: true });
    return this;
  }

  attach(...datapaths: readonly Datapath[]): string[] {
    return datapaths.flatMap((datapath) => this.program.attach([eth0], datapath));
  }

  get modes(): string[] {
    return [...this.#attached.values()].map(({ mode }) => mode);
  }
}

describe('the placed program', () => {
  it('is attached once for a data path, however often that is wanted', () => {
    const world = new World();
    assert.deepEqual(world.attach('auto', 'auto', 'auto'), []);
    assert.deepEqual(world.done, ['attach auto', 'info Attached XDP on eth0, native']);
  });

  for (const datapath of ['auto', 'af_xdp'] as const)
    it(`is native again when ${datapath} follows skb`, () => {
      const world = new World();
      assert.deepEqual(world.attach('skb', datapath, datapath), []);
      assert.deepEqual(world.done, [
        'attach generic',
        'info Attached XDP on eth0, generic',
        'attach anew',
        'info Attached XDP on eth0, native, after 12.3 ms at tc',
      ]);
    });

  it('is left alone where it is native already', () => {
    const world = new World();
    assert.deepEqual(world.attach('xdp', 'auto', 'af_xdp', 'xdp'), []);
    assert.deepEqual(world.done, ['attach native', 'info Attached XDP on eth0, native']);
  });

  it('keeps the mode that an earlier process gave it, until another data path is asked for', () => {
    const world = new World().adopted('generic');
    world.attach('auto', 'auto');
    const kept = world.modes;
    world.attach('af_xdp');
    assert.deepEqual([kept, world.modes], [['generic'], ['native']]);
  });

  it('stays where another mode was refused, and says so as long as that is wanted; asked once', () => {
    const world = new World();
    world.driverHasXdp = false;
    const problems = world.attach('skb', 'xdp', 'xdp');
    assert.deepEqual([problems, world.modes], [[refusal, refusal], ['generic']]);
    assert.deepEqual(world.done, ['attach generic', 'info Attached XDP on eth0, generic', 'attach native']);
    world.driverHasXdp = true;
    assert.deepEqual([world.attach('skb', 'xdp'), world.modes], [[], ['native']]);
  });

  it('is tried again where it is not there at all', () => {
    const world = new World();
    world.driverHasXdp = false;
    assert.deepEqual(world.attach('xdp', 'xdp'), [refusal, refusal]);
    assert.deepEqual(world.done, ['attach native', 'attach native']);
  });

  it('says why nothing was forwarded while the mode changed', () => {
    const world = new World();
    world.lost = {
      lost: 'forward at tc on eth0 while it has no XDP: this kernel has no tcx (Linux 6.6 has)',
    };
    world.attach('xdp', 'skb');
    assert.deepEqual(world.done.slice(2), [
      'attach generic',
      'info Attached XDP on eth0, generic, after 12.3 ms without (cannot forward at tc on eth0 while it has no XDP: ' +
        'this kernel has no tcx (Linux 6.6 has))',
    ]);
  });

  it('says once that the stack hears what comes while the mode changes', () => {
    const world = new World();
    world.lost = { lost: 'load', exposed: 'make table inet xlb_silence_1: Protocol not supported' };
    world.attach('xdp', 'skb', 'xdp', 'skb');
    assert.deepEqual(
      world.done.filter((line) => line.startsWith('warn')),
      [
        'warn Cannot make table inet xlb_silence_1: Protocol not supported: ' +
          'connections may be reset where XDP changes between native and generic mode',
      ],
    );
  });
});
