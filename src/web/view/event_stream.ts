/** Server-sent events (WHATWG HTML, "Interpreting an event stream") out of text that comes in pieces. Pure. */

export interface StreamEvent {
  readonly event: string;
  readonly data: string;
}

/** An event may not be longer: whoever sends that is not a director. */
const MAX_CHARACTERS = 64 * 1024 * 1024;

export class EventStreamReader {
  #rest = '';

  /** The events that are complete now. Throws where one has no end. */
  read(piece: string): StreamEvent[] {
    const text = piece.replaceAll('\r', '');
    const before = this.#rest;
    this.#rest += text;
    // A long event comes in many pieces: only one with an end is worth a look at the whole.
    if (!`${before.slice(-1)}${text}`.includes('\n\n')) {
      if (this.#rest.length > MAX_CHARACTERS) throw new Error('The event stream has an event without an end');
      return [];
    }
    const blocks = this.#rest.split('\n\n');
    this.#rest = blocks.pop() ?? '';
    return blocks.map(readBlock).filter(({ data }) => data !== '');
  }
}

function readBlock(block: string): StreamEvent {
  const fields = block.split('\n').map((line) => /^(\w+):? ?(.*)$/.exec(line) ?? []);
  const of = (name: string) => fields.flatMap(([, field, value = '']) => (field === name ? [value] : []));
  return { event: of('event').at(-1) ?? 'message', data: of('data').join('\n') };
}
