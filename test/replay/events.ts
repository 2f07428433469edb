/** One event of a trace, as a closed union. Pure. */
import { type Endpoint, endpointOf } from './endpoint.ts';
import { Refusal, shown } from './fields.ts';

export type Event =
  | {
      readonly kind: 'packets';
      readonly text: string;
      /** 'udp', or TCP flags: letters of FSRPAU, '' for none. */
      readonly packets: readonly string[];
      readonly client: Endpoint;
      readonly to: Endpoint;
      readonly result: string;
    }
  | { readonly kind: 'hex'; readonly frame: Uint8Array; readonly result: string; readonly out: string }
  | { readonly kind: 'ipvsadm'; readonly line: string; readonly result: string }
  | { readonly kind: 'show'; readonly args: string; readonly text: string }
  | { readonly kind: 'conn'; readonly client: Endpoint; readonly rows: readonly string[] }
  | { readonly kind: 'sysctl'; readonly name: string; readonly value: string }
  | { readonly kind: 'sleep'; readonly seconds: number };

/** A real connection as the packets that IPVS sees of it in direct routing: the client's. */
const connections: Readonly<Record<string, readonly string[]>> = {
  open: ['S', 'A'],
  close: ['FA', 'A'],
  reset: ['RA'],
};

export function readEvent(event: unknown, vip: string): Event {
  if (!Array.isArray(event)) throw new Refusal(`is ${shown(event)}; expected an array`);
  const words = new Words(event);
  const kind = words.text(0, 'kind');
  switch (kind) {
    case 'hex':
      return {
        kind,
        frame: words.bytes(1, 'frame'),
        result: words.text(4, 'result'),
        out: Buffer.from(words.bytes(5, 'frame-out')).toString('hex'),
      };
    case 'ipvsadm':
      return { kind, line: words.text(1, 'args'), result: words.text(2, 'result') };
    case 'show':
      return { kind, args: words.text(1, 'args'), text: words.text(2, 'text', true) };
    case 'conn':
      return { kind, client: words.endpoint(1, 'client'), rows: words.texts(2, 'rows') };
    case 'sysctl': {
      const [, name = '', value = ''] = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/.exec(words.text(1, 'k=v')) ?? [];
      if (name === '') throw new Refusal(`k=v is ${shown(event[1])}; expected name=value`);
      return { kind, name, value };
    }
    case 'sleep':
      return { kind, seconds: words.seconds(1) };
    default:
      return readPackets(words, kind, vip);
  }
}

function readPackets(words: Words, kind: string, vip: string): Event {
  const packets = connections[kind] ?? (kind === 'udp' ? ['udp'] : kind.split(' ').map(flagsOf));
  const client = words.endpoint(1, 'client');
  const to = words.length > 3 ? words.endpoint(2, 'destination') : endpointOf(vip, 'vip');
  const result = words.text(words.length > 3 ? 3 : 2, 'result');
  return { kind: 'packets', text: `${kind} ${words.text(1, 'client')}`, packets, client, to, result };
}

function flagsOf(word: string): string {
  if (word === '-') return '';
  if (/^[FSRPAU]+$/.test(word)) return word;
  throw new Refusal(
    `kind is "${word}"; expected TCP flags (letters of FSRPAU, - for none), udp, hex, open, close, reset, ` +
      'ipvsadm, show, conn, sysctl or sleep',
  );
}

/** The elements of an event; what is wrong is named by its name and place. */
class Words {
  readonly #words: readonly unknown[];

  constructor(words: readonly unknown[]) {
    this.#words = words;
  }

  get length(): number {
    return this.#words.length;
  }

  text(at: number, name: string, empty = false): string {
    const word = this.#words[at];
    if (typeof word === 'string' && (empty || word !== '')) return word;
    throw this.#refusal(at, name, 'text');
  }

  texts(at: number, name: string): readonly string[] {
    const list = this.#words[at];
    if (Array.isArray(list) && list.every((one) => typeof one === 'string')) return list;
    throw this.#refusal(at, name, 'an array of texts');
  }

  endpoint(at: number, name: string): Endpoint {
    return endpointOf(this.text(at, name), name);
  }

  bytes(at: number, name: string): Uint8Array {
    const word = this.text(at, name, true);
    if (!/^([0-9a-f]{2})*$/i.test(word)) throw this.#refusal(at, name, 'bytes in hexadecimal');
    return Buffer.from(word, 'hex');
  }

  seconds(at: number): number {
    const word = this.#words[at];
    const seconds = typeof word === 'string' && word !== '' ? Number(word) : word;
    if (typeof seconds === 'number' && seconds >= 0 && seconds < 1e7) return seconds;
    throw this.#refusal(at, 'seconds', 'a number of seconds');
  }

  #refusal(at: number, name: string, expected: string): Refusal {
    return new Refusal(`${name} (element ${at + 1}) is ${shown(this.#words[at])}; expected ${expected}`);
  }
}

/** Names the event in a message. */
export function textOf(event: Event): string {
  switch (event.kind) {
    case 'packets':
      return event.text;
    case 'hex':
      return `hex of ${event.frame.length} bytes`;
    case 'ipvsadm':
      return `ipvsadm ${event.line}`;
    case 'show':
      return `ipvsadm ${event.args}`;
    case 'conn':
      return `connections of ${event.client.address} port ${event.client.port}`;
    case 'sysctl':
      return `sysctl ${event.name}`;
    case 'sleep':
      return `sleep ${event.seconds}`;
  }
}
