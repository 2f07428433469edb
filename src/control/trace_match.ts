/**
 * A filter against a record, exactly; and the filter as the packet path takes it, which knows one test of each kind an
 * alternative and so may let more through. Pure.
 */
import { TRACE_TERMS, type TraceNet, type TraceNumber, type TraceTerm } from '../addon/addon.ts';
import { at, ICMP_ERROR } from './decision.ts';
import type { Filter, Net, Side, Test } from './trace_filter.ts';

/** Does the record fit any of the alternatives? */
export function fits(filter: Filter, record: Buffer, interfaceName: (index: number) => string): boolean {
  return filter.some((tests) => tests.every((test) => holds(test, record, interfaceName)));
}

function holds(test: Test, record: Buffer, interfaceName: (index: number) => string): boolean {
  switch (test.test) {
    case 'net':
      return sidesOf(test.side).some((offset) => inside(record, offset, test.net)) !== test.negated;
    case 'port':
      return portsOf(test.side).some((offset) => record.readUInt16BE(offset) === test.port) !== test.negated;
    case 'protocol':
      return (protocolOf(record) === test.protocol) !== test.negated;
    case 'version':
      return record.readUInt8(at.version) === test.version;
    case 'verdicts':
      return Math.trunc(test.mask / 2 ** record.readUInt8(at.verdict)) % 2 === 1;
    case 'new':
      return ((record.readUInt8(at.flags) & 1) !== 0) === test.isNew;
    case 'fwmark':
      return (record.readUInt32LE(at.fwmark) === test.fwmark) !== test.negated;
    case 'interface':
      return (interfaceName(record.readUInt32LE(at.ingress)).toLowerCase() === test.name) !== test.negated;
  }
}

function sidesOf(side: Side): readonly number[] {
  switch (side) {
    case 'client':
      return [at.client];
    case 'vip':
      return [at.virtualAddress];
    case 'real':
      return [at.realServer];
    case 'host':
      return [at.client, at.virtualAddress];
  }
}

function portsOf(side: Exclude<Side, 'real'>): readonly number[] {
  return { client: [at.clientPort], vip: [at.virtualPort], host: [at.clientPort, at.virtualPort] }[side];
}

function inside(record: Buffer, offset: number, { prefix, mask }: Net): boolean {
  return prefix.every((byte, i) => ((record[offset + i] ?? 0) & (mask[i] ?? 0)) === byte);
}

function protocolOf(record: Buffer): number {
  const protocol = record.readUInt8(at.protocol);
  return record.readUInt8(at.kind) === ICMP_ERROR || protocol === 58 ? 1 : protocol;
}

export interface Pushed {
  readonly terms: readonly TraceTerm[];
  /** What the packet path tells is what the filter means: nobody need look again. */
  readonly exact: boolean;
}

/** Several filters at once: what fits any of them. */
export function pushDown(filters: readonly Filter[]): Pushed {
  const all = filters.flat().map(termOf);
  const distinct = new Map(all.map(({ term }) => [JSON.stringify(term), term]));
  if (distinct.size > TRACE_TERMS) return { terms: [{}], exact: false };
  return { terms: [...distinct.values()], exact: filters.length === 1 && all.every(({ exact }) => exact) };
}

type Building = { -readonly [Key in keyof TraceTerm]: TraceTerm[Key] };

function termOf(tests: readonly Test[]): { readonly term: TraceTerm; readonly exact: boolean } {
  const term: Building = {};
  const exact = tests.map((test) => add(term, test)).every(Boolean);
  return { term, exact };
}

/** False: the term does not say it. */
function add(term: Building, test: Test): boolean {
  switch (test.test) {
    case 'net': {
      if (test.side === 'real') return false;
      const { address, length } = test.net;
      const net: TraceNet = { address, prefix: length, ...negation(test) };
      return setOnce(
        term,
        ({ client: 'client', vip: 'virtualAddress', host: 'host' } as const)[test.side],
        net,
      );
    }
    case 'port':
      return setOnce(term, ({ client: 'clientPort', vip: 'virtualPort', host: 'port' } as const)[test.side], {
        value: test.port,
        ...negation(test),
      } satisfies TraceNumber);
    case 'protocol':
      return setOnce(term, 'protocol', { value: test.protocol, ...negation(test) });
    case 'version':
      return setOnce(term, 'version', test.version);
    case 'verdicts':
      term.verdicts = ((term.verdicts ?? 0xffff_ffff) & test.mask) >>> 0;
      return true;
    case 'new':
      return setOnce(term, 'isNew', test.isNew);
    case 'fwmark':
      return !test.negated && setOnce(term, 'fwmark', test.fwmark);
    case 'interface':
      return false;
  }
}

/** A second one of the same kind stays with whoever looks again. */
function setOnce<Key extends keyof Building>(term: Building, key: Key, value: Building[Key]): boolean {
  if (term[key] !== undefined) return false;
  term[key] = value;
  return true;
}

function negation({ negated }: { readonly negated: boolean }): { readonly negated?: true } {
  return negated ? { negated: true } : {};
}
