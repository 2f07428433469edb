/** The entry of the dataplane worker: messages in, messages out. It imports little, for memory's sake. */
import { addon } from '../addon/addon.ts';
import { systemClock } from '../base/clock.ts';
import { answerMain, mainThread } from '../base/worker_port.ts';
import { Dataplane } from './dataplane.ts';
import type { FromWorker, ThreadNews, ToWorker } from './messages.ts';
import { buffersOf, transferable } from './questions.ts';
import type { TraceNews } from './tracing.ts';
import { type KnownWish, unpackWish } from './wish.ts';

const port = mainThread('dataplane');
const post = (message: FromWorker, moved: readonly ArrayBuffer[] = []): void =>
  port.postMessage(message, moved);
let dataplane: Dataplane | undefined;
let wish: KnownWish | undefined;

answerMain(port, answer);

function answer(message: ToWorker): void {
  switch (message.kind) {
    case 'open': {
      const log = (level: 'info' | 'warn', text: string): void => post({ kind: 'log', level, message: text });
      const tell = (news: TraceNews | ThreadNews): void =>
        post(news, news.kind === 'traced' ? buffersOf(news.records) : []);
      dataplane = new Dataplane(addon(), message, { clock: systemClock, log, tell });
      post({ kind: 'opened', ...dataplane.opened });
      break;
    }
    case 'want':
      wish = { revision: message.revision, wanted: unpackWish(message.wanted, wish) };
      post({ kind: 'applied', revision: message.revision, ...opened().want(wish.wanted) });
      break;
    case 'read':
      post({ kind: 'state', request: message.request, state: opened().state() });
      break;
    case 'ask': {
      const reply = opened().answer(message.question);
      post({ kind: 'reply', request: message.request, reply }, transferable(reply));
      break;
    }
    case 'stop':
      post({ kind: 'stopped', problems: dataplane?.stop() ?? [] });
      dataplane = undefined;
      port.close();
      break;
  }
}

function opened(): Dataplane {
  if (dataplane === undefined) throw new Error('Cannot serve the dataplane: it was not opened');
  return dataplane;
}

// The addon takes tens of milliseconds to load; do it while the main thread reads the configuration.
try {
  addon();
} catch {
  // The message to open will say it, where it can be answered.
}
