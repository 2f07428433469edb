/**
 * Things by number, of which many come and go and few stay. Not a Map: when one has made room anew, what it was before
 * refers to what it is now, and once the garbage collector has taken one of them for lasting, it takes all later ones
 * for that, with everything that was under way in them.
 */

/** A power of two. Where as many have come since, the thing is one of those that stay. */
const RECENT = 4_096;

export class Recent<T> {
  readonly #numbers = new Uint32Array(RECENT);
  readonly #things = new Array<T | undefined>(RECENT).fill(undefined);
  readonly #staying = new Map<number, T>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** `number`: of 32 bits, mostly one more than the one before; there must be no such thing yet. */
  add(number: number, thing: T): void {
    const at = number % RECENT;
    const before = this.#things[at];
    if (before !== undefined) this.#staying.set(this.#numbers[at] ?? 0, before);
    this.#numbers[at] = number;
    this.#things[at] = thing;
    this.#size += 1;
  }

  get(number: number): T | undefined {
    const at = number % RECENT;
    const recent = this.#numbers[at] === number ? this.#things[at] : undefined;
    return recent ?? this.#staying.get(number);
  }

  /** False: there was none. */
  delete(number: number): boolean {
    const at = number % RECENT;
    const recent = this.#numbers[at] === number && this.#things[at] !== undefined;
    if (recent) this.#things[at] = undefined;
    const there = recent || this.#staying.delete(number);
    if (there) this.#size -= 1;
    return there;
  }
}
