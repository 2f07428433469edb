/**
 * Child process: requests to the virtual server over connections that live long and, beside them, over new ones.
 * argv: address, port. A request without an answer within three seconds has failed, and so has one whose connection
 * breaks.
 */
import { Agent, request } from 'node:http';
import { systemClock } from '../../src/base/clock.ts';
import { pause } from '../../src/demo/pause.ts';
import type { FromVictim, ToVictim } from './messages.ts';
import { type RequestEnd, summed } from './requests.ts';

const [host = '', port = '80'] = process.argv.slice(2);
const limits = { connections: 20, everyMs: 50, freshEveryMs: 10, answerWithinMs: 3_000 };

function send(agent: Agent | false): Promise<RequestEnd> {
  const began = systemClock.nowMs();
  const tookMs = () => systemClock.nowMs() - began;
  return new Promise((resolve) => {
    const call = request({ host, port, agent, timeout: limits.answerWithinMs }, (response) => {
      response.resume();
      response.on('end', () => resolve({ tookMs: tookMs() }));
      response.on('error', (error) => call.destroy(error));
    });
    // Of the whole request: `timeout` is of silence, and a connection is not a socket before it is there.
    const timer = systemClock.setTimer(limits.answerWithinMs, () =>
      call.destroy(new Error('no answer in time')),
    );
    call.on('close', () => timer.cancel());
    call.on('error', (error: NodeJS.ErrnoException) =>
      resolve({ tookMs: tookMs(), reason: error.code ?? error.message }),
    );
    call.end();
  });
}

const agents = Array.from(
  { length: limits.connections },
  () => new Agent({ keepAlive: true, maxSockets: 1 }),
);

async function count(seconds: number): Promise<FromVictim> {
  const end = systemClock.nowMs() + seconds * 1_000;
  const goesOn = () => systemClock.nowMs() < end && process.connected;
  const established: RequestEnd[] = [];
  const fresh: Promise<RequestEnd>[] = [];
  const kept = agents.map(async (agent) => {
    while (goesOn()) {
      established.push(await send(agent));
      await pause(limits.everyMs);
    }
  });
  while (goesOn()) {
    fresh.push(send(false));
    await pause(limits.freshEveryMs);
  }
  await Promise.all(kept);
  return { kind: 'counted', established: summed(established), fresh: summed(await Promise.all(fresh)) };
}

function tell(message: FromVictim): void {
  if (process.connected) process.send?.(message);
}

process.on('message', (message: ToVictim) => {
  void count(message.seconds).then(tell);
});

// Whoever started us is gone.
process.on('disconnect', () => {
  for (const agent of agents) agent.destroy();
});

await Promise.all(agents.map(send));
tell({ kind: 'connected' });
