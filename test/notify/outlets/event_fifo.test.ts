import assert from 'node:assert/strict';
import { closeSync, constants, mkdirSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { EventFifo } from '../../../src/notify/outlets/event_fifo.ts';
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

  it('loses what its reader leaves, and lines that would be torn, and waits for nobody', async () => {
    const path = join(folder, 'fifo');
    const { fifo } = outlet(path);
    const line = 'x'.repeat(1023);
    for (let at = 0; at < 65; at++) fifo.write(line);
    fifo.write('y'.repeat(5000));
    const lost = fifo.lost;
    const bytes = read(path).length;
    fifo.write('z');
    const more = read(path);
    await fifo.stop();
    assert.deepEqual([lost, bytes, more, fifo.lost], [2, 65_536, 'z\n', 2]);
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
