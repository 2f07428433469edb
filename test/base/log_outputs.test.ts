import assert from 'node:assert/strict';
import { fstatSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, describe, it } from 'node:test';
import { localTime } from '../../src/base/clock.ts';
import { createLogger } from '../../src/base/log.ts';
import { fileOutput, isJournal, journalEntries, syslogOutput } from '../../src/base/log_outputs.ts';
import { FakeClock } from '../helpers/fake_clock.ts';

const directory = mkdtempSync(join(tmpdir(), 'xlb-log-'));
after(() => rmSync(directory, { recursive: true }));
const clock = new FakeClock();

describe('a log', () => {
  it('gives the journal entries with fields, and leaves the time to it', () => {
    const sent: string[] = [];
    const send = (datagram: Uint8Array) => sent.push(Buffer.from(datagram).toString());
    const log = createLogger({ clock, outputs: [journalEntries(send, new PassThrough())] });
    log.error('No kernel\nof ours', { code: 'NO_BPFFS' });
    log.notice('Removing it', undefined, { event: 'real_server_down', virtual_server: '[10.0.0.1]:tcp:80' });
    assert.deepEqual(sent, [
      'PRIORITY=3\nMESSAGE=No kernel\\nof ours code=NO_BPFFS\nSYSLOG_IDENTIFIER=xlb\nXLB_CODE=NO_BPFFS\n',
      'PRIORITY=5\nMESSAGE=Removing it\nSYSLOG_IDENTIFIER=xlb\n' +
        'XLB_EVENT=real_server_down\nXLB_VIRTUAL_SERVER=[10.0.0.1]:tcp:80\n',
    ]);
  });

  it('takes the way of standard error while the journal does not read', () => {
    const send = () => {
      throw new Error('send to /run/systemd/journal/socket: Resource temporarily unavailable');
    };
    const otherwise = new PassThrough({ encoding: 'utf8' });
    createLogger({ clock, outputs: [journalEntries(send, otherwise)] }).warn('Late');
    assert.equal(otherwise.read(), '<4>Late\n');
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
    const outputs = [{ stream: streams[0] }, { stream: streams[1], prefix: () => '<6>' }];
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
