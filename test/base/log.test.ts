import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { localTime } from '../../src/base/clock.ts';
import {
  createLogger,
  forwardingLogger,
  type LoggerOptions,
  type LogRecord,
  replay,
} from '../../src/base/log.ts';
import { FakeClock } from '../helpers/fake_clock.ts';

const clock = new FakeClock();
const time = localTime(clock.wallMs());

function logTo(options: LoggerOptions) {
  const stream = new PassThrough({ encoding: 'utf8' });
  const logger = createLogger({ stream, clock, ...options });
  return { logger, written: () => stream.read() as string | null };
}

describe('the logger', () => {
  it('writes time, level, message and fields in one line', () => {
    const { logger, written } = logTo({});
    logger.warn('TCP_CHECK on service [10.0.0.2]:tcp:80 failed.', { code: 'L4CON', detail: undefined });
    assert.equal(written(), `${time} warn TCP_CHECK on service [10.0.0.2]:tcp:80 failed. code=L4CON\n`);
  });

  it('drops what is less urgent than its level', () => {
    const { logger, written } = logTo({ level: 'notice' });
    logger.debug('debug');
    logger.info('info');
    logger.notice('notice');
    logger.error('error');
    assert.equal(written(), `${time} notice notice\n${time} error error\n`);
  });

  it('keeps a message from outside on its own line', () => {
    const { logger, written } = logTo({});
    logger.info('name\nerror forged\x1b[31m\x9b31m');
    assert.equal(written(), `${time} info name\\nerror forged\\x1b[31m\\x9b31m\n`);
  });

  it('writes one JSON object a line', () => {
    const { logger, written } = logTo({ format: 'json' });
    logger.info('hello', { attempts: 3 });
    assert.deepEqual(JSON.parse(written() ?? ''), { time, level: 'info', message: 'hello', attempts: 3 });
  });
});

describe('the logger of a worker', () => {
  it('posts records, which the main thread writes as its own', () => {
    const posted: LogRecord[] = [];
    const worker = forwardingLogger((record) => posted.push(record), 'info');
    worker.debug('unseen');
    worker.notice('tables adopted', { flows: 12 });
    assert.deepEqual(posted, [{ level: 'notice', message: 'tables adopted', fields: { flows: 12 } }]);

    const { logger, written } = logTo({});
    for (const record of posted) replay(logger, record);
    assert.equal(written(), `${time} notice tables adopted flows=12\n`);
  });
});
