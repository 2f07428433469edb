import type { Child, Outcome, Program, Spawn } from '../../src/base/script/program.ts';
import type { PrepareScript } from '../../src/base/script/script.ts';

/** A started program that ends when the test says so. */
export interface FakeChild {
  readonly words: readonly string[];
  /** What it was sent, in order. */
  readonly signals: string[];
  end(outcome: Exclude<Outcome, { kind: 'timed_out' }>): void;
}

/** Starts nothing; remembers what was to be started. */
export function fakeSpawn(): { readonly spawn: Spawn; readonly children: FakeChild[] } {
  const children: FakeChild[] = [];
  const spawn = ({ words }: Program, onEnd: FakeChild['end']): Child => {
    const signals: string[] = [];
    children.push({ words, signals, end: onEnd });
    return { signal: (name) => signals.push(name) > 0 };
  };
  return { spawn, children };
}

/** Every script runs as root, its text cut at blanks. */
export const readyScript: PrepareScript = ({ command }) => ({
  kind: 'ready',
  script: { line: { words: command.split(' ') }, user: { uid: 0, gid: 0 } },
});

export const passed = { kind: 'exited', status: 0 } as const;
export const failed = { kind: 'exited', status: 1 } as const;

export const span = { file: 'test.conf', line: 1, column: 1, length: 1, text: '' };
