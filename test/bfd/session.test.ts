import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '../../src/base/random.ts';
import { type BfdState, bfdStates, type ControlPacket } from '../../src/bfd/control_packet.ts';
import {
  DIAG,
  detectionTimeUs,
  newSession,
  type Session,
  type SessionAction,
  type SessionEvent,
  type SessionSettings,
  stepSession,
  transmitIntervalUs,
} from '../../src/bfd/session.ts';

const settings: SessionSettings = {
  minTxUs: 50_000,
  minRxUs: 40_000,
  idleTxUs: 1_000_000,
  multiplier: 3,
  passive: false,
};
const OURS = 7;
const THEIRS = 9;

const fresh = (changes: Partial<SessionSettings> = {}) => newSession({ ...settings, ...changes }, OURS);
const said = (changes: Partial<ControlPacket> = {}): ControlPacket => ({
  diagnostic: 0,
  state: 'Down',
  poll: false,
  final: false,
  demand: false,
  multiplier: 4,
  myDiscriminator: THEIRS,
  yourDiscriminator: OURS,
  desiredMinTxUs: 60_000,
  requiredMinRxUs: 70_000,
  ...changes,
});
const hear = (session: Session, changes: Partial<ControlPacket> = {}, random = 1) =>
  stepSession(session, { kind: 'received', packet: said(changes) }, random);
const after = (session: Session, ...events: readonly SessionEvent[]) =>
  events.reduce((one, event) => stepSession(one, event, 1).session, session);
const packet = (changes: Partial<ControlPacket>): SessionEvent => ({
  kind: 'received',
  packet: said(changes),
});
/** Up, and its Poll Sequence is over. */
const up = (changes: Partial<SessionSettings> = {}) =>
  after(
    fresh(changes),
    packet({ state: 'Down' }),
    packet({ state: 'Up' }),
    packet({ state: 'Up', final: true }),
  );
const sent = (actions: readonly SessionAction[]) =>
  actions.flatMap((action) => (action.do === 'send' ? [action.packet] : []));
const waits = (actions: readonly SessionAction[]) =>
  actions.flatMap((action) => (action.do === 'transmit_in' ? [action.us] : []));

describe('the state variables of a session (RFC 5880 §6.8.1)', () => {
  it('begin Down, at one packet a second, with a neighbour that takes any number', () =>
    assert.deepEqual(fresh(), {
      settings,
      state: 'Down',
      localDiag: 0,
      localDiscr: OURS,
      desiredMinTxUs: 1_000_000,
      requiredMinRxUs: 40_000,
      remoteDiscr: 0,
      remoteState: 'Down',
      remoteDiag: 0,
      remoteMinRxUs: 1,
      remoteDemand: false,
      remoteMinTxUs: 0,
      remoteMultiplier: 0,
      polling: false,
      usedMinTxUs: 1_000_000,
      usedMinRxUs: 40_000,
    }));

  it('forget the remote discriminator after a detection time without a packet, Down too', () => {
    const heard = after(fresh(), packet({ state: 'AdminDown' }));
    assert.deepEqual([heard.remoteDiscr, after(heard, { kind: 'silent' }).remoteDiscr], [THEIRS, 0]);
  });
});

describe('the state of a session (RFC 5880 §6.2, §6.8.6)', () => {
  const init = () => after(fresh(), packet({ state: 'Down' }));
  const table: readonly [from: BfdState, session: () => Session, becomes: readonly BfdState[]][] = [
    //                  AdminDown  Down    Init    Up
    ['Down', fresh, ['Down', 'Init', 'Up', 'Down']],
    ['Init', init, ['Down', 'Init', 'Up', 'Up']],
    ['Up', up, ['Down', 'Down', 'Up', 'Up']],
    [
      'AdminDown',
      () => after(up(), { kind: 'admin_down' }),
      ['AdminDown', 'AdminDown', 'AdminDown', 'AdminDown'],
    ],
  ];
  for (const [from, session, becomes] of table)
    it(`${from} follows what the neighbour says`, () =>
      assert.deepEqual(
        bfdStates.map((state) => hear(session(), { state }).session.state),
        becomes,
      ));

  it('is lost to a neighbour that went down or was taken down, and says why', () =>
    assert.deepEqual(
      (['Down', 'AdminDown'] as const).map((state) => hear(up(), { state }).session.localDiag),
      [DIAG.neighborDown, DIAG.neighborDown],
    ));

  it('is told at once when it changes, before the next periodic packet (§6.8.7)', () => {
    const { actions, session } = hear(fresh(), { state: 'Down' });
    assert.deepEqual(actions, [
      { do: 'entered', from: 'Down' },
      {
        do: 'send',
        packet: said({
          ...{ state: 'Init', multiplier: 3, myDiscriminator: OURS, yourDiscriminator: THEIRS },
          ...{ desiredMinTxUs: 1_000_000, requiredMinRxUs: 40_000 },
        }),
      },
      { do: 'transmit_in', us: 1_000_000 },
      { do: 'detect_in', us: 240_000 },
    ]);
    assert.equal(session.state, 'Init');
  });

  it('comes up between two that know nothing of each other in three packets', () => {
    let [a, b] = [newSession(settings, 1), newSession(settings, 2)];
    const states: string[] = [];
    let wire = sent(stepSession(a, { kind: 'transmit_due' }, 1).actions);
    for (let turn = 0; wire.length > 0 && turn < 10; turn++) {
      const [first] = wire;
      assert.ok(first);
      const step = stepSession(turn % 2 === 0 ? b : a, { kind: 'received', packet: first }, 1);
      if (turn % 2 === 0) b = step.session;
      else a = step.session;
      states.push(`${a.state} ${b.state}`);
      wire = sent(step.actions);
    }
    // The last ones end both Poll Sequences, and then there is quiet.
    assert.deepEqual(states.slice(0, 3), ['Down Init', 'Up Init', 'Up Up']);
    assert.deepEqual([states.at(-1), states.length < 10], ['Up Up', true]);
  });
});

describe('the detection time (RFC 5880 §6.8.4)', () => {
  it("is the neighbour's multiplier times the slower of what it sends and what we take", () =>
    assert.deepEqual(
      [60_000, 30_000].map((desiredMinTxUs) =>
        detectionTimeUs(hear(up(), { state: 'Up', desiredMinTxUs }).session),
      ),
      [240_000, 160_000],
    ));

  it('begins anew with every packet', () =>
    assert.deepEqual(hear(up(), { state: 'Up' }).actions, [{ do: 'detect_in', us: 240_000 }]));

  it('ends a session that is Up or Init, and nothing else', () => {
    const from = (session: Session) => {
      const { session: left, actions } = stepSession(session, { kind: 'silent' }, 1);
      return [left.state, left.localDiag, sent(actions).map(({ state, diagnostic }) => [state, diagnostic])];
    };
    assert.deepEqual(
      [from(up()), from(after(fresh(), packet({}))), from(fresh())],
      [
        ['Down', DIAG.expired, [['Down', DIAG.expired]]],
        ['Down', DIAG.expired, [['Down', DIAG.expired]]],
        ['Down', DIAG.none, []],
      ],
    );
  });

  it('after which a neighbour that wanted no packets may want some again', () => {
    const deaf = hear(up(), { state: 'Up', requiredMinRxUs: 0 });
    const { actions } = stepSession(deaf.session, { kind: 'silent' }, 1);
    assert.deepEqual([waits(deaf.actions), waits(actions)], [[undefined], [1_000_000]]);
  });
});

describe('timer manipulation (RFC 5880 §6.8.3)', () => {
  it('is no faster than one packet a second while not Up, whatever min_tx says', () => {
    const init = after(fresh(), packet({}));
    const down = after(up(), packet({ state: 'Down' }));
    assert.deepEqual(
      [fresh(), init, down].map((session) => session.desiredMinTxUs),
      [1_000_000, 1_000_000, 1_000_000],
    );
  });

  it('polls when the session comes Up with its own interval, until a final answers', () => {
    const rising = hear(after(fresh(), packet({})), { state: 'Init' });
    const again = stepSession(rising.session, { kind: 'transmit_due' }, 1);
    const over = hear(again.session, { state: 'Up', final: true });
    const last = stepSession(over.session, { kind: 'transmit_due' }, 1);
    assert.deepEqual(
      [rising, again, last].flatMap(({ actions }) =>
        sent(actions).map(({ poll, desiredMinTxUs }) => [poll, desiredMinTxUs]),
      ),
      [
        [true, 50_000],
        [true, 50_000],
        [false, 50_000],
      ],
    );
  });

  it('answers a poll at once with a final, that does not poll itself', () => {
    const polling = hear(after(fresh(), packet({})), { state: 'Init' }).session;
    const answer = sent(hear(polling, { state: 'Up', poll: true }).actions);
    assert.deepEqual(
      answer.map(({ poll, final }) => ({ poll, final })),
      [{ poll: false, final: true }],
    );
  });

  it('sends no slower before the neighbour has heard of it', () => {
    const slower = after(up({ minTxUs: 80_000 }), {
      kind: 'settings',
      settings: { ...settings, minTxUs: 200_000 },
    });
    const agreed = after(slower, packet({ state: 'Up', final: true }));
    assert.deepEqual(
      [slower, agreed].map((session) => [
        session.polling,
        session.desiredMinTxUs,
        transmitIntervalUs(session),
      ]),
      [
        [true, 200_000, 80_000],
        [false, 200_000, 200_000],
      ],
    );
  });

  it('gives up no sooner before the neighbour has heard that it may send faster', () => {
    const wish = { kind: 'settings', settings: { ...settings, minRxUs: 10_000 } } as const;
    const quicker = after(up({ minRxUs: 100_000 }), wish, packet({ state: 'Up', desiredMinTxUs: 10_000 }));
    const agreed = after(quicker, packet({ state: 'Up', final: true, desiredMinTxUs: 10_000 }));
    assert.deepEqual([quicker, agreed].map(detectionTimeUs), [400_000, 40_000]);
  });

  it('does not poll where nothing is another, nor with a neighbour that is not there', () =>
    assert.deepEqual(
      [
        after(up(), { kind: 'settings', settings }).polling,
        after(fresh(), { kind: 'settings', settings: { ...settings, minRxUs: 1_000 } }).polling,
        after(up(), { kind: 'settings', settings: { ...settings, minRxUs: 1_000 } }, { kind: 'silent' })
          .polling,
      ],
      [false, false, false],
    ));
});

describe('transmission (RFC 5880 §6.8.7)', () => {
  it('is jittered: 75 to 100 % of the interval, 75 to 90 % with multiplier 1', () => {
    const range = (session: Session) =>
      [0, 0.5, 1].map((random) => waits(stepSession(session, { kind: 'transmit_due' }, random).actions)[0]);
    assert.deepEqual(
      [range(up()), range(up({ multiplier: 1 }))],
      [
        [52_500, 61_250, 70_000],
        [52_500, 57_750, 63_000],
      ],
    );
  });

  it("follows the neighbour's wish for fewer packets at once", () =>
    assert.deepEqual(waits(hear(up(), { state: 'Up', requiredMinRxUs: 300_000 }).actions), [300_000]));

  it('stops for a neighbour that wants none', () =>
    assert.deepEqual(
      stepSession(hear(up(), { state: 'Up', requiredMinRxUs: 0 }).session, { kind: 'transmit_due' }, 1)
        .actions,
      [],
    ));

  it('stops for a neighbour in demand mode, but for a poll', () => {
    const demanded = hear(up(), { state: 'Up', demand: true });
    const polling = stepSession(
      demanded.session,
      { kind: 'settings', settings: { ...settings, minTxUs: 90_000 } },
      1,
    );
    assert.deepEqual([waits(demanded.actions), waits(polling.actions)], [[undefined], [70_000]]);
  });

  it('does not begin in the passive role before the neighbour speaks', () => {
    const passive = fresh({ passive: true });
    const step = (event: SessionEvent, session = passive) => stepSession(session, event, 1).actions;
    assert.deepEqual(
      [step({ kind: 'start' }), step({ kind: 'transmit_due' }), sent(hear(passive).actions).length],
      [[{ do: 'transmit_in', us: undefined }], [], 1],
    );
  });
});

describe('administrative control (RFC 5880 §6.8.16)', () => {
  it('tells the neighbour, and nothing is sent or taken from then on', () => {
    const { actions, session } = stepSession(up(), { kind: 'admin_down' }, 1);
    assert.deepEqual(
      [sent(actions).map(({ state, diagnostic }) => [state, diagnostic]), waits(actions)],
      [[['AdminDown', DIAG.adminDown]], [undefined]],
    );
    assert.deepEqual(
      [
        hear(session, { state: 'Up', poll: true }).actions,
        stepSession(session, { kind: 'transmit_due' }, 1).actions,
      ],
      [[], []],
    );
  });
});

describe('a session whose neighbour lies', () => {
  it('answers no packet with more than one, and keeps all its promises', () => {
    const random = seededRandom(3784);
    const pick = <T>(of: readonly T[]): T => of[Math.floor(random.next() * of.length)] as T;
    const edges = [0, 1, 999, 50_000, 1_000_000, 2 ** 32 - 1];
    let session = fresh();
    for (let i = 0; i < 20_000; i++) {
      const event: SessionEvent = pick([
        packet({
          state: pick(bfdStates),
          poll: random.next() < 0.3,
          final: random.next() < 0.3,
          demand: random.next() < 0.1,
          multiplier: pick([1, 3, 255]),
          desiredMinTxUs: pick(edges),
          requiredMinRxUs: pick(edges),
        }),
        { kind: 'transmit_due' },
        { kind: 'silent' },
      ]);
      const { actions, session: next } = stepSession(session, event, random.next());
      session = next;
      assert.ok(sent(actions).length <= 1);
      assert.ok(sent(actions).every(({ poll, final }) => !(poll && final)));
      assert.ok(session.state === 'Up' || session.desiredMinTxUs >= 1_000_000);
      // However fast it is asked to be: never faster than min_tx, jitter included.
      assert.ok(waits(actions).every((us) => us === undefined || us >= settings.minTxUs * 0.75));
      assert.ok(actions.every((action) => action.do !== 'detect_in' || action.us >= settings.minRxUs));
    }
  });
});
