/** A worker thread that a test plays: it keeps what it was told, and says and dies as it is bidden. */
import { EventEmitter } from 'node:events';
import type { Thread } from '../../src/base/supervised_thread.ts';

export class FakeThread<To, From> extends EventEmitter implements Thread<To, From> {
  readonly received: To[] = [];

  postMessage(message: To): void {
    this.received.push(message);
  }

  terminate(): Promise<void> {
    return Promise.resolve();
  }

  says(message: From): void {
    this.emit('message', message);
  }

  dies(message: string): void {
    this.emit('error', new Error(message));
    this.emit('exit');
  }
}
