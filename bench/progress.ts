/** What is being done, on standard error: one line that changes on a terminal, else plain lines. */
import { createLogUpdate } from 'log-update';

export interface Progress {
  say(text: string): void;
  /** A line that stays. */
  note(text: string): void;
  clear(): void;
}

export function progressOn(stream: NodeJS.WriteStream): Progress {
  const plain = (text: string) => stream.write(`xlb bench: ${text}\n`);
  if (!stream.isTTY) return { say: plain, note: plain, clear: () => undefined };
  const update = createLogUpdate(stream);
  return {
    say: (text) => update(`xlb bench: ${text}`),
    note(text) {
      update.clear();
      plain(text);
    },
    clear: () => update.clear(),
  };
}
