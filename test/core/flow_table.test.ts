/** The flow table (bpf/core/flow_table.h, flow_claim.h) filled, overfilled and flooded. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Engine } from '../../src/addon/addon.ts';
import { type EngineKind, emptiedEngine, engineKinds } from '../helpers/engines.ts';
import { Clients } from '../helpers/many_clients.ts';
import { director, virtualServer } from '../helpers/packets.ts';

const clients = new Clients();

/** A director with one virtual server, and its clients by number. */
class Table {
  readonly engine: Engine;

  constructor(kind: EngineKind['kind'], flowSlots: number) {
    this.engine = emptiedEngine(kind, flowSlots);
    this.engine.setVirtualServer(virtualServer('TCP 10.0.0.100:80 rr rs1*1 rs2*1 rs3*1'));
  }

  /** Sends the segments of one client; what became of the last one: the real server's number, or the verdict. */
  send(flags: string, n: number): string {
    let last = '';
    for (const each of flags.split(' ')) {
      const { verdict, frame } = this.engine.run(clients.frame(each, n), director.ingress);
      last = verdict === 'FORWARDED' ? `rs${(frame[5] ?? 0) - 0x10}` : verdict;
    }
    return last;
  }

  /** How many flows there are in each state, and that the destinations' counters say the same. */
  states(): Record<string, number> {
    const states: Record<string, number> = {};
    const counted = { active: 0, inactive: 0 };
    for (const { state, active } of this.engine.connections()) {
      states[state] = (states[state] ?? 0) + 1;
      counted[active ? 'active' : 'inactive']++;
    }
    const destinations = this.engine.virtualServers().flatMap((server) => server.destinations);
    const sum = (which: 'active' | 'inactive') => destinations.reduce((total, d) => total + d[which], 0);
    assert.deepEqual({ active: sum('active'), inactive: sum('inactive') }, counted);
    return states;
  }

  /** Established connections until some hundred more find no room; the clients that have one. */
  fill(): number[] {
    const open: number[] = [];
    for (let n = 0; n < 3000; n++)
      if (this.send('S', n) !== 'FLOW_TABLE_FULL' && this.send('A', n)) open.push(n);
    return open;
  }
}

const range = (from: number, count: number) => Array.from({ length: count }, (_, index) => from + index);

/** Real servers by client, of those that are there; rr hands them out in turn. */
function reopened(table: Table, numbers: readonly number[], flags: string): Map<number, string> {
  return new Map(numbers.map((n) => [n, table.send(flags, n)]));
}

for (const { kind, skip } of engineKinds)
  describe(`the flow table, ${kind} engine`, { skip }, () => {
    /** The kernel's engine maps one window of the table: 32,768 slots. */
    const sizes = kind === 'core' ? [1024, 4096, 32_768, 65_536, 1_048_576] : [1024, 4096, 32_768];
    for (const slots of sizes)
      it(`of ${slots} slots finds every flow again when half full, and loses none`, () => {
        const table = new Table(kind, slots);
        const flows = Math.min(slots / 2, 500_000);
        const lost: number[] = [];
        for (let n = 0; n < flows; n++) if (table.send('S', n) !== `rs${(n % 3) + 1}`) lost.push(n);
        for (let n = 0; n < flows; n++) if (table.send('A', n) !== `rs${(n % 3) + 1}`) lost.push(n);
        assert.deepEqual({ lost, states: table.states() }, { lost: [], states: { ESTABLISHED: flows } });
      });

    it('turns a new flow away where all around are established and heard of within a minute', () => {
      const table = new Table(kind, 1024);
      const open = table.fill();
      assert.ok(open.length > 1000 && open.length <= 1024, `${open.length} flows found room`);
      table.engine.setClock(60_000);
      const before = table.states();
      const turnedAway = range(10_000, 500).filter((n) => table.send('S', n) === 'FLOW_TABLE_FULL');
      assert.ok(turnedAway.length > 400, `${turnedAway.length} of 500`);
      assert.equal(table.states()['ESTABLISHED'], before['ESTABLISHED']);
      const found = open.filter((n) => table.send('A', n).startsWith('rs'));
      assert.deepEqual(found, open);
    });

    it('gives a place of the established only after a minute of silence', () => {
      const table = new Table(kind, 1024);
      const open = table.fill();
      table.engine.setClock(50_000);
      const awake = open.filter((_, index) => index % 2 === 0);
      reopened(table, awake, 'A');
      table.engine.setClock(61_000);
      assert.deepEqual(
        new Set(range(10_000, 300).map((n) => table.send('S', n).slice(0, 2))),
        new Set(['rs']),
      );
      assert.deepEqual(
        awake.filter((n) => table.send('A', n).startsWith('rs')),
        awake,
      );
    });

    it('evicts half-open flows before closing ones', () => {
      const table = new Table(kind, 1024);
      const open = table.fill();
      const closing = open.filter((_, index) => index % 2 === 0);
      const halfOpen = open.filter((_, index) => index % 2 === 1);
      reopened(table, closing, 'FA');
      reopened(table, halfOpen, 'FA S'); // a SYN in FIN_WAIT: half open again
      for (const n of range(10_000, 1000)) assert.match(table.send('S', n), /^rs/);
      assert.equal(table.states()['FIN_WAIT'], closing.length);
    });

    it('evicts closing flows before established ones, however long these are silent', () => {
      const table = new Table(kind, 1024);
      const open = table.fill();
      table.engine.setClock(100_000);
      const established = open.filter((_, index) => index % 2 === 0);
      reopened(
        table,
        open.filter((_, index) => index % 2 === 1),
        'FA',
      );
      for (const n of range(10_000, 150)) assert.match(table.send('S A', n), /^rs/);
      const found = established.filter((n) => table.send('A', n).startsWith('rs'));
      assert.deepEqual(found, established);
    });

    it('evicts the longest silent of a kind first, and what has expired before all', () => {
      const table = new Table(kind, 1024);
      const open = table.fill();
      const [expired, older, newer] = [0, 1, 2].map((kept) => open.filter((_, index) => index % 3 === kept));
      if (!expired || !older || !newer) throw new RangeError('three thirds');
      reopened(table, expired, 'R'); // 10 seconds in CLOSE
      table.engine.setClock(1_000);
      reopened(table, older, 'FA S');
      table.engine.setClock(2_000);
      reopened(table, newer, 'FA S');
      table.engine.setClock(12_000);
      for (const n of range(10_000, 150)) assert.match(table.send('S A', n), /^rs/);
      assert.equal(table.states()['SYN_RECV'], older.length + newer.length);
      table.engine.sweep();
      for (const n of range(20_000, 250)) table.send('S A', n);
      const here = new Set(
        table.engine.connections().map(({ client, clientPort }) => `${client}:${clientPort}`),
      );
      const name = (n: number) =>
        `10.${64 + (n >> 18)}.${(n >> 10) & 255}.${(n >> 2) & 255}:${1024 + (n % 4) * 10_007}`;
      assert.deepEqual(
        newer.filter((n) => !here.has(name(n))),
        [],
      );
      assert.ok(older.filter((n) => !here.has(name(n))).length > 30, 'some of the older ones are gone');
    });

    it('of 1024 slots keeps 400 established flows through 100,000 SYNs from as many sources', () => {
      const table = new Table(kind, 1024);
      const servers = reopened(table, range(0, 400), 'S A');
      for (let n = 0; n < 100_000; n++) {
        if (n % 25_000 === 0) table.engine.setClock((n / 25_000) * 15_000);
        table.send('S', 1_000_000 + n);
      }
      table.engine.setClock(59_000);
      assert.equal(table.states()['ESTABLISHED'], 400);
      assert.deepEqual(reopened(table, range(0, 400), 'A'), servers);
    });

    it('lets a real client in during the flood', () => {
      const table = new Table(kind, 1024);
      for (const n of range(1_000_000, 20_000)) table.send('S', n);
      const late = reopened(table, range(0, 200), 'S A');
      for (const n of range(2_000_000, 20_000)) table.send('S', n);
      assert.deepEqual(reopened(table, range(0, 200), 'A'), late);
    });
  });
