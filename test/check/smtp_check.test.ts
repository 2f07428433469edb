import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { smtpCheck } from '../../src/check/smtp_check.ts';
import type { SmtpCheckConfig } from '../../src/config/model.ts';
import { builtAddon, needs } from '../helpers/needs.ts';
import { commonCheckConfig } from '../helpers/sample_config.ts';

const never = new AbortController().signal;

function config(changes: Partial<SmtpCheckConfig>): SmtpCheckConfig {
  return { kind: 'SMTP_CHECK', ...commonCheckConfig, heloName: 'director.example.com', ...changes };
}

describe('SMTP_CHECK', { skip: needs(builtAddon) }, () => {
  let server: Server | undefined;
  const sockets: Socket[] = [];
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
    server?.close();
    server = undefined;
  });

  /** Answers the connection, then each line, with the next of `answers`; after the last it hangs. */
  async function serve(answers: readonly string[], { close = false } = {}) {
    const lines: string[] = [];
    const made = createServer((socket) => {
      sockets.push(socket);
      const rest = [...answers];
      const say = () => {
        const text = rest.shift();
        if (text !== undefined) socket.write(text);
        else if (close) socket.end();
      };
      socket.on('error', () => {});
      socket.on('data', (bytes) => {
        lines.push(bytes.toString());
        say();
      });
      say();
    }).listen(0, '127.0.0.1');
    server = made;
    await once(made, 'listening');
    return { lines, connectPort: (made.address() as AddressInfo).port };
  }

  const healthy = ['220-mail.example.com\r\n220 ESMTP\r\n', '250 director.example.com\r\n', '221 bye\r\n'];

  it('passes when the server greets and takes HELO and QUIT', async () => {
    const { lines, connectPort } = await serve(healthy);
    assert.deepEqual(await smtpCheck.run(config({ connectPort }), never), { code: 'L7OK' });
    assert.deepEqual(lines, ['HELO director.example.com\r\n', 'QUIT\r\n']);
  });

  it('passes when the server closes without a word after QUIT', async () => {
    const { connectPort } = await serve(healthy.slice(0, 2), { close: true });
    assert.deepEqual(await smtpCheck.run(config({ connectPort }), never), { code: 'L7OK' });
  });

  const failing: readonly [title: string, answers: readonly string[], result: object][] = [
    ['a greeting that refuses', ['554 no\r\n'], { code: 'L7STS', detail: '554 as answer to greeting' }],
    [
      'a HELO that is refused',
      ['220 x\r\n', '550 no\r\n'],
      { code: 'L7STS', detail: '550 as answer to HELO' },
    ],
    ['rubbish', ['SSH-2.0-x\r\n'], { code: 'L7RSP', detail: 'no status as answer to greeting' }],
    ['an endless line', ['2'.repeat(100_000)], { code: 'L7RSP', detail: 'more than 16384 bytes' }],
    ['endless lines', ['220-x\r\n'.repeat(10_000)], { code: 'L7RSP', detail: 'more than 16384 bytes' }],
  ];
  for (const [title, answers, result] of failing)
    it(`fails with ${title}`, async () => {
      const { connectPort } = await serve(answers);
      assert.deepEqual(await smtpCheck.run(config({ connectPort }), never), result);
    });

  it('fails when the server closes before it has greeted', async () => {
    const { connectPort } = await serve([], { close: true });
    assert.deepEqual(await smtpCheck.run(config({ connectPort }), never), {
      code: 'L7RSP',
      detail: 'connection closed before an answer to greeting',
    });
  });

  it('fails with ECONNREFUSED where nothing listens', async () => {
    const { connectPort } = await serve([]);
    server?.close();
    assert.deepEqual(await smtpCheck.run(config({ connectPort }), never), {
      code: 'L4CON',
      detail: 'ECONNREFUSED',
    });
  });

  it('fails when its time is over, however the server keeps talking', async () => {
    const { connectPort } = await serve(['220 x\r\n', '250-more\r\n']);
    const controller = new AbortController();
    const answer = smtpCheck.run(config({ connectPort }), controller.signal);
    while (sockets[0] === undefined || sockets[0].bytesRead === 0) await nextTurn();
    controller.abort();
    assert.deepEqual(await answer, { code: 'L7TOUT', detail: 'answer to HELO' });
  });

  it('fails with L4TOUT when its time is over before a connection', async () => {
    const { connectPort } = await serve(healthy);
    const controller = new AbortController();
    const answer = smtpCheck.run(config({ connectPort }), controller.signal);
    controller.abort();
    assert.deepEqual(await answer, { code: 'L4TOUT' });
    assert.deepEqual(await smtpCheck.run(config({ connectPort }), AbortSignal.abort()), { code: 'L4TOUT' });
  });
});
