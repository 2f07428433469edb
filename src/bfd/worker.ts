/** The entry of the BFD worker: messages in, messages out. Nothing else runs in its thread: its timers are short. */
import { addon } from '../addon/addon.ts';
import { systemClock } from '../base/clock.ts';
import { systemRandom } from '../base/random.ts';
import { openSessionChannel } from '../base/sessions.ts';
import { answerMain, mainThread } from '../base/worker_port.ts';
import type { FromBfdWorker, ToBfdWorker } from './messages.ts';
import { BfdService } from './service.ts';

const port = mainThread('BFD');
const post = (message: FromBfdWorker): void => port.postMessage(message);
const service = new BfdService({
  addon,
  clock: systemClock,
  random: systemRandom,
  channel: openSessionChannel(),
  post,
});

answerMain(port, (message: ToBfdWorker) => service.answer(message));
