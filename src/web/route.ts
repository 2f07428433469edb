/** What a route is. Both listeners are made of the same rows; the OpenAPI document, too. */
import type { ServerResponse } from 'node:http';

/** JSON Schema 2020-12, as far as OpenAPI 3.1 takes it. */
export type Schema = Readonly<Record<string, unknown>>;

/**
 * anybody: whoever reaches the listener, also where a token is asked for.
 * reader: over TCP with the token, where one is set.
 * operator: changes something; over TCP only with xlb_http_actions and the token.
 * socket: on the control socket only, which only root may open.
 */
export type Access = 'anybody' | 'reader' | 'operator' | 'socket';

export type QueryValue = string | number | boolean | readonly string[];

/** What the one who asks may do. */
export interface Session {
  /** The rows of operators. */
  readonly actions: boolean;
  /** A token would allow more. */
  readonly token: boolean;
}

export interface Question {
  /** What stands for `{name}` in the path, decoded. */
  readonly parameters: Readonly<Record<string, string>>;
  /** As the row's query says; what was not given is absent. */
  readonly query: Readonly<Record<string, QueryValue>>;
  /** Of a POST, as JSON has it: nothing of it is believed yet. */
  readonly body: unknown;
  readonly session: Session;
}

export interface JsonAnswer {
  readonly code: number;
  readonly body: unknown;
  /** The body, where others who ask at the same time are answered with the same; it is never changed. */
  readonly shared?: object;
}

/** Code 200. */
export interface TextAnswer {
  readonly text: string | Uint8Array;
  readonly contentType: string;
  /** With quotes, as HTTP has it; who has it already gets 304. */
  readonly etag?: string;
}

/** Text in pieces, made while it is sent. Code 200; a failure on the way ends the connection before its end. */
export interface Streamed {
  readonly stream: AsyncIterable<Uint8Array>;
  /** It may be silent for any time, and is not ended for it. */
  readonly quiet?: true;
}

/** The handler writes the answer itself, its head included: events for a browser. */
export interface TakenOver {
  readonly takeOver: (response: ServerResponse, headers: Readonly<Record<string, string>>) => void;
}

export type Answered = JsonAnswer | TextAnswer | Streamed | TakenOver;

export interface Route {
  readonly method: 'GET' | 'POST';
  /** As OpenAPI writes it: /api/v1/virtual-servers/{virtual_server}. */
  readonly path: string;
  readonly may: Access;
  /** One sentence, for the OpenAPI document. */
  readonly does: string;
  /**
   * By name: what each `{name}` of the path and each name behind the `?` is. A query of type boolean is a flag, one of
   * type array may come again and again.
   */
  readonly parameters?: Readonly<Record<string, Schema>>;
  readonly query?: Readonly<Record<string, Schema>>;
  readonly body?: Schema;
  /** By code; a component's name or a schema. */
  readonly answers: Readonly<Record<number, string | Schema>>;
  /** Left out: application/json. */
  readonly contentType?: string;
  /** For page files: not a part of the API. */
  readonly undocumented?: true;
  readonly handle: (question: Question) => Answered | Promise<Answered>;
}

export function failure(code: number, error: string): JsonAnswer {
  return { code, body: { error } };
}

/** The methods that `path` has, HEAD where GET is; none where nothing is there. */
export function methodsAt(
  routes: readonly Pick<Route, 'method' | 'path' | 'contentType'>[],
  path: string,
): string[] {
  const found = routes.filter((route) => patternOf(route.path).test(path));
  return [...new Set(found.flatMap((route) => (hasHead(route) ? [route.method, 'HEAD'] : [route.method])))];
}

/** A stream has no end that a HEAD could tell of. */
export function hasHead({ method, contentType }: Pick<Route, 'method' | 'contentType'>): boolean {
  return method === 'GET' && contentType !== 'text/event-stream' && contentType !== STREAMED_TEXT;
}

export const STREAMED_TEXT = 'text/plain; charset=utf-8';

function patternOf(path: string): RegExp {
  const literal = path.replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&');
  return new RegExp(`^${literal.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
}
