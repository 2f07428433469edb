/** Bodies of POSTs as the OpenAPI document describes them; src/control/ reads them, and a test holds both together. */
import { datapaths } from '../config/model.ts';
import type { Schema } from './route.ts';

const INT_MAX = 2 ** 31 - 1;
const word = { type: 'string' } as const;
const address = { type: 'string', description: 'An IP address.' } as const;

export function object(
  properties: Readonly<Record<string, unknown>>,
  optional: readonly string[] = [],
): Schema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', properties, required };
}

export function count(maximum: number, minimum = 0): Schema {
  return { type: 'integer', minimum, maximum };
}

export const weightOrder = object({
  virtualServer: { ...word, description: '10.0.0.1:80, 10.0.0.1, fwmark:7, group:WEB; udp:10.0.0.1:53.' },
  realServer: { ...word, description: '10.0.0.11:80, or 10.0.0.11.' },
  weight: {
    type: ['integer', 'null'],
    minimum: 0,
    maximum: INT_MAX,
    description: '0 drains; null undoes it.',
  },
});

export const datapathOrder = object({ datapath: { enum: datapaths } });

export const planOrder = object({
  file: { ...word, pattern: '^/[^\\0]*$', description: 'An absolute path.' },
});

const key = object(
  {
    protocol: { enum: ['TCP', 'UDP', 'FWM'] },
    address,
    port: count(65_535),
    fwmark: { ...count(2 ** 32 - 1, 1), description: 'Of protocol FWM, whose address is 0.0.0.0 or ::.' },
  },
  ['fwmark'],
);

const service = {
  ...key,
  properties: {
    ...(key['properties'] as object),
    scheduler: word,
    schedulerFlags: count(7),
    onePacket: { type: 'boolean' },
    persistence: object({ seconds: count(1_966_020, 1), netmask: word }),
  },
  required: [...(key['required'] as string[]), 'scheduler', 'schedulerFlags', 'onePacket'],
};

const destination = object({
  address,
  weight: count(INT_MAX),
  upperThreshold: count(INT_MAX),
  lowerThreshold: count(INT_MAX),
});

const timeout = count(31 * 86_400);

/** `change` is one of these names; besides it, what the name needs. */
export const tableChanges: Schema = {
  type: 'array',
  maxItems: 10_000,
  items: {
    anyOf: [
      object({ change: { enum: ['add_service', 'edit_service'] }, service }),
      object({ change: { const: 'delete_service' }, key }),
      object({ change: { const: 'clear' } }),
      object({ change: { enum: ['add_destination', 'edit_destination'] }, key, destination }),
      object({ change: { const: 'delete_destination' }, key, address }),
      object({ change: { const: 'zero' }, key }, ['key']),
      object({ change: { const: 'set_timeouts' }, tcp: timeout, tcpFin: timeout, udp: timeout }),
    ],
  },
};
