import assert from 'node:assert/strict';
import { closeSync, constants, mkdirSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { EventFifo } from '../../../src/notify/outlets/event_fifo.ts';
import { MOST_WAITING } from '../../../src/notify/outlets/outlet.ts';
import { FakeClock } from '../../helpers/fake_clock.ts';
import { memoryLog } from '../../helpers/memory_log.ts';
import { needs, root } from '../../helpers/needs.ts';

describe('a FIFO of events', { skip: needs(root) }, () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'xlb-events-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function outlet(path: string) {
    const { logger: log, lines } = memoryLog();
    const clock = new FakeClock();
    return { clock, fifo: new EventFifo(path, { clock, log }), lines };
  }

  function read(path: string): string {
    const bytes = Buffer.alloc(1 << 17);
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const length = readSync(reader, bytes);
    closeSync(reader);
    return bytes.toString('utf8', 0, length);
  }

  it('has what comes at once wait for its reader, in order', async () => {
    const path = join(folder, 'fifo');
    const { clock, fifo } = outlet(path);
    const events = Array.from({ length: 100 }, (_, at) => String(at).padStart(1023, ' '));
    for (const event of events) fifo.write(event);
    const first = read(path);
    fifo.write('last');
    clock.advance(50);
    const second = read(path);
    await fifo.stop();
    assert.deepEqual(
      [first.length, first + second, fifo.lost, clock.pending],
      [65_536, `${[...events, 'last'].join('\n')}\n`, 0, 0],
    );
  });

  it('loses what nobody reads beyond 10,000, counts it and says so once, at its end all', async () => {
    const path = join(folder, 'fifo');
    const { clock, fifo, lines } = outlet(path);
    const line = 'x'.repeat(1023);
    for (let at = 0; at < 64 + MOST_WAITING + 2; at++) fifo.write(line);
    clock.advance(1000);
    const lost = fifo.lost;
    await fifo.stop();
    assert.deepEqual(
      [lost, fifo.lost, lines, clock.pending],
      [
        2,
        MOST_WAITING + 2,
        [`warn Cannot write to notify FIFO ${path}: it is full; lines are lost until its reader goes on`],
        0,
      ],
    );
  });

  it('says once that lines are too long for it', async () => {
    const path = join(folder, 'fifo');
    const { fifo, lines } = outlet(path);
    fifo.write('y'.repeat(4096));
    fifo.write('y'.repeat(5000));
    fifo.write('y'.repeat(4095));
    await fifo.stop();
    assert.deepEqual(
      [fifo.lost, lines],
      [
        2,
        [
          `warn Event of 4096 bytes is not written to fifo:${path}: only less than 4096 go as a whole; ` +
            'such events are lost, a file or a webhook takes them',
        ],
      ],
    );
  });

  it('whose folder is missing loses events, counted, until it is there', async () => {
    const path = join(folder, 'missing', 'fifo');
    const { clock, fifo } = outlet(path);
    fifo.write('1');
    mkdirSync(join(folder, 'missing'));
    clock.advance(1000);
    fifo.write('2');
    const text = read(path);
    await fifo.stop();
    assert.deepEqual([fifo.lost, text], [1, '2\n']);
  });
});
