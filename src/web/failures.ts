/** What goes wrong before a handler is asked, as codes and sentences. */
import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { XlbError } from '../base/errors.ts';
import { JSON_TYPE, safeHeaders } from './headers.ts';
import { HEADER_BYTES, PARAMETER_CHARACTERS } from './limits.ts';
import { failure, type JsonAnswer } from './route.ts';

/** Of the HTTP library's codes, those that a client can cause. */
const byCode: Readonly<Record<string, (bodyBytes: number) => JsonAnswer>> = {
  FST_ERR_BAD_URL: () => failure(400, 'Cannot read the path: write % and what is not ASCII as %XX'),
  FST_ERR_MAX_PARAM_LENGTH: () =>
    failure(414, `Cannot use this path: a name in it has at most ${PARAMETER_CHARACTERS} characters`),
  FST_ERR_CTP_BODY_TOO_LARGE: (bodyBytes) =>
    failure(413, `Cannot take this body: it has at most ${bodyBytes} bytes here; send less at once`),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () => notJson,
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () =>
    failure(400, 'Cannot take this body: Content-Length is not its length'),
  FST_ERR_CTP_EMPTY_JSON_BODY: () => badJson,
  FST_ERR_CTP_INVALID_JSON_BODY: () => badJson,
};

export const badJson = failure(400, 'Cannot read the body: it must be JSON, as /api/openapi.json says');
export const notJson = failure(415, 'Cannot take this body: send JSON, with Content-Type: application/json');

/** What is thrown before or in a handler; a fault of ours is told by its message. */
export function failureOf(error: unknown, bodyBytes: number): JsonAnswer {
  if (error instanceof XlbError && error.code === 'RESTARTING') return failure(503, error.message);
  const { code = '', message = String(error) } = error as { code?: string; message?: string };
  return byCode[code]?.(bodyBytes) ?? failure(500, message);
}

/** Outside of the library's own way of answering. */
export function answerDirectly(response: ServerResponse, { code, body }: JsonAnswer): void {
  const headers = { ...safeHeaders, 'content-type': JSON_TYPE, connection: 'close' };
  response.writeHead(code, headers).end(`${JSON.stringify(body)}\n`);
}

/** Bytes that are no HTTP, or too many, or too late: there is no request to answer, so the connection is. */
export function answerConnection(error: Error & { readonly code?: string }, socket: Duplex): void {
  // Where something was answered on it before, this would be read as a part of that.
  const answered = 'bytesWritten' in socket && Number(socket.bytesWritten) > 0;
  if (answered || !socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const { code, body } = connectionFailure(error.code);
  const text = `${JSON.stringify(body)}\n`;
  socket.on('error', () => undefined);
  socket.end(
    `HTTP/1.1 ${code} ${reasons[code]}\r\nconnection: close\r\ncontent-type: ${JSON_TYPE}\r\n` +
      `content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
    () => socket.destroy(),
  );
}

const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};

function connectionFailure(code: string | undefined): JsonAnswer {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return failure(431, `Cannot take these headers: they have at most ${HEADER_BYTES} bytes; send fewer`);
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return failure(408, 'Cannot wait longer for this request: send it faster');
    default:
      return failure(400, 'Cannot read this: it is not HTTP/1.1');
  }
}
