/** From the body of POST /api/v1/ipvsadm to changes: nothing of it is believed. Pure. */
import type { Persistence, VirtualServerKey } from '../addon/addon.ts';
import { canonicalAddress, familyOf } from '../base/address.ts';
import { MAX_PERSISTENCE_S } from '../base/limits.ts';
import type { DestinationSettings, ServiceSettings, TableChange } from './table_change.ts';

const MAX_CHANGES = 10_000;
const INT_MAX = 2 ** 31 - 1;
const MAX_TIMEOUT = 31 * 86_400;

class Wrong extends Error {}

type Fields = Readonly<Record<string, unknown>>;

/** The changes, or one sentence that says which field of which change is wrong. */
export function readChanges(body: unknown): readonly TableChange[] | string {
  if (!Array.isArray(body)) return 'The body must be an array of changes';
  if (body.length > MAX_CHANGES)
    return `There are at most ${MAX_CHANGES} changes in a body: send fewer at once`;
  const changes: TableChange[] = [];
  for (const [index, one] of body.entries()) {
    try {
      changes.push(readChange(fieldsOf(one, 'the change')));
    } catch (error) {
      if (!(error instanceof Wrong)) throw error;
      return `Change ${index + 1}: ${error.message}`;
    }
  }
  return changes;
}

function readChange(fields: Fields): TableChange {
  const { change } = fields;
  switch (change) {
    case 'add_service':
    case 'edit_service':
      return { change, service: readService(fieldsOf(fields['service'], 'service')) };
    case 'delete_service':
      return { change, key: readKey(fieldsOf(fields['key'], 'key')) };
    case 'clear':
      return { change };
    case 'add_destination':
    case 'edit_destination': {
      const destination = readDestination(fieldsOf(fields['destination'], 'destination'));
      return { change, key: readKey(fieldsOf(fields['key'], 'key')), destination };
    }
    case 'delete_destination':
      return { change, key: readKey(fieldsOf(fields['key'], 'key')), address: address(fields, 'address') };
    case 'zero':
      return fields['key'] === undefined
        ? { change }
        : { change, key: readKey(fieldsOf(fields['key'], 'key')) };
    case 'set_timeouts': {
      const seconds = (name: string): number => integer(fields, name, [0, MAX_TIMEOUT]);
      return { change, tcp: seconds('tcp'), tcpFin: seconds('tcpFin'), udp: seconds('udp') };
    }
    default:
      throw new Wrong('change must be the name of one');
  }
}

function readKey(fields: Fields): VirtualServerKey {
  const { protocol } = fields;
  if (protocol === 'TCP' || protocol === 'UDP')
    return { protocol, address: address(fields, 'address'), port: integer(fields, 'port', [0, 65_535]) };
  if (protocol !== 'FWM') throw new Wrong('protocol must be TCP, UDP or FWM');
  const family = address(fields, 'address');
  if (family !== '0.0.0.0' && family !== '::') throw new Wrong("a fwmark's address must be 0.0.0.0 or ::");
  const fwmark = integer(fields, 'fwmark', [1, 2 ** 32 - 1]);
  return { protocol, address: family, port: integer(fields, 'port', [0, 0]), fwmark };
}

function readService(fields: Fields): ServiceSettings {
  const { scheduler, onePacket } = fields;
  const key = readKey(fields);
  if (typeof scheduler !== 'string') throw new Wrong('scheduler must be a word');
  if (typeof onePacket !== 'boolean') throw new Wrong('onePacket must be true or false');
  const persistence =
    fields['persistence'] === undefined
      ? {}
      : { persistence: readPersistence(fieldsOf(fields['persistence'], 'persistence'), key) };
  return {
    ...key,
    scheduler,
    schedulerFlags: integer(fields, 'schedulerFlags', [0, 7]),
    onePacket,
    ...persistence,
  };
}

function readPersistence(fields: Fields, key: VirtualServerKey): Persistence {
  const { netmask } = fields;
  const seconds = integer(fields, 'seconds', [1, MAX_PERSISTENCE_S]);
  const fits =
    typeof netmask === 'string' &&
    (familyOf(key.address) === 6
      ? /^\d{1,3}$/.test(netmask) && Number(netmask) >= 1 && Number(netmask) <= 128
      : familyOf(netmask) === 4);
  if (!fits) throw new Wrong('netmask must be a mask for IPv4, a length for IPv6');
  return { seconds, netmask };
}

function readDestination(fields: Fields): DestinationSettings {
  return {
    address: address(fields, 'address'),
    weight: integer(fields, 'weight', [0, INT_MAX]),
    upperThreshold: integer(fields, 'upperThreshold', [0, INT_MAX]),
    lowerThreshold: integer(fields, 'lowerThreshold', [0, INT_MAX]),
  };
}

function fieldsOf(value: unknown, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Wrong(`${what} must be an object`);
  return value as Fields;
}

function address(fields: Fields, name: string): string {
  const value = fields[name];
  const text = typeof value === 'string' ? canonicalAddress(value) : undefined;
  if (text === undefined) throw new Wrong(`${name} must be an IP address`);
  return text;
}

function integer(fields: Fields, name: string, [min, max]: readonly [number, number]): number {
  const value = fields[name];
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max)
    throw new Wrong(`${name} must be a whole number from ${min} to ${max}`);
  return value;
}
