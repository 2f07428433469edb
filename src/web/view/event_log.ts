/** The events that the page knows: what the director answered, and what its stream told since. Pure. */

/** One line of the director's event log. */
export interface EventLine {
  readonly at: string;
  readonly kind: string;
  /** A sentence for people. */
  readonly text?: string;
  /** What led to it. */
  readonly why?: string;
}

/** Asked when so many were told by the stream. */
export interface EventQuestion {
  readonly number: number;
  readonly told: number;
}

interface Known {
  readonly line: EventLine;
  readonly same: string;
  readonly told: number;
}

const KEPT_EVENTS = 200;

export class EventLog {
  /** The newest last. */
  #known: readonly Known[] = [];
  #told = 0;
  #asked = 0;
  #answered = 0;

  /** The newest last. */
  get lines(): readonly EventLine[] {
    return this.#known.map(({ line }) => line);
  }

  /** The stream tells it. False: an answer had it already. */
  add(line: EventLine): boolean {
    const same = JSON.stringify(line);
    if (this.#known.some((one) => one.same === same)) return false;
    this.#told += 1;
    this.#known = [...this.#known.slice(1 - KEPT_EVENTS), { line, same, told: this.#told }];
    return true;
  }

  ask(): EventQuestion {
    this.#asked += 1;
    return { number: this.#asked, told: this.#told };
  }

  /**
   * The answer, and behind it what the stream told since the question, which may have happened after the answer was
   * made. False: a later question was answered already, and this answer knows less.
   */
  answer({ number, told }: EventQuestion, lines: readonly EventLine[]): boolean {
    if (number < this.#answered) return false;
    this.#answered = number;
    const answered = lines.map((line) => ({ line, same: JSON.stringify(line), told: 0 }));
    const had = new Set(answered.map(({ same }) => same));
    const since = this.#known.filter((one) => one.told > told && !had.has(one.same));
    this.#known = [...answered, ...since].slice(-KEPT_EVENTS);
    return true;
  }
}
