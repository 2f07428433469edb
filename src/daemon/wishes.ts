/** When the dataplane is told what shall be. Its messages keep their order: what it is asked later, it knows then. */
export class Wishes {
  readonly #send: () => Promise<unknown>;
  readonly #arrives: () => boolean;
  #changed = false;
  #underWay = false;

  /** `send` begins to send at once, and never rejects; `arrives`: somebody takes now what is sent. */
  constructor(send: () => Promise<unknown>, arrives: () => boolean) {
    this.#send = send;
    this.#arrives = arrives;
  }

  /** Sends a wish at once; changes that come while it is under way go together with the next. */
  changed(): void {
    this.#changed = true;
    if (!this.#underWay) void this.#again();
  }

  /** What waits for the one under way waits no longer; but where nobody takes it: there wishes would only pile up. */
  sendAll(): void {
    if (!this.#changed || !this.#arrives()) return;
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
