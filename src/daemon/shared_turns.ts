/** However many ask at once, what they ask for is made once at a time. */

export class SharedTurns<Made> {
  readonly #make: () => Promise<Made>;
  #underWay: Promise<Made> | undefined;
  #next: Promise<Made> | undefined;

  constructor(make: () => Promise<Made>) {
    this.#make = make;
  }

  /** Who comes while one is under way shares the next, so that nobody gets what was before they asked. */
  ask(): Promise<Made> {
    if (this.#underWay === undefined) return this.#begin();
    const begin = () => {
      this.#next = undefined;
      return this.#begin();
    };
    this.#next ??= this.#underWay.then(begin, begin);
    return this.#next;
  }

  #begin(): Promise<Made> {
    const made = this.#make();
    this.#underWay = made;
    const over = () => {
      if (this.#underWay === made) this.#underWay = undefined;
    };
    made.then(over, over);
    return made;
  }
}
