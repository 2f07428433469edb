import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type {
  Addon,
  HostAddress,
  Link,
  Neighbour,
  Netlink,
  Route,
  VipListener,
  VipProber,
  VipQuestion,
} from '../../../src/addon/addon.ts';
import { type VipFinding, VipProbes } from '../../../src/check/vip/probes.ts';
import { FakeClock } from '../../helpers/fake_clock.ts';

const own = '02:00:00:00:00:01';
const NEVER_MS = Number.POSITIVE_INFINITY;
const server = '02:00:00:00:00:11';

/** eth0 with 10.0.0.1, a real server 10.0.0.11 there, and the virtual address 10.0.0.100. */
class Host {
  readonly clock = new FakeClock();
  /** What was done, and when. */
  readonly done: string[] = [];
  neighbours: Neighbour[] = [{ index: 2, address: '10.0.0.11', mac: server, state: 'reachable' }];
  addresses: HostAddress[] = [];
  route: Route = { kind: 'unicast', index: 2, source: '10.0.0.1' };
  /** What asking throws, as often as there is one. */
  readonly refusals: object[] = [];
  listener: VipListener | undefined;
  /** The kernel answers no question about neighbours. */
  deaf = false;
  #ids = 0;

  readonly probes = new VipProbes(this.#addon(), this.clock);

  /** What became of it, or undefined where it was ended after 5 s. */
  async probe({ answerAtMs = NEVER_MS }: { readonly answerAtMs?: number } = {}) {
    const ended = new AbortController();
    let found: VipFinding | undefined;
    const targets = [{ address: '10.0.0.100', port: 80 }];
    const check = { connectTimeoutMs: 5_000, vip: { realServer: '10.0.0.11', targets } };
    void this.probes.probe(check, ended.signal).then((finding) => {
      found = finding;
    });
    for (let at = 0; at < 5_000 && found === undefined; at += 50) {
      this.clock.advance(50);
      if (at + 50 >= answerAtMs) this.listener?.onAnswers([{ kind: 'open', id: this.#ids, mac: server }]);
      await new Promise(setImmediate);
    }
    if (found === undefined) ended.abort();
    await new Promise(setImmediate);
    return found;
  }

  #say(text: string): void {
    this.done.push(`${this.clock.nowMs()} ${text}`);
  }

  #addon(): Pick<Addon, 'VipProber' | 'Netlink'> {
    const host = this;
    const link: Partial<Link> = { index: 2, mac: own };
    const netlink: Partial<Netlink> = {
      links: () => [link as Link],
      neighbours: () => {
        if (host.deaf) throw new Error('No buffer space available');
        return host.neighbours;
      },
      addresses: () => host.addresses,
      route: () => host.route,
      close: () => {},
    };
    const prober = (index: number): VipProber => ({
      ask({ mac, source }: VipQuestion) {
        const refusal = host.refusals.shift();
        if (refusal !== undefined) throw refusal;
        host.#ids += 1;
        host.#say(`ask ${mac} from ${source}`);
        return host.#ids;
      },
      repeat: () => host.#say('repeat'),
      forget: () => host.#say('forget'),
      askHolder: () => {},
      ignored: () => ({ malformed: 0, unknown: 0, wrong: 1, elsewhere: 0 }),
      close: () => host.#say(`close ${index}`),
    });
    return {
      Netlink: function make() {
        return netlink as Netlink;
      } as unknown as Addon['Netlink'],
      VipProber: function make(index: number, listener: VipListener) {
        host.listener = listener;
        return prober(index);
      } as unknown as Addon['VipProber'],
    };
  }
}

const busy = { errno: 105, message: 'No buffer space available' };

describe('probes of a virtual address', () => {
  it('are sent again after 1 and 3 seconds, and forgotten with the time', async () => {
    const host = new Host();
    await host.probe();
    const ask = `0 ask ${server} from 10.0.0.1`;
    assert.deepEqual(host.done, [ask, '1000 repeat', '3000 repeat', '5000 forget']);
  });

  it('go on at the new MAC where it has changed', async () => {
    const host = new Host();
    const replace = () => {
      host.neighbours = [{ index: 2, address: '10.0.0.11', mac: '02:00:00:00:00:22', state: 'stale' }];
    };
    host.clock.setTimer(500, replace);
    assert.deepEqual(await host.probe({ answerAtMs: 1_200 }), {});
    const asks = [`0 ask ${server} from 10.0.0.1`, '1000 forget', '1000 ask 02:00:00:00:00:22 from 10.0.0.1'];
    assert.deepEqual(host.done.slice(0, 3), asks);
  });

  it('begin as soon as the real server has a MAC', async () => {
    const host = new Host();
    const [known] = host.neighbours;
    host.neighbours = [{ index: 2, address: '10.0.0.11', mac: '', state: 'incomplete' }];
    host.clock.setTimer(280, () => {
      host.neighbours = known === undefined ? [] : [known];
    });
    assert.deepEqual(await host.probe({ answerAtMs: 400 }), {});
    assert.deepEqual(host.done[0], `300 ask ${server} from 10.0.0.1`);
  });

  it('wait where the queue of the interface is full, and say nothing of the real server for it', async () => {
    const host = new Host();
    host.refusals.push(busy);
    assert.deepEqual(await host.probe({ answerAtMs: 1_100 }), {});
    assert.deepEqual(host.done[0], `1000 ask ${server} from 10.0.0.1`);
  });

  it('say nothing of the real server where this director can send none, or lost its interface', async () => {
    const host = new Host();
    host.refusals.push({ errno: 0, message: 'at most 16384 probes wait at once' });
    const first = await host.probe();
    const second = host.probe();
    host.listener?.onError(new Error('Network is down'));
    const third = await host.probe({ answerAtMs: 100 });
    assert.deepEqual(
      [first, await second, third].map((one) => one?.failure),
      [
        { code: 'SOCKERR', detail: 'at most 16384 probes wait at once' },
        { code: 'SOCKERR', detail: 'Network is down' },
        undefined,
      ],
    );
    assert.ok(
      host.done.some((one) => one.endsWith('close 2')),
      'and it is opened anew',
    );
  });

  it('leave from an address that is not the virtual one, or from none', async () => {
    const host = new Host();
    host.route = { kind: 'unicast', index: 2, source: '10.0.0.100' };
    assert.equal(
      (await host.probe())?.failure?.detail,
      'there is no own address to probe 10.0.0.11 from: 10.0.0.100 cannot be it',
    );
    host.addresses = [
      { index: 2, address: '10.0.0.100', prefix: 32 },
      { index: 3, address: '10.3.0.1', prefix: 24 },
      { index: 2, address: '10.0.0.3', prefix: 24 },
    ];
    host.clock.advance(5_000);
    assert.deepEqual(await host.probe({ answerAtMs: 100 }), {});
    assert.match(host.done.join(), /from 10\.0\.0\.3/);
  });

  it('pass where nothing but the look at ARP fails', async () => {
    const host = new Host();
    await host.probe({ answerAtMs: 50 });
    // What was read of the kernel is fresh for the probe, and too old when it is answered.
    host.clock.advance(4_800);
    host.deaf = true;
    assert.deepEqual(await host.probe({ answerAtMs: 300 }), {});
  });

  it('close their socket when there has been none for ten minutes', async () => {
    const host = new Host();
    await host.probe({ answerAtMs: 100 });
    host.clock.advance(21 * 60_000);
    assert.match(host.done.at(-1) ?? '', /close 2$/);
  });

  it('count what was no answer, by sockets that are closed, too', async () => {
    const host = new Host();
    await host.probe({ answerAtMs: 100 });
    host.clock.advance(21 * 60_000);
    await host.probe({ answerAtMs: 100 });
    assert.deepEqual(host.probes.ignored(), { malformed: 0, unknown: 0, wrong: 2, elsewhere: 0 });
  });
});
