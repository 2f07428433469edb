import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { at, recordsOf } from '../../src/control/decision.ts';
import { parseFilter } from '../../src/control/trace_filter.ts';
import { readMessages } from '../../src/control/trace_message.ts';
import { MOST_WAITING } from '../../src/daemon/trace_viewer.ts';
import { MAX_VIEWERS, TraceViewers } from '../../src/daemon/trace_viewers.ts';
import type { Question } from '../../src/dataplane/questions.ts';
import type { TraceNews } from '../../src/dataplane/tracing.ts';

/** A record of a packet to this VIP port, with so many bytes of a frame. */
function record(port: number, captured = 0): Buffer {
  const bytes = Buffer.alloc(at.frame + captured);
  bytes.writeUInt16BE(port, at.virtualPort);
  bytes.writeUInt32LE(captured, at.captured);
  return bytes;
}

function world() {
  const asked: Question[] = [];
  let tell: (news: TraceNews) => void = () => undefined;
  const viewers = new TraceViewers({
    ask: (async (question: Question) => {
      asked.push(question);
      return { ask: 'trace' };
    }) as never,
    onTrace: (listener) => {
      tell = listener;
    },
  });
  const open = async (text: string, perSecond = 10) => {
    const opened = await viewers.open({ filter: parseFilter(text, []), snap: 0, perSecond });
    return opened === undefined ? assert.fail('refused') : opened[Symbol.asyncIterator]();
  };
  return { asked, open, tell: (news: TraceNews) => tell(news), viewers };
}

const counts = { kind: 'trace_counts', counts: { limited: 3, lost: 4 }, interfaces: { 1: 'eth0' } } as const;

async function messages(iterator: AsyncIterator<Uint8Array>, count: number) {
  const parts: Buffer[] = [];
  for (let index = 0; index < count; index++) parts.push(Buffer.from((await iterator.next()).value ?? []));
  const stream = (async function* () {
    yield* parts;
  })();
  const found: unknown[] = [];
  for await (const message of readMessages(stream))
    found.push(
      message.kind === 'records'
        ? [...recordsOf(message.records)].map((one) => one.readUInt16BE(at.virtualPort))
        : message,
    );
  return found;
}

describe('viewers of decisions', () => {
  it('ask the packet path for what any of them wants, and for nothing after the last', async () => {
    const { asked, open } = world();
    const first = await open('port 80', 10);
    const second = await open('udp', 50);
    await first.return?.();
    await second.return?.();
    await second.return?.();
    const port = { port: { value: 80 } };
    const udp = { protocol: { value: 17 } };
    assert.deepEqual(asked, [
      { ask: 'trace', settings: { terms: [port], snap: 0, perSecond: 10 } },
      { ask: 'trace', settings: { terms: [port, udp], snap: 0, perSecond: 50 } },
      { ask: 'trace', settings: { terms: [udp], snap: 0, perSecond: 50 } },
      { ask: 'trace' },
    ]);
  });

  it('get what fits their own filter', async () => {
    const { open, tell } = world();
    const [web, dns] = [await open('port 80'), await open('port 53')];
    tell({ kind: 'traced', records: Buffer.concat([record(80), record(53, 8), record(80)]) });
    assert.deepEqual([await messages(web, 1), await messages(dns, 1)], [[[80, 80]], [[53]]]);
  });

  it('get nothing that one who has just gone asked for', async () => {
    const { open, tell } = world();
    const all = await open('all');
    await all.return?.();
    const web = await open('port 80');
    tell({ kind: 'traced', records: Buffer.concat([record(53), record(80)]) });
    tell(counts);
    tell({ kind: 'traced', records: Buffer.concat([record(53), record(80)]) });
    tell(counts);
    tell({ kind: 'traced', records: record(80) });
    const records = (await messages(web, 5)).filter((message) => Array.isArray(message));
    assert.deepEqual(records, [[80], [80], [80]]);
  });

  it('get so many a second as they asked for, whatever others ask for, and are told of the rest', async () => {
    const { open, tell } = world();
    const [few, all] = [await open('', 2), await open('', 0)];
    const second = (seconds: number, ports: readonly number[]) =>
      ports.map((port) => {
        const made = record(port);
        made.writeBigUInt64LE(BigInt(seconds) * 1_000_000_000n, at.time);
        return made;
      });
    const records = Buffer.concat([...second(1, [1, 2, 3, 4]), ...second(2, [5, 6, 7])]);
    tell({ kind: 'traced', records });
    tell({ kind: 'traced', records: Buffer.concat(second(2, [8])) });
    tell(counts);
    const state = { dropped: 0, interfaces: { 1: 'eth0' }, lost: 0 };
    assert.deepEqual(
      [await messages(few, 2), await messages(all, 3)],
      [
        [[1, 2, 5, 6], { kind: 'state', state: { ...state, limited: 4 } }],
        [[1, 2, 3, 4, 5, 6, 7], [8], { kind: 'state', state: { ...state, limited: 0 } }],
      ],
    );
  });

  it('get so many a second also just after one without a limit has gone', async () => {
    const { open, tell } = world();
    const all = await open('', 0);
    const few = await open('', 2);
    await all.return?.();
    tell({ kind: 'traced', records: Buffer.concat([record(1), record(2), record(3)]) });
    assert.deepEqual(await messages(few, 1), [[1, 2]]);
  });

  it('are told what they miss, counted from their first second on', async () => {
    const { open, tell } = world();
    const viewer = await open('');
    tell(counts);
    tell({ ...counts, counts: { limited: 8, lost: 5 } });
    const { interfaces } = counts;
    assert.deepEqual(await messages(viewer, 2), [
      { kind: 'state', state: { limited: 0, lost: 0, dropped: 0, interfaces: { 1: 'eth0' } } },
      { kind: 'state', state: { limited: 5, lost: 1, dropped: 0, interfaces } },
    ]);
  });

  it('that do not read lose what is beyond the bound, and nobody else does', async () => {
    const { open, tell } = world();
    const [slow, quick] = [await open('port 80', 0), await open('port 80', 0)];
    const big = record(80, 1_600);
    const batch = Buffer.concat(Array.from({ length: 1_000 }, () => big));
    const times = 5;
    for (let index = 0; index < times; index++) {
      tell({ kind: 'traced', records: batch });
      await quick.next();
    }
    tell(counts);
    const fitting = Math.floor(MOST_WAITING / batch.length);
    const [last] = (await messages(slow, fitting + 1)).slice(-1) as { state: { dropped: number } }[];
    assert.equal(last?.state.dropped, (times - fitting) * 1_000);
    assert.deepEqual((await messages(quick, 1)).at(-1), {
      kind: 'state',
      state: { limited: 0, lost: 0, dropped: 0, interfaces: { 1: 'eth0' } },
    });
  });

  it('end, and are told why, with the worker that told them', async () => {
    const { open, tell } = world();
    const viewer = await open('');
    const waiting = messages(viewer, 1);
    tell({ kind: 'trace_failed', reason: 'it died' });
    assert.deepEqual(
      [await waiting, await viewer.next()],
      [[{ kind: 'end', reason: 'it died' }], { done: true, value: undefined }],
    );
  });

  it('are so many at most', async () => {
    const { open, viewers } = world();
    for (let index = 0; index < MAX_VIEWERS; index++) await open('');
    assert.equal(await viewers.open({ filter: [[]], snap: 0, perSecond: 1 }), undefined);
  });
});
