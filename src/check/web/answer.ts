/**
 * The answer to an HTTP request, read from bytes as they come. node:http is not used because it can neither
 * send `GET / HTTP/1.0`, which is what keepalived sends, nor leave the bytes of the request to us; the parser
 * is the one of the library http-parser-js, which takes what servers in the field send.
 */
import { createHash, type Hash } from 'node:crypto';
import { HTTPParser } from 'http-parser-js';
import { type BodyRoom, KeptBody } from '../body_room.ts';

/** Parsers that wait for their next answer, at most. */
const IDLE_PARSERS = 64;

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

/**
 * A parser tells the reader that has it, and goes to another one when that has closed: to make one for each of
 * thousands of answers a second costs more memory than all the rest of an answer.
 */
class Parser extends HTTPParser {
  reader: AnswerReader | undefined = undefined;

  constructor() {
    super(HTTPParser.RESPONSE);
    this.parseHeader = readHeader;
    this[HTTPParser.kOnHeadersComplete] = ({ statusCode, headers }) =>
      this.reader?.headersComplete(statusCode, headers);
    this[HTTPParser.kOnBody] = (chunk) => this.reader?.takeBody(chunk);
    this[HTTPParser.kOnMessageComplete] = () => this.reader?.messageComplete();
  }
}

/** Of this thread. */
const idle: Parser[] = [];

/** Takes the bytes of one answer; more than one answer's are ignored. */
export class AnswerReader {
  #parser: Parser | undefined;
  readonly #takesInterim: AnswerOptions['takesInterim'];
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
  #nonsense = false;

  constructor({ wantsDigest, bodyRoom, takesInterim }: AnswerOptions) {
    this.#hash = wantsDigest ? createHash('md5') : undefined;
    this.#body = bodyRoom && new KeptBody(bodyRoom);
    this.#takesInterim = takesInterim;
    this.#parser = idle.pop() ?? new Parser();
    this.#parser.reader = this;
  }

  /** Answers when the answer is known; a text says why there will be none. Nothing after close(). */
  take(chunk: Buffer): Answer | string | undefined {
    if (this.#parser === undefined) return undefined;
    const inHeader = this.#status === undefined;
    const parsed = this.#parser.execute(chunk);
    if (parsed instanceof Error) this.#nonsense = true;
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
    if (this.#parser === undefined || this.#status === undefined) return undefined;
    const failed = this.#parser.finish() instanceof Error;
    return this.#answer(this.#status, failed ? 'short' : 'whole');
  }

  /** Nothing is kept any more. May be called again. */
  close(): void {
    this.#body?.close();
    const parser = this.#parser;
    if (parser === undefined) return;
    this.#parser = undefined;
    parser.reader = undefined;
    // One that has met nonsense may hold what it met.
    if (!this.#nonsense && idle.length < IDLE_PARSERS) {
      parser.initialize(HTTPParser.RESPONSE);
      idle.push(parser);
    }
  }

  /** For the parser, as are the next two. */
  headersComplete(status: number, headers: readonly string[]): void {
    this.#interim = status < 200 && status !== 101 && !this.#takesInterim(status);
    if (!this.#interim && this.#status === undefined) this.#begin(status, headers);
  }

  messageComplete(): void {
    if (!this.#interim) this.#whole = true;
  }

  #begin(status: number, headers: readonly string[]): void {
    this.#status = status;
    const at = headers.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'content-length');
    const written = at === -1 ? undefined : (headers[at + 1] ?? '');
    if (written === undefined) return;
    if (/^\d{1,15}$/.test(written)) this.#contentLength = Number(written);
    else this.#broken = `not HTTP: content-length ${JSON.stringify(written.slice(0, 40))}`;
  }

  takeBody(chunk: Buffer): void {
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

/** What the parser and we look at, wherever it may stand in a line. */
const READ_HEADERS = /^\s*(?:content-length|transfer-encoding|connection|upgrade)\s*:/i;

/**
 * In place of the library's own, whose time grows with the square of the length of a line of blanks, and which keeps
 * what nobody reads.
 */
function readHeader(line: string, headers: string[]): void {
  if (!READ_HEADERS.test(line)) return;
  const colon = line.indexOf(':');
  if (colon > 0) headers.push(line.slice(0, colon).trim(), line.slice(colon + 1).trim());
}
