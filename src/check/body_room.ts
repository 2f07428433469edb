/** What a thread keeps of bodies at once, for all attempts under way together: each alone may be megabytes. */

/** Of one attempt, whatever the others keep: pages that health checks are made for are no larger. */
export const KEPT_ALWAYS_BYTES = 64 * 1024;

/** Of all attempts of a thread, beyond that. */
export const MAX_KEPT_BYTES = 64 * 1024 * 1024;

/** What a piece takes beside its bytes: a body can come a byte at a time. */
const PIECE_BYTES = 256;

/** Room that attempts share. */
export class BodyRoom {
  readonly #most: number;
  #used = 0;

  constructor(most = MAX_KEPT_BYTES) {
    this.#most = most;
  }

  /** False: there is none left. */
  take(bytes: number): boolean {
    if (this.#used + bytes > this.#most) return false;
    this.#used += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#used -= bytes;
  }
}

/** Of this thread. */
export const threadBodyRoom = new BodyRoom();

/** One body. */
export class KeptBody {
  readonly #room: BodyRoom;
  #pieces: Buffer[] = [];
  #bytes = 0;
  #taken = 0;

  constructor(room: BodyRoom) {
    this.#room = room;
  }

  /** False: there is no room for it. */
  add(piece: Buffer): boolean {
    const bytes = this.#bytes + piece.length + PIECE_BYTES;
    const beyond = Math.max(0, bytes - KEPT_ALWAYS_BYTES) - this.#taken;
    if (beyond > 0 && !this.#room.take(beyond)) return false;
    this.#taken += Math.max(0, beyond);
    this.#bytes = bytes;
    this.#pieces.push(piece);
    return true;
  }

  whole(): Buffer {
    return Buffer.concat(this.#pieces);
  }

  /** May be called again. */
  close(): void {
    this.#pieces = [];
    this.#room.give(this.#taken);
    this.#taken = 0;
    this.#bytes = 0;
  }
}
