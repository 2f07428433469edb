import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, describe, it } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { type CheckPool, createCheckPool } from '../../src/check/pool.ts';
import { NONE_IGNORED } from '../../src/check/vip/ignored.ts';
import { ports } from '../helpers/failing_worker.ts';
import { FakeClock } from '../helpers/fake_clock.ts';
import { memoryLog } from '../helpers/memory_log.ts';
import { builtAddon, needs, root } from '../helpers/needs.ts';
import { commonCheckConfig, tcpCheckConfig } from '../helpers/sample_config.ts';
import { silentListener } from '../helpers/silent_listener.ts';

const failingWorker = new URL('../helpers/failing_worker.js', import.meta.url);

describe('the pool of check threads', () => {
  let pool: CheckPool | undefined;
  afterEach(() => pool?.close());

  function failing() {
    const clock = new FakeClock();
    const { logger, lines } = memoryLog();
    const made = createCheckPool({ clock, logger, worker: failingWorker });
    pool = made;
    const ask = (connectPort: number) => made.run(tcpCheckConfig({ connectPort }));
    return { clock, lines, ask };
  }

  it('carries hundreds of attempts in one thread at once', { skip: needs(builtAddon) }, async () => {
    const server = createServer((socket) => socket.resume()).listen(0, '127.0.0.1', 511);
    await once(server, 'listening');
    const connectPort = (server.address() as AddressInfo).port;
    const { logger, lines } = memoryLog();
    const made = createCheckPool({ clock: systemClock, logger });
    pool = made;
    const check = tcpCheckConfig({ connectIp: '127.0.0.1', connectPort });
    const results = await Promise.all(Array.from({ length: 300 }, () => made.run(check)));
    server.close();
    assert.deepEqual(new Set(results.map(({ code }) => code)), new Set(['L4OK']));
    assert.deepEqual(lines, []);
  });

  it('ends an attempt when connect_timeout is over', { skip: needs(builtAddon) }, async () => {
    const { logger } = memoryLog();
    const made = createCheckPool({ clock: systemClock, logger });
    pool = made;
    const { port, release } = await silentListener();
    const { code, latencyMs } = await made.run(
      tcpCheckConfig({ connectIp: '127.0.0.1', connectPort: port, connectTimeoutMs: 150 }),
    );
    release();
    assert.equal(code, 'L4TOUT');
    assert.ok(latencyMs >= 149 && latencyMs < 20_000, `${latencyMs} ms`);
  });

  it('makes checks that need the addon in its thread', { skip: needs(root, builtAddon) }, async () => {
    const { logger, lines } = memoryLog();
    const made = createCheckPool({ clock: systemClock, logger });
    pool = made;
    const { code } = await made.run({ kind: 'PING_CHECK', ...commonCheckConfig });
    assert.deepEqual([code, lines], ['L3OK', []]);
  });

  it('makes checks although the kernel refuses the scheduling that is wanted', {
    skip: needs(builtAddon),
  }, async () => {
    const { logger, lines } = memoryLog();
    const made = createCheckPool({ clock: systemClock, logger, scheduling: { processors: [1_000] } });
    pool = made;
    const { code } = await made.run(tcpCheckConfig({ connectIp: '127.0.0.1', connectPort: 1 }));
    assert.deepEqual([code, lines.length], ['L4CON', 1]);
    assert.match(lines[0] ?? '', /^warn Health checks run at ordinary priority: /);
  });

  it('adds up what probes ignored in its threads', async () => {
    const { ask } = failing();
    await ask(ports.pass);
    await ask(ports.pass);
    assert.deepEqual(pool?.ignored, { ...NONE_IGNORED, wrong: 3 });
  });

  it('answers the attempts of a thread that died with NOTRUN, reports it and goes on with another', async () => {
    const { clock, lines, ask } = failing();
    assert.deepEqual(await ask(ports.pass), { code: 'L4OK', latencyMs: 0 });
    const answers = await Promise.all([ask(ports.hang), ask(ports.die)]);
    const died = { code: 'NOTRUN', detail: 'the thread dies', latencyMs: 0 };
    assert.deepEqual(answers, [died, died]);
    assert.deepEqual(await ask(ports.pass), {
      code: 'NOTRUN',
      detail: 'health check thread is being restarted',
      latencyMs: 0,
    });
    clock.advance(1_000);
    assert.deepEqual(await ask(ports.pass), { code: 'L4OK', latencyMs: 0 });
    assert.deepEqual(lines, ['error Health check thread ended, starting another: the thread dies']);
  });

  it('answers NOTRUN where no thread can be created, reports it and tries again', async () => {
    const clock = new FakeClock();
    const { logger, lines } = memoryLog();
    let worker = new URL('none:worker');
    const made = createCheckPool({
      clock,
      logger,
      get worker() {
        return worker;
      },
    });
    pool = made;
    const ask = async () => (await made.run(tcpCheckConfig({ connectPort: ports.pass }))).code;
    const codes = [await ask(), await ask()];
    worker = failingWorker;
    clock.advance(1_000);
    codes.push(await ask());
    assert.deepEqual(
      [codes, lines],
      [
        ['NOTRUN', 'NOTRUN', 'L4OK'],
        ['error Cannot start a health check thread, trying again: The URL must be of scheme file'],
      ],
    );
  });

  it('survives a thread that runs out of memory', async () => {
    const { clock, ask } = failing();
    assert.equal((await ask(ports.runOutOfMemory)).code, 'NOTRUN');
    clock.advance(1_000);
    assert.equal((await ask(ports.pass)).code, 'L4OK');
  });

  it('replaces a thread that does not answer long after the time limit', async () => {
    const { clock, lines, ask } = failing();
    await ask(ports.pass);
    const answer = ask(ports.hang);
    clock.advance(10_000);
    assert.equal((await answer).code, 'NOTRUN');
    clock.advance(1_000);
    assert.equal((await ask(ports.pass)).code, 'L4OK');
    assert.deepEqual(lines, [
      'error Health check thread ended, starting another: no answer to a check within 10000 ms',
    ]);
  });

  it('answers everything with NOTRUN once it is closed, and says nothing', async () => {
    const { lines, ask } = failing();
    await ask(ports.pass);
    const underWay = ask(ports.hang);
    await pool?.close();
    assert.equal((await underWay).code, 'NOTRUN');
    assert.equal((await ask(ports.pass)).code, 'NOTRUN');
    assert.deepEqual(lines, []);
  });
});
