/** What else the main thread asks of the dataplane worker: each question is answered once, by its number. */
import type { TraceSettings, VirtualServerKey, VirtualServerState } from '../addon/addon.ts';
import type { InterfaceState } from './messages.ts';
import type { ServiceRates } from './rates.ts';
import type { Totals } from './totals.ts';

export type Question =
  /** Is the thread there? */
  | { readonly ask: 'alive' }
  /** What takes traffic: without the tables, so it costs the same however large they are. */
  | { readonly ask: 'interfaces' }
  | { readonly ask: 'tables' }
  | { readonly ask: 'totals' }
  /** One stretch of the flow table, counted from 0. */
  | { readonly ask: 'connections'; readonly stretch: number }
  | { readonly ask: 'zero'; readonly key?: VirtualServerKey }
  /** What to tell of packets from now on (TraceNews); without settings: nothing. */
  | { readonly ask: 'trace'; readonly settings?: TraceSettings };

export type Reply =
  | { readonly ask: 'interfaces'; readonly interfaces: readonly InterfaceState[] }
  | {
      readonly ask: 'tables';
      readonly services: readonly VirtualServerState[];
      /** One each, in the same order. */
      readonly rates: readonly ServiceRates[];
    }
  | ({ readonly ask: 'totals' } & Totals)
  /** Lines as ConnectionEntry has them; undefined after the last stretch. */
  | { readonly ask: 'connections'; readonly lines: Uint8Array | undefined }
  | { readonly ask: 'zero'; readonly found: boolean }
  | { readonly ask: 'alive' }
  | { readonly ask: 'trace' }
  | { readonly ask: 'failed'; readonly message: string };

/** The reply to one kind of question. */
export type ReplyTo<Asked extends Question['ask']> = Extract<Reply, { ask: Asked }>;

/** What of a reply changes hands instead of being copied. */
export function transferable(reply: Reply): ArrayBuffer[] {
  if (reply.ask === 'totals') return [reply.counted.buffer];
  return reply.ask !== 'connections' || reply.lines === undefined ? [] : buffersOf(reply.lines);
}

/** The memory of these bytes, where it is theirs alone. */
export function buffersOf({ buffer, byteLength }: Uint8Array): ArrayBuffer[] {
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : [];
}
