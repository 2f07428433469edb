import { after, afterEach, before, describe, it } from 'node:test';
import { system } from '../helpers/needs.ts';
import { type Kind, type Speaker, VrrpLab, vrrpConf } from '../helpers/vrrp_lab.ts';

const vip = '10.77.0.100';
const fast = ['version 3', 'advert_int 0.1'];
const pass = ['authentication {', '    auth_type PASS', '    auth_pass 1111', '}'];

interface Profile {
  readonly name: string;
  readonly vips: readonly [string, string];
  readonly lines: (other: '2' | '3') => readonly string[];
}

const four = [vip, '10.77.0.101'] as const;
const profiles: readonly Profile[] = [
  { name: 'v2 with a password', vips: four, lines: () => ['advert_int 1', ...pass] },
  { name: 'v3 at 100 ms', vips: four, lines: () => fast },
  { name: 'IPv6 at 100 ms', vips: ['fd77::100', 'fd77::101'], lines: () => fast },
  {
    name: 'unicast',
    vips: four,
    lines: (other) => [...fast, 'unicast_peer {', `    10.77.0.${other}`, '}'],
  },
];

describe('VRRP beside a real keepalived', { skip: system('keepalived'), timeout: 400_000 }, () => {
  let lab: VrrpLab;
  const running: Speaker[] = [];
  before(async () => {
    lab = await VrrpLab.create('vrrp');
  });
  after(() => lab?.close());

  afterEach(async () => {
    await Promise.all(running.splice(0).map((one) => one.end()));
  });

  const start = (kind: Kind, side: 'a' | 'b', text: string): Speaker => {
    const speaker = lab.start(kind, side, text);
    running.push(speaker);
    return speaker;
  };

  // Two virtual routers at the same time: of the one xlb has the higher priority, of the other keepalived.
  for (const { name, vips, lines } of profiles)
    it(`${name}: takes over, hands over, preempts, xlb above keepalived and keepalived above xlb`, async () => {
      const routers = vips.map((address, at) => {
        const [above, below]: [Kind, Kind] = at === 0 ? ['xlb', 'keepalived'] : ['keepalived', 'xlb'];
        const text = { vrid: 51 + at, vips: [address] };
        const startA = () => start(above, 'a', vrrpConf([{ ...text, priority: 150, lines: lines('3') }]));
        const startB = () => start(below, 'b', vrrpConf([{ ...text, lines: lines('2') }]));
        const held = (by: Speaker, others: readonly Speaker[] = []) => lab.untilHeld(address, [by], others);
        return { startA, startB, held };
      });
      const pairs = await Promise.all(
        routers.map(async ({ startA, startB, held }) => {
          const a = startA();
          await held(a);
          const b = startB();
          await a.end();
          await held(b, [a]);
          const again = startA();
          await held(again, [b]);
          return { a: again, b, held };
        }),
      );
      await lab.carrier('a', false);
      await Promise.all(pairs.map(({ a, b, held }) => held(b, [a])));
      await lab.carrier('a', true);
      await Promise.all(pairs.map(({ a, b, held }) => held(a, [b])));
    });
});
