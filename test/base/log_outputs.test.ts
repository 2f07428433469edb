import assert from 'node:assert/strict';
import { fstatSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, describe, it } from 'node:test';
import { localTime } from '../../src/base/clock.ts';
import { createLogger } from '../../src/base/log.ts';
import { fileOutput, isJournal, journalOutput, syslogOutput } from '../../src/base/log_outputs.ts';
import { FakeClock } from '../helpers/fake_clock.ts';

const directory = mkdtempSync(join(tmpdir(), 'xlb-log-'));
after(() => rmSync(directory, { recursive: true }));
const clock = new FakeClock();

describe('a log', () => {
  it('tells the journal the priority before each line, and leaves the time to it', () => {
    const stream = new PassThrough({ encoding: 'utf8' });
    const log = createLogger({ clock, outputs: [journalOutput(stream)] });
    log.error('No kernel\nof ours', { code: 'NO_BPFFS' });
    log.notice('Started');
    assert.equal(stream.read(), '<3>No kernel\\nof ours code=NO_BPFFS\n<5>Started\n');
  });

  it('goes to syslog as syslog(3) sends it, with the facility of -S', () => {
    const sent: string[] = [];
    const send = (datagram: Uint8Array) => sent.push(Buffer.from(datagram).toString());
    const log = createLogger({ clock, outputs: [syslogOutput({ facility: 'local1', pid: 12, send })] });
    log.warn('Cannot reach it');
    const [, priority, rest] =
      /^<(\d+)>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d (.*)$/s.exec(sent.join('')) ?? [];
    assert.deepEqual([priority, rest], ['140', 'xlb[12]: Cannot reach it']);
  });

  it('does not stop where no syslog daemon reads', () => {
    const send = () => {
      throw new Error('send to /dev/log: No such file or directory');
    };
    const log = createLogger({ clock, outputs: [syslogOutput({ facility: 'daemon', pid: 1, send })] });
    log.info('one');
    log.info('two');
  });

  it('goes on in a new file when the old one was moved away', () => {
    const file = join(directory, 'xlb.log');
    const log = createLogger({ clock, outputs: [fileOutput(file, (reason) => assert.fail(String(reason)))] });
    log.info('one');
    renameSync(file, `${file}.1`);
    log.info('two');
    const time = localTime(clock.wallMs());
    assert.deepEqual(
      [readFileSync(`${file}.1`, 'utf8'), readFileSync(file, 'utf8')],
      [`${time} info one\n`, `${time} info two\n`],
    );
  });

  it('says once that its file cannot be written', () => {
    const failures: unknown[] = [];
    const log = createLogger({
      clock,
      outputs: [fileOutput(join(directory, 'none', 'xlb.log'), (reason) => failures.push(reason))],
    });
    log.info('one');
    log.info('two');
    assert.equal(failures.length, 1);
  });

  it('is JSON on request, in every output', () => {
    const streams = [new PassThrough({ encoding: 'utf8' }), new PassThrough({ encoding: 'utf8' })] as const;
    const outputs = [{ stream: streams[0] }, journalOutput(streams[1])];
    createLogger({ clock, format: () => 'json', outputs }).info('hello');
    const line = JSON.stringify({ time: localTime(clock.wallMs()), level: 'info', message: 'hello' });
    assert.deepEqual(
      streams.map((stream) => stream.read()),
      [`${line}\n`, `<6>${line}\n`],
    );
  });
});

describe('standard error', () => {
  it('is the journal where JOURNAL_STREAM names it, and not where it was redirected', () => {
    const { dev, ino } = fstatSync(2);
    assert.deepEqual(
      [`${dev}:${ino}`, `${dev}:${ino + 1}`, undefined].map((journal) =>
        isJournal(2, journal === undefined ? {} : { JOURNAL_STREAM: journal }),
      ),
      [true, false, false],
    );
  });
});
