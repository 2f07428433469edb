/** The entry of the BFD worker: messages in, messages out. Nothing else runs in its thread: its timers are short. */
import { type MessagePort, parentPort } from 'node:worker_threads';
import { addon } from '../addon/addon.ts';
import { systemClock } from '../base/clock.ts';
import { reasonOf } from '../base/errors.ts';
import { systemRandom } from '../base/random.ts';
import { openSessionChannel } from '../base/sessions.ts';
import type { FromBfdWorker, ToBfdWorker } from './messages.ts';
import { BfdService } from './service.ts';

const port = mainThread();
const post = (message: FromBfdWorker): void => port.postMessage(message);
const service = new BfdService({
  addon,
  clock: systemClock,
  random: systemRandom,
  channel: openSessionChannel(),
  post,
});

port.on('message', (message: ToBfdWorker) => {
  try {
    service.answer(message);
  } catch (error) {
    post({ kind: 'failed', message: reasonOf(error) });
    port.close();
  }
});

function mainThread(): MessagePort {
  if (parentPort === null) throw new Error('The BFD worker is started by the daemon, not by hand');
  return parentPort;
}
