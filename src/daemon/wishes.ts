/** When the dataplane is told what shall be. Its messages keep their order: what it is asked later, it knows then. */
export class Wishes {
  readonly #send: () => Promise<unknown>;
  #changed = false;
  #underWay = false;

  /** `send` begins to send at once, and never rejects. */
  constructor(send: () => Promise<unknown>) {
    this.#send = send;
  }

  /** Sends a wish at once; changes that come while it is under way go together with the next. */
  changed(): void {
    this.#changed = true;
    if (!this.#underWay) void this.#again();
  }

  /** What waits for the one under way waits no longer. */
  sendAll(): void {
    if (!this.#changed) return;
    this.#changed = false;
    void this.#send();
  }

  async #again(): Promise<void> {
    this.#underWay = true;
    while (this.#changed) {
      this.#changed = false;
      await this.#send();
    }
    this.#underWay = false;
  }
}
