/** What the packet path tells of its decisions: the same natively and through BPF_PROG_TEST_RUN. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addon, type Engine, type TraceSettings, type TraceTerm } from '../../src/addon/addon.ts';
import { frameOf, readDecision, recordsOf } from '../../src/control/decision.ts';
import { emptiedEngine, engineKinds } from '../helpers/engines.ts';
import { type Frame, frameBytes } from '../helpers/frames.ts';
import { answer, director, forwarded, icmpError, tcp, udp, virtualServer } from '../helpers/packets.ts';

const everything: TraceSettings = { terms: [{}], snap: 1_600, perSecond: 0 };

function watched(kind: 'core' | 'kernel', settings: TraceSettings = everything): Engine {
  const engine = emptiedEngine(kind);
  engine.setClock(5_000);
  engine.setVirtualServer(virtualServer('TCP 10.0.0.100:80 rr rs2*1 rs1*1'));
  engine.trace(settings);
  return engine;
}

const run = (engine: Engine, ...frames: readonly Frame[]): void => {
  for (const frame of frames) engine.run(frameBytes(frame), director.ingress);
};

function decisions(engine: Engine) {
  const { verdicts, flowStates } = addon();
  const names = { verdicts, flowStates, interfaceName: (index: number) => `if${index}` };
  return [...recordsOf(engine.traced())].map((record) => readDecision(record, names));
}

/** Verdict, real server and state of each. */
const lines = (engine: Engine) =>
  decisions(engine).map(({ verdict, realServer, stateBefore, state, isNew }) =>
    [verdict, realServer, isNew ? 'new' : undefined, stateBefore, state].filter(Boolean).join(' '),
  );

const syn = tcp('S', '10.1.0.1:1024');

for (const { kind, skip } of engineKinds)
  describe(`what the ${kind} engine tells`, { skip }, () => {
    it('of a packet that opens a flow is all there is to know of it', () => {
      const engine = watched(kind);
      run(engine, syn);
      const [decision] = decisions(engine);
      assert.deepEqual(decision, {
        timeNs: 4768n << 20n,
        interface: 'if1',
        verdict: 'FORWARDED',
        action: 'forward',
        meaning: 'sent to a real server',
        length: 40,
        frameLength: frameBytes(syn).length,
        version: 4,
        protocol: 'TCP',
        client: '10.1.0.1',
        clientPort: 1024,
        vip: '10.0.0.100',
        vipPort: 80,
        tcpFlags: 'S',
        virtualServer: { port: 80 },
        realServer: '10.0.0.12',
        mac: '02:00:00:00:00:12',
        egress: 'if1',
        isNew: true,
        template: false,
        persistent: false,
        state: 'SYN_RECV',
      });
    });

    it('names the real server of each packet, and the states of its flow', () => {
      const engine = watched(kind);
      run(engine, syn, tcp('A', '10.1.0.1:1024'), tcp('FA', '10.1.0.1:1024'), tcp('S', '10.1.0.2:7'));
      assert.deepEqual(lines(engine), [
        'FORWARDED 10.0.0.12 new SYN_RECV',
        'FORWARDED 10.0.0.12 SYN_RECV ESTABLISHED',
        'FORWARDED 10.0.0.12 ESTABLISHED FIN_WAIT',
        'FORWARDED 10.0.0.11 new SYN_RECV',
      ]);
    });

    it('says why a packet goes nowhere, and whom it was meant for', () => {
      const engine = watched(kind);
      engine.setNexthop('10.0.0.12', { kind: 'unresolved' });
      run(engine, syn, tcp('A', '10.1.0.9:5'), udp({ client: '10.1.0.1:5', to: '10.0.0.100:53' }));
      engine.setVirtualServer(virtualServer('TCP 10.0.0.100:80 rr rs2*0'));
      run(engine, tcp('S', '10.1.0.3:5'), { ...syn, destinationMac: '02:00:00:00:00:77' });
      assert.deepEqual(lines(engine), [
        'NO_NEIGHBOUR 10.0.0.12 new SYN_RECV',
        'NO_FLOW',
        'NOT_OURS',
        'NO_REAL_SERVER new',
        'NOT_FOR_US',
      ]);
    });

    it('of an ICMP error is that of the flow it speaks of', () => {
      const engine = watched(kind);
      run(engine, syn, icmpError('3/4', answer(syn)));
      assert.deepEqual(lines(engine).at(-1), 'FORWARDED 10.0.0.12 SYN_RECV');
    });

    it('of a persistent client says that a template knew it', () => {
      const engine = watched(kind);
      engine.setVirtualServer(virtualServer('TCP 10.0.0.100:80 rr p=300 rs2*1 rs1*1'));
      run(engine, syn, tcp('S', '10.1.0.1:1025'));
      assert.deepEqual(
        decisions(engine).map(({ realServer, template, persistent }) => [realServer, template, persistent]),
        [
          ['10.0.0.12', false, true],
          ['10.0.0.12', true, true],
        ],
      );
    });

    it('has the frame as it leaves, as long as asked for', () => {
      const long = tcp('S', '10.1.0.1:1024', { transport: { payload: Buffer.alloc(900, 7) } });
      const frames = [syn, long].map((frame) => frameBytes(forwarded(frame, 'rs2')));
      const engine = watched(kind);
      const captured = (snap: number) => {
        engine.trace({ ...everything, snap });
        run(engine, syn, long);
        return [...recordsOf(engine.traced())].map((record) => Buffer.from(frameOf(record)));
      };
      assert.deepEqual(captured(1_600), frames);
      assert.deepEqual(
        captured(300),
        frames.map((frame) => frame.subarray(0, 300)),
      );
      assert.deepEqual(captured(0), [Buffer.alloc(0), Buffer.alloc(0)]);
    });

    it('is no more than what fits one of the terms', () => {
      const engine = watched(kind);
      let now = 5_000;
      const told = (...terms: readonly TraceTerm[]) => {
        now += 1_000_000; // no flow lives so long
        engine.setClock(now);
        engine.trace({ ...everything, terms });
        run(
          engine,
          syn,
          tcp('S', '10.2.0.1:80'),
          tcp('A', '10.1.0.9:5'),
          udp({ client: '10.1.0.1:5', to: '10.0.0.100:53' }),
        );
        return decisions(engine).map(({ client, clientPort }) => `${client}:${clientPort}`);
      };
      const [a, b, c, d] = ['10.1.0.1:1024', '10.2.0.1:80', '10.1.0.9:5', '10.1.0.1:5'];
      const net = { address: '10.1.0.0', prefix: 16 };
      const forwardedOnly = 2 ** addon().verdicts.findIndex(({ name }) => name === 'FORWARDED');
      assert.deepEqual(
        [
          told({ client: net }),
          told({ client: { ...net, negated: true } }),
          told({ host: { address: '10.0.0.100', prefix: 32 } }),
          told({ virtualAddress: net }),
          told({ port: { value: 80 } }),
          told({ virtualPort: { value: 80, negated: true } }),
          told({ clientPort: { value: 80 } }),
          told({ protocol: { value: 17 } }),
          told({ protocol: { value: 17, negated: true } }),
          told({ version: 6 }),
          told({ fwmark: 7 }),
          told({ verdicts: forwardedOnly }),
          told({ isNew: true }),
          told({ isNew: false }),
          told({ protocol: { value: 17 } }, { client: { address: '10.2.0.1', prefix: 32 } }),
        ],
        [
          [a, c, d],
          [b],
          [a, b, c, d],
          [],
          [a, b, c],
          [d],
          [b],
          [d],
          [a, b, c],
          [],
          [],
          [a, b],
          [a, b],
          [c, d],
          [b, d],
        ],
      );
    });

    it('is so many a second at most, spread over it', () => {
      const engine = watched(kind, { ...everything, perSecond: 4 });
      const flood = () => run(engine, ...Array.from({ length: 20 }, () => syn));
      const counts = [5_000, 5_000, 5_300, 9_000].map((ms) => {
        engine.setClock(ms);
        flood();
        return decisions(engine).length;
      });
      // Two at once: a quarter of a second's share ahead, and the one in hand.
      assert.deepEqual(counts, [2, 0, 1, 2]);
    });

    it('ends by itself when nobody has asked for more for 5 s', () => {
      const engine = watched(kind);
      engine.setClock(9_900);
      run(engine, syn);
      const before = [decisions(engine).length, engine.tracing()];
      engine.setClock(10_100);
      run(engine, syn);
      assert.deepEqual([before, decisions(engine), engine.tracing()], [[1, true], [], false]);
    });

    it('is lost where nobody reads, and holds up no packet', () => {
      const engine = watched(kind);
      const sent = 8_000;
      for (let index = 0; index < sent; index++) run(engine, syn);
      let told = 0;
      for (let some = 1; some > 0; told += some) some = decisions(engine).length;
      assert.ok(told > 3_000 && told < sent, `${told}`);
      assert.equal(engine.verdicts().find(({ name }) => name === 'FORWARDED')?.packets, sent);
    });
  });
