/**
 * The answer to an HTTP request, read from bytes as they come. node:http is not used because it can neither
 * send `GET / HTTP/1.0`, which is what keepalived sends, nor leave the bytes of the request to us; the parser
 * is the one of the library http-parser-js, which takes what servers in the field send.
 */
import { createHash, type Hash } from 'node:crypto';
import { HTTPParser } from 'http-parser-js';
import { type BodyRoom, KeptBody } from './body_room.ts';

/** A longer header is no answer. */
export const MAX_HEADER_BYTES = 64 * 1024;

/** What is read of a body. */
export const MAX_BODY_BYTES = 8 * 1024 * 1024;

export interface AnswerOptions {
  /** The body's MD5 is wanted. */
  readonly wantsDigest: boolean;
  /** The body is wanted, and kept there. */
  readonly bodyRoom?: BodyRoom | undefined;
  /** Whether an interim answer (1xx) with this status is the one that counts. */
  readonly takesInterim: (status: number) => boolean;
}

export interface Answer {
  readonly status: number;
  readonly bodyBytes: number;
  /** As the header says. */
  readonly contentLength?: number;
  /**
   * 'short': the connection ended before the body did. 'long': MAX_BODY_BYTES are read, and more comes.
   * 'crowded': there is no room to keep it.
   */
  readonly end: 'whole' | 'short' | 'long' | 'crowded';
  /** MD5 in lower case hexadecimal digits, of what was read of the body. */
  readonly digest?: string;
  readonly body?: Buffer;
}

/** Takes the bytes of one answer; more than one answer's are ignored. */
export class AnswerReader {
  readonly #parser = new HTTPParser(HTTPParser.RESPONSE);
  readonly #hash: Hash | undefined;
  readonly #body: KeptBody | undefined;
  #crowded = false;
  #status: number | undefined;
  #contentLength: number | undefined;
  #interim = false;
  #received = 0;
  #bodyBytes = 0;
  #whole = false;
  #broken: string | undefined;

  constructor({ wantsDigest, bodyRoom, takesInterim }: AnswerOptions) {
    this.#hash = wantsDigest ? createHash('md5') : undefined;
    this.#body = bodyRoom && new KeptBody(bodyRoom);
    this.#parser.parseHeader = readHeader;
    this.#parser[HTTPParser.kOnHeadersComplete] = ({ statusCode, headers }) => {
      this.#interim = statusCode < 200 && statusCode !== 101 && !takesInterim(statusCode);
      if (!this.#interim && this.#status === undefined) this.#begin(statusCode, headers);
    };
    this.#parser[HTTPParser.kOnBody] = (chunk) => this.#takeBody(chunk);
    this.#parser[HTTPParser.kOnMessageComplete] = () => {
      if (!this.#interim) this.#whole = true;
    };
  }

  /** Answers when the answer is known; a text says why there will be none. */
  take(chunk: Buffer): Answer | string | undefined {
    const inHeader = this.#status === undefined;
    const parsed = this.#parser.execute(chunk);
    if (this.#broken !== undefined) return this.#broken;
    if (this.#crowded && this.#status !== undefined) return this.#answer(this.#status, 'crowded');
    if (this.#whole && this.#status !== undefined) return this.#answer(this.#status, 'whole');
    // Chunks' headers are counted as body: they could be without end too.
    this.#received += chunk.length;
    // Before what the parser says: it has a limit of its own on what it is given at once.
    if (this.#status === undefined && this.#received > MAX_HEADER_BYTES)
      return `header larger than ${MAX_HEADER_BYTES} bytes`;
    if (parsed instanceof Error) return `not HTTP: ${parsed.message}`;
    if (this.#status === undefined) return undefined;
    if (inHeader) this.#received = this.#bodyBytes;
    return this.#received >= MAX_BODY_BYTES ? this.#answer(this.#status, 'long') : undefined;
  }

  /** The connection has ended: undefined where it ended before the header did. */
  finish(): Answer | undefined {
    if (this.#status === undefined) return undefined;
    const failed = this.#parser.finish() instanceof Error;
    return this.#answer(this.#status, failed ? 'short' : 'whole');
  }

  /** Nothing is kept any more. May be called again. */
  close(): void {
    this.#body?.close();
  }

  #begin(status: number, headers: readonly string[]): void {
    this.#status = status;
    const at = headers.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'content-length');
    const written = at === -1 ? undefined : (headers[at + 1] ?? '');
    if (written === undefined) return;
    if (/^\d{1,15}$/.test(written)) this.#contentLength = Number(written);
    else this.#broken = `not HTTP: content-length ${JSON.stringify(written.slice(0, 40))}`;
  }

  #takeBody(chunk: Buffer): void {
    if (this.#whole || this.#interim) return;
    const room = MAX_BODY_BYTES - this.#bodyBytes;
    const taken = chunk.length > room ? chunk.subarray(0, room) : chunk;
    this.#bodyBytes += taken.length;
    this.#hash?.update(taken);
    if (this.#body?.add(taken) === false) this.#crowded = true;
  }

  #answer(status: number, end: Answer['end']): Answer {
    return {
      status,
      end,
      bodyBytes: this.#bodyBytes,
      ...(this.#contentLength === undefined ? {} : { contentLength: this.#contentLength }),
      ...(this.#hash === undefined ? {} : { digest: this.#hash.digest('hex') }),
      ...(this.#body === undefined ? {} : { body: this.#body.whole() }),
    };
  }
}

/** In place of the library's own, whose time grows with the square of the length of a line of blanks. */
function readHeader(line: string, headers: string[]): void {
  const colon = line.indexOf(':');
  if (colon > 0) headers.push(line.slice(0, colon).trim(), line.slice(colon + 1).trim());
}
