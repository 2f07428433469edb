import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HostEvent, Link } from '../../src/addon/addon.ts';
import { LinkDelays } from '../../src/vrrp/link_delays.ts';
import { FakeClock } from '../helpers/fake_clock.ts';

const link = (running: boolean, more: Partial<Link> = {}) =>
  ({ index: 2, name: 'eth0', up: true, running, mtu: 1500, ...more }) as Link;
const report = (running: boolean, more: Partial<Link> & { removed?: boolean } = {}) =>
  ({ kind: 'link', removed: false, ...link(running), ...more }) as HostEvent;

/** eth0 is up; down counts after 2 s, up after 3 s. */
function delayed() {
  const clock = new FakeClock();
  const late: HostEvent[] = [];
  const delays = new LinkDelays(clock, (events) => late.push(...events));
  delays.configure([{ interface: 'eth0', downMs: 2_000, upMs: 3_000 }], () => [link(true)]);
  const told = (...events: HostEvent[]) =>
    delays
      .take(events)
      .map((event) => (event.kind === 'link' ? `${event.running ? 'up' : 'down'} ${event.mtu}` : event.kind));
  const lateTold = () =>
    late.splice(0).map((event) => event.kind === 'link' && (event.running ? 'up' : 'down'));
  return { clock, delays, told, lateTold };
}

describe('interface_up_down_delays', () => {
  it('lets an interface count as up until it has been down for so long', () => {
    const { clock, told, lateTold } = delayed();
    const first = told(report(false));
    clock.advance(1_999);
    const before = lateTold();
    clock.advance(1);
    assert.deepEqual([first, before, lateTold()], [['up 1500'], [], ['down']]);
  });

  it('forgets one that came back in time, whatever else was reported meanwhile', () => {
    const { clock, told, lateTold } = delayed();
    const reports = [report(false), report(false, { mtu: 9000 }), report(true)].flatMap((one) => told(one));
    clock.advance(60_000);
    assert.deepEqual([reports, lateTold()], [['up 1500', 'up 9000', 'up 1500'], []]);
  });

  it('lets it count as down until it has been up for so long', () => {
    const { clock, told, lateTold } = delayed();
    told(report(false));
    clock.advance(2_000);
    lateTold();
    const first = told(report(true));
    clock.advance(3_000);
    assert.deepEqual([first, lateTold()], [['down 1500'], ['up']]);
  });

  it('says of all links how they count, whatever they are', () => {
    const { clock, delays, told } = delayed();
    const now = [link(false), link(false, { index: 3, name: 'eth1' })];
    const counted = () => delays.counted(now).map(({ running }) => running);
    // Not reported yet, either.
    const before = counted();
    told(report(false));
    const waiting = counted();
    clock.advance(2_000);
    assert.deepEqual(
      [before, waiting, counted()],
      [
        [true, false],
        [true, false],
        [false, false],
      ],
    );
  });

  it('begins anew with an interface that was not delayed for a while', () => {
    const { delays, told } = delayed();
    delays.configure([], () => []);
    told(report(false));
    delays.configure([{ interface: 'eth0', downMs: 2_000, upMs: 3_000 }], () => [link(false)]);
    assert.deepEqual(told(report(false, { mtu: 9000 })), ['down 9000']);
  });

  it('lets a change that waits go on waiting when the delay is taken away', () => {
    const { clock, delays, told, lateTold } = delayed();
    told(report(false));
    delays.configure([], () => []);
    const waiting = delays.counted([link(false)])[0]?.running;
    clock.advance(2_000);
    assert.deepEqual([waiting, lateTold(), delays.counted([link(true)])[0]?.running], [true, ['down'], true]);
  });

  it('delays no removal, no other interface, and nothing after reports were lost', () => {
    const { clock, told, lateTold } = delayed();
    const other = told(report(false, { index: 3, name: 'eth1' }));
    told(report(false));
    const gone = told(report(false, { removed: true }));
    const lost = told({ kind: 'overrun' }, report(false));
    clock.advance(60_000);
    assert.deepEqual(
      [other, gone, lost, lateTold()],
      [['down 1500'], ['down 1500'], ['overrun', 'down 1500'], []],
    );
  });
});
