/**
 * Reads files of captured traces, format "ipvs-trace/1" (test/core/ipvs/README.md). Nothing of a file is believed: what
 * is missing or wrong is named by file, case and field. Pure.
 */
import { canonicalAddress } from '../../src/base/address.ts';
import { type Event, readEvent } from './events.ts';
import { arrayAt, objectAt, Refusal, recordAt, stringAt, within } from './fields.ts';

export const FORMAT = 'ipvs-trace/1';

export interface Machine {
  readonly v4: string;
  readonly v6: string;
  readonly mac: string;
}

export interface Topology {
  readonly client: Machine;
  readonly director: Machine;
  /** Addresses of the director. */
  readonly vips: readonly string[];
  /** 'rs1' and so on. */
  readonly realServers: ReadonlyMap<string, Machine>;
}

export interface TraceCase {
  readonly name: string;
  /** 'address:port': the destination of events that name none. */
  readonly vip: string;
  /** ipvsadm's argument lines. */
  readonly setup: readonly string[];
  /** Name and value. */
  readonly sysctl: readonly (readonly [string, string])[];
  readonly shell: readonly string[];
  readonly events: readonly Event[];
  /** Listings at the end, by ipvsadm's arguments. */
  readonly after: readonly (readonly [string, string])[];
}

export interface TraceFile {
  readonly topology: Topology;
  readonly cases: readonly TraceCase[];
}

/** Throws a Refusal whose message begins with `name`. */
export function readTraceFile(text: string, name: string): TraceFile {
  return within(name, () => {
    const file = objectAt(parseJson(text), 'the file');
    const format = stringAt(file, 'format');
    if (format !== FORMAT) throw new Refusal(`format is "${format}"; expected "${FORMAT}"`);
    const topology = readTopology(objectAt(file['topology'], 'topology'));
    const cases = arrayAt(file, 'cases').map((one, index) => {
      const fields = within(`case ${index + 1}`, () => objectAt(one, 'the case'));
      const called = within(`case ${index + 1}`, () => stringAt(fields, 'name'));
      return within(`case "${called}"`, () => readCase(fields, called));
    });
    return { topology, cases };
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Refusal(`expected JSON: ${(error as Error).message}`);
  }
}

function readTopology(fields: Readonly<Record<string, unknown>>): Topology {
  const machine = (from: Readonly<Record<string, unknown>>, name: string): Machine =>
    within(`topology ${name}`, () => {
      const one = objectAt(from[name], name);
      return { v4: stringAt(one, 'v4'), v6: stringAt(one, 'v6'), mac: macAt(one) };
    });
  const servers = objectAt(fields['real_servers'], 'topology.real_servers');
  const vips = arrayAt(fields, 'vips').map((vip) => {
    const address = canonicalAddress(String(vip));
    if (address === undefined) throw new Refusal(`vips has ${JSON.stringify(vip)}; expected addresses`);
    return address;
  });
  return {
    vips,
    client: machine(fields, 'client'),
    director: machine(fields, 'director'),
    realServers: new Map(Object.keys(servers).map((name) => [name, machine(servers, name)])),
  };
}

function macAt(fields: Readonly<Record<string, unknown>>): string {
  const mac = stringAt(fields, 'mac').toLowerCase();
  if (!/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac))
    throw new Refusal(`mac is "${mac}"; expected six bytes as in 02:00:00:00:00:11`);
  return mac;
}

function readCase(fields: Readonly<Record<string, unknown>>, name: string): TraceCase {
  const vip = stringAt(fields, 'vip');
  const lines = (field: string): string[] =>
    arrayAt(fields, field).map((line, index) => {
      if (typeof line !== 'string')
        throw new Refusal(`${field}[${index}] is ${JSON.stringify(line)}; expected text`);
      return line;
    });
  return {
    name,
    vip,
    setup: lines('setup'),
    sysctl: fields['sysctl'] === undefined ? [] : settings(recordAt(fields, 'sysctl')),
    shell: fields['shell'] === undefined ? [] : lines('shell'),
    events: arrayAt(fields, 'events').map((event, index) =>
      within(`event ${index + 1}`, () => readEvent(event, vip)),
    ),
    after: Object.entries(recordAt(fields, 'after')).map(([args, text]) => {
      if (typeof text !== 'string')
        throw new Refusal(`after["${args}"] is ${JSON.stringify(text)}; expected text`);
      return [args, text];
    }),
  };
}

function settings(values: Readonly<Record<string, unknown>>): [string, string][] {
  return Object.entries(values).map(([name, value]) => {
    if (typeof value !== 'number' && typeof value !== 'string')
      throw new Refusal(`sysctl ${name} is ${JSON.stringify(value)}; expected a number`);
    return [name, String(value)];
  });
}
