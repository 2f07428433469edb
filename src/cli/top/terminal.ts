/** The shell of `xlb top`: asks, reads keys, draws; and gives the terminal back as it was, whatever ends it. */
import { emitKeypressEvents } from 'node:readline';
import type { Clock, Timer } from '../../base/clock.ts';
import { reasonOf } from '../../base/errors.ts';
import type { Status } from '../../control/status.ts';
import type { WeightAnswer, WeightOrder } from '../../control/weight.ts';
import { stepTop, type TopEvent, type TopState } from './model.ts';
import type { Sample } from './rows.ts';
import { type ScreenLine, type Style, topScreen } from './screen.ts';

/** From one question to the next. */
const PERIOD_MS = 1_000;

export interface TopShell {
  readonly clock: Clock;
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  readonly signals: Pick<NodeJS.EventEmitter, 'on' | 'off'>;
  readonly colours: boolean;
  readonly status: () => Promise<Status>;
  /** Undefined where there is no such real server. */
  readonly weigh: (order: WeightOrder) => Promise<WeightAnswer | undefined>;
}

export async function takeSample({ clock, status }: Pick<TopShell, 'clock' | 'status'>): Promise<Sample> {
  const answer = await status();
  return { status: answer, atMs: clock.nowMs(), wallMs: clock.wallMs() };
}

/** Until `q`, or a signal: its number. */
export function liveTop(initial: TopState, shell: TopShell): Promise<number> {
  return new LiveTop(initial, shell).run();
}

const endSignals = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

class LiveTop {
  readonly #shell: TopShell;
  #state: TopState;
  #timer: Timer | undefined;
  #ended = false;
  #end: (signal: number) => void = () => undefined;
  #fail: (error: unknown) => void = () => undefined;

  constructor(initial: TopState, shell: TopShell) {
    this.#state = initial;
    this.#shell = shell;
  }

  async run(): Promise<number> {
    const { input, output, signals } = this.#shell;
    const ended = new Promise<number>((resolve, reject) => {
      this.#end = resolve;
      this.#fail = reject;
    });
    const onKey = (text: string | undefined, { ctrl, name }: { ctrl?: boolean; name?: string } = {}) =>
      this.#take({ kind: 'key', key: { text, name, ctrl: ctrl === true } });
    const redraw = () => this.#guard(() => this.#draw());
    const resume = () => this.#guard(() => this.#enter());
    const hangUp = () => this.#end(endSignals.SIGHUP);
    const ends = Object.entries(endSignals).map(([name, number]) => [name, () => this.#end(number)] as const);
    const leave = () => this.#leave();
    try {
      // Even where something else ends the process.
      process.once('exit', leave);
      emitKeypressEvents(input);
      input.on('keypress', onKey);
      input.once('end', hangUp);
      output.on('resize', redraw);
      signals.on('SIGCONT', resume);
      for (const [name, end] of ends) signals.on(name, end);
      this.#enter();
      this.#askSoon(PERIOD_MS);
      return await ended;
    } finally {
      this.#ended = true;
      this.#timer?.cancel();
      for (const [name, end] of ends) signals.off(name, end);
      signals.off('SIGCONT', resume);
      output.off('resize', redraw);
      input.off('keypress', onKey);
      input.off('end', hangUp);
      process.off('exit', leave);
      leave();
    }
  }

  /** A fault in a callback ends it as any other does. */
  #guard(work: () => void): void {
    try {
      if (!this.#ended) work();
    } catch (error) {
      this.#fail(error);
    }
  }

  #take(event: TopEvent): void {
    this.#guard(() => {
      const { state, action } = stepTop(this.#state, event);
      this.#state = state;
      if (action?.do === 'quit') this.#end(0);
      else if (action?.do === 'weigh') void this.#weigh(action.order);
      this.#draw();
    });
  }

  async #weigh(order: WeightOrder): Promise<void> {
    const { realServer, weight } = order;
    try {
      const answer = await this.#shell.weigh(order);
      const done = weight === 0 ? 'is drained' : 'has its configured weight';
      const problems = answer?.problems ?? [];
      const text =
        problems[0] ?? (answer === undefined ? `${realServer} is there no more` : `${realServer} ${done}`);
      this.#take({ kind: 'told', text });
    } catch (error) {
      this.#take({ kind: 'told', text: `Cannot set the weight of ${realServer}: ${reasonOf(error)}` });
    }
  }

  #askSoon(ms: number): void {
    this.#timer = this.#shell.clock.setTimer(ms, () => void this.#ask());
  }

  /** One question at a time, however long the answer takes. */
  async #ask(): Promise<void> {
    const { clock } = this.#shell;
    const beganMs = clock.nowMs();
    try {
      this.#take({ kind: 'sample', sample: await takeSample(this.#shell) });
    } catch (error) {
      this.#take({ kind: 'silence', why: reasonOf(error) });
    }
    if (!this.#ended) this.#askSoon(Math.max(0, PERIOD_MS - (clock.nowMs() - beganMs)));
  }

  #enter(): void {
    this.#shell.input.setRawMode(true);
    this.#shell.input.resume();
    this.#shell.output.write('\x1b[?1049h\x1b[?25l');
    this.#draw();
  }

  #leave(): void {
    const { input, output } = this.#shell;
    output.write('\x1b[0m\x1b[?25h\x1b[?1049l');
    if (!input.destroyed) input.setRawMode(false);
    input.pause();
  }

  #draw(): void {
    const { colours, output } = this.#shell;
    const { columns, rows } = output;
    // Some terminals do not say: 0.
    const lines = topScreen(this.#state, { columns: columns || 80, rows: rows || 24 });
    // Line over line: a screen that is cleared first would flicker.
    output.write(`\x1b[H${lines.map((line) => painted(line, colours)).join('\n')}\x1b[J`);
  }
}

const colourOf: Readonly<Record<Style, string>> = {
  plain: '',
  heading: '\x1b[1m',
  selected: '\x1b[7m',
  warn: '\x1b[33m',
  bad: '\x1b[31m',
};

/** To the end of the line. Which row is selected is marked without colours, too. */
export function painted({ style, text }: ScreenLine, colours: boolean): string {
  const colour = colours ? colourOf[style] : '';
  return colour === '' ? `${text}\x1b[K` : `${colour}${text}\x1b[K\x1b[0m`;
}
