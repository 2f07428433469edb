import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addon, type Engine } from '../../src/addon/addon.ts';
import { recordsOf } from '../../src/control/decision.ts';
import { parseFilter } from '../../src/control/trace_filter.ts';
import { fits, pushDown } from '../../src/control/trace_match.ts';
import { newEngine } from '../helpers/engines.ts';
import { frameBytes } from '../helpers/frames.ts';
import { builtAddon, needs } from '../helpers/needs.ts';
import { answer, director, icmpError, tcp, udp, virtualServer } from '../helpers/packets.ts';

const syn = tcp('S', '10.1.0.1:1024');
const frames = [
  syn,
  tcp('A', '10.1.0.1:1024'),
  tcp('S', { client: '[fd00:1::1]:80', to: '[fd00::100]:80' }),
  udp({ client: '10.1.0.2:53', to: '10.0.0.100:53' }),
  icmpError('3/4', answer(syn)),
  { ...syn, destinationMac: '02:00:00:00:00:77' },
];
const name = (index: number) => (index === 1 ? 'eth0' : '');

/** The numbers of the frames that are told, at what the terms let through, and what then fits. */
function told(engine: Engine, text: string) {
  const filter = parseFilter(text, addon().verdicts);
  const { terms, exact } = pushDown([filter]);
  engine.setClock(10_000_000);
  engine.sweep();
  engine.trace({ terms, snap: 0, perSecond: 0 });
  const passed = frames.flatMap((frame, index) => {
    engine.run(frameBytes(frame), director.ingress);
    return [...recordsOf(engine.traced())].map((record) => ({ index, record }));
  });
  const all = passed.map(({ index }) => index);
  const fitting = passed.filter(({ record }) => fits(filter, record, name)).map(({ index }) => index);
  return { all, fitting, exact };
}

describe('what the packet path lets through', { skip: needs(builtAddon) }, () => {
  const engine = newEngine('core');
  engine.setVirtualServer(virtualServer('TCP 10.0.0.100:80 rr rs1*1'));
  engine.setVirtualServer(virtualServer('TCP [fd00::100]:80 rr rs1*1'));

  const expected: Readonly<Record<string, readonly number[]>> = {
    '': [0, 1, 2, 3, 4, 5],
    tcp: [0, 1, 2],
    icmp: [4],
    'not tcp': [3, 4, 5],
    ip6: [2],
    'client 10.1.0.0/30': [0, 1, 3, 4],
    'not client 10.1.0.0/30': [2, 5],
    'host 10.0.0.100 port 53': [3],
    'client port 80': [2],
    'verdict not_ours': [3],
    'verdict not_for_us or udp': [3, 5],
    forwarded: [0, 1, 2, 4],
  };

  it('is what the filter means, where it says so', () => {
    const found = Object.keys(expected).map((text) => [text, told(engine, text)] as const);
    assert.deepEqual(
      found,
      Object.entries(expected).map(([text, numbers]) => [
        text,
        { all: numbers, fitting: numbers, exact: true },
      ]),
    );
  });

  it('is at least that elsewhere', () => {
    const cases: Readonly<Record<string, readonly number[]>> = {
      'real 10.0.0.11': [0, 1, 4],
      'interface eth0 ip6': [2],
      'not interface eth0': [],
      'port 80 port 1024': [0, 1, 4],
      'tcp not fwmark 7': [0, 1, 2],
    };
    assert.deepEqual(
      Object.keys(cases).map((text) => [text, told(engine, text).fitting]),
      Object.entries(cases),
    );
  });
});
