import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { beforeEach, describe, it } from 'node:test';
import type { Status } from '../../src/control/status.ts';
import { VIEWER_BACKLOG_BYTES, VIEWERS } from '../../src/web/limits.ts';
import { applyChanges, StatusTexts } from '../../src/web/status_changes.ts';
import { StatusStream } from '../../src/web/stream.ts';
import { factsWith } from '../helpers/facts.ts';
import { FakeClock } from '../helpers/fake_clock.ts';

const { status: first } = factsWith();
const withPid = (pid: number): Status => ({ ...first, pid });

function withActive(active: number): Status {
  const [web, dns] = first.virtual_servers;
  const [destination] = web?.destinations ?? [];
  if (web === undefined || dns === undefined || destination === undefined) return assert.fail();
  return { ...first, virtual_servers: [{ ...web, destinations: [{ ...destination, active }] }, dns] };
}

/** A client that reads as long as `reads`. */
class Viewer extends EventEmitter {
  text = '';
  reads = true;
  destroyed = false;
  writableLength = 0;

  writeHead(): void {}
  write(bytes: Uint8Array | string): boolean {
    this.text += String(bytes);
    if (!this.reads) this.writableLength += bytes.length;
    return true;
  }
  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
  /** What came since it was asked last. */
  take(): string {
    const { text } = this;
    this.text = '';
    return text;
  }
}

const turns = async () => {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
};

let clock = new FakeClock();
let status = first;
let asked = 0;
let tellEvent: ((event: object) => void) | undefined;
let stream = make();

function make(): StatusStream {
  return new StatusStream({
    clock,
    status: async () => {
      asked++;
      return status;
    },
    subscribe: (listener) => {
      tellEvent = listener;
      return () => {
        tellEvent = undefined;
      };
    },
  });
}

async function join(): Promise<Viewer> {
  const viewer = new Viewer();
  stream.join(viewer as unknown as ServerResponse, {});
  await turns();
  return viewer;
}

async function second(next = status): Promise<void> {
  status = next;
  clock.advance(1_000);
  await turns();
}

beforeEach(() => {
  clock = new FakeClock();
  status = first;
  asked = 0;
  stream = make();
});

describe('GET /api/v1/stream', () => {
  it('tells the whole status first, then what changed', async () => {
    const viewer = await join();
    const whole = viewer.take();
    await second(withActive(41));
    const changes = viewer.take();
    assert.equal(whole, `retry: 2000\n\nevent: status\ndata: ${new StatusTexts(first).whole()}\n\n`);
    assert.match(
      changes,
      /^event: changes\ndata: {"virtual_servers":{"0":{"destinations":{"0":{.*"active":41.*}}}}}\n\n$/,
    );
  });

  it('asks once for all who watch, and never while nobody does', async () => {
    const viewers = [await join(), await join(), await join()];
    await second();
    const watched = asked;
    for (const viewer of viewers) viewer.destroy();
    await second();
    await second();
    assert.deepEqual([watched, asked, stream.viewers, tellEvent], [2, 2, 0, undefined]);
  });

  it('tells one who comes later the whole at once, and everybody the same from then on', async () => {
    const early = await join();
    await second(withPid(2));
    const late = await join();
    const [, whole = ''] = late.take().split('data: ');
    assert.deepEqual(JSON.parse(whole), withPid(2));
    early.take();
    await second(withPid(3));
    assert.equal(early.take(), late.take());
  });

  it('tells the whole again when other servers are there than before', async () => {
    const viewer = await join();
    viewer.take();
    await second({ ...first, virtual_servers: first.virtual_servers.slice(1) });
    assert.match(viewer.take(), /^event: status\n/);
  });

  it('tells events that come together together', async () => {
    const viewer = await join();
    viewer.take();
    tellEvent?.({ kind: 'a' });
    tellEvent?.({ kind: 'b' });
    const before = viewer.take();
    clock.advance(100);
    assert.deepEqual(
      [before, viewer.take()],
      ['', 'event: event\ndata: {"kind":"a"}\n\nevent: event\ndata: {"kind":"b"}\n\n'],
    );
  });

  it('says how many events it leaves out of a thousand and more that come together', async () => {
    const viewer = await join();
    viewer.take();
    for (let count = 0; count < 1_037; count++) tellEvent?.({ count });
    clock.advance(100);
    const [all, rest] = viewer.take().split('event: left_out\n');
    tellEvent?.({ count: 1_037 });
    clock.advance(100);
    assert.deepEqual(
      [all?.match(/^data: /gm)?.length, rest, viewer.take()],
      [1_000, 'data: {"events":37}\n\n', 'event: event\ndata: {"count":1037}\n\n'],
    );
  });

  it('drops one who does not read: by what waits for it, and by how long', async () => {
    const [slow, stuck, good] = [await join(), await join(), await join()];
    slow.writableLength = 2 * VIEWER_BACKLOG_BYTES;
    stuck.reads = false;
    await second();
    const afterOne = [slow.destroyed, stuck.destroyed];
    for (let count = 0; count < 31; count++) await second();
    assert.deepEqual(
      [afterOne, stuck.destroyed, good.destroyed, stream.viewers],
      [[true, false], true, false, 1],
    );
  });

  it('lets no more in than it can feed', async () => {
    for (let count = 0; count < VIEWERS - 1; count++) await join();
    const before = stream.full;
    await join();
    const late = await join();
    assert.deepEqual(
      [before, stream.full, stream.viewers, late.destroyed, late.text],
      [false, true, VIEWERS, true, ''],
    );
  });

  it('does not count one who is gone already', async () => {
    const gone = new Viewer();
    gone.destroyed = true;
    stream.join(gone as unknown as ServerResponse, {});
    assert.deepEqual([stream.viewers, asked], [0, 0]);
  });

  it('forgets one that it drops, also where the end of it is not told', async () => {
    const silent = new Viewer();
    silent.destroy = () => undefined;
    stream.join(silent as unknown as ServerResponse, {});
    await turns();
    silent.writableLength = 2 * VIEWER_BACKLOG_BYTES;
    await second();
    await second();
    const viewer = await join();
    await second();
    assert.deepEqual(
      [stream.viewers, viewer.take().match(/event: \w+/g), asked],
      [1, ['event: status', 'event: changes'], 4],
    );
  });

  it('says that it is there, and drops who does not read, while the status does not answer', async () => {
    let answer: ((status: Status) => void) | undefined;
    stream = new StatusStream({
      clock,
      status: () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
      subscribe: () => () => undefined,
    });
    const [viewer, slow] = [await join(), await join()];
    slow.writableLength = 2 * VIEWER_BACKLOG_BYTES;
    viewer.take();
    for (let count = 0; count < 6; count++) await second();
    const meanwhile = viewer.take();
    answer?.(first);
    await turns();
    assert.deepEqual(
      [meanwhile, slow.destroyed, viewer.take(), clock.pending],
      [': still here\n\n'.repeat(3), true, `event: status\ndata: ${new StatusTexts(first).whole()}\n\n`, 1],
    );
  });

  it('says less often what takes long to say, but says each 2 s that it is there', async () => {
    const viewer = await join();
    viewer.take();
    const busy: Status = {
      ...first,
      get version() {
        clock.stall(200);
        return '1';
      },
    };
    await second(busy);
    const [asks] = [asked, viewer.take()];
    const said: string[] = [];
    for (let count = 0; count < 8; count++) {
      await second(busy);
      said.push(viewer.take());
    }
    const wanted = `${': still here\n\n'.repeat(3)}event: changes\ndata: {}\n\n`;
    assert.deepEqual([asked - asks, said.join('')], [1, wanted]);
  });

  it('goes on when the status could not be had for once', async () => {
    const viewer = await join();
    viewer.take();
    stream.close();
    let fails = true;
    stream = new StatusStream({
      clock,
      status: () => (fails ? Promise.reject(new Error('no worker')) : Promise.resolve(first)),
      subscribe: () => () => undefined,
    });
    const next = await join();
    fails = false;
    await second();
    assert.match(next.take(), /event: status\n/);
  });
});

describe('changes of a status', () => {
  const cases: readonly (readonly [string, Status, Status])[] = [
    ['of a field', withPid(1), withPid(2)],
    ['of a destination', withActive(1), withActive(2)],
    ['of nothing', first, first],
    ['of a field that goes', { ...first, datapath: 'xdp' }, first],
    ['of a field that comes', first, { ...first, datapath: 'xdp' }],
    [
      'of a virtual server itself',
      first,
      { ...first, virtual_servers: first.virtual_servers.map((one) => ({ ...one, packets: 7 })) },
    ],
  ];
  for (const [what, before, after] of cases)
    it(`${what} make the next out of the one before`, () => {
      const changes = new StatusTexts(after).since(new StatusTexts(before)) ?? assert.fail('no changes');
      assert.deepEqual(applyChanges(before, JSON.parse(changes)), after);
    });

  it('are small: what is the same is not in them', () => {
    const changes = new StatusTexts(withPid(2)).since(new StatusTexts(withPid(1)));
    assert.equal(changes, '{"pid":2}');
  });
});
