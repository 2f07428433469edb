/** A worker's end of what it and the main thread say to each other. */
import { type MessagePort, parentPort } from 'node:worker_threads';
import { reasonOf } from './errors.ts';

/** Throws where `who` runs as a program of its own. */
export function mainThread(who: string): MessagePort {
  if (parentPort === null) throw new Error(`The ${who} worker is started by the daemon, not by hand`);
  return parentPort;
}

/** One message that cannot be answered ends the worker: the daemon is told why, and starts it again. */
export function answerMain<Message>(port: MessagePort, answer: (message: Message) => void): void {
  port.on('message', (message: Message) => {
    try {
      answer(message);
    } catch (error) {
      port.postMessage({ kind: 'failed', message: reasonOf(error) });
      port.close();
    }
  });
}
