import { after, before, describe, it } from 'node:test';
import { system } from '../helpers/needs.ts';
import { type InstanceText, type Kind, type Speaker, VrrpLab, vrrpConf } from '../helpers/vrrp_lab.ts';

const vip = '10.77.0.100';
const fast = ['version 3', 'advert_int 0.1'];
const pass = ['authentication {', '    auth_type PASS', '    auth_pass 1111', '}'];

interface Profile {
  readonly name: string;
  readonly vip: string;
  readonly lines: (other: '2' | '3') => readonly string[];
}

const profiles: readonly Profile[] = [
  { name: 'v2 with a password', vip: `${vip}`, lines: () => ['advert_int 1', ...pass] },
  { name: 'v3 at 100 ms', vip, lines: () => fast },
  { name: 'IPv6 at 100 ms', vip: 'fd77::100', lines: () => fast },
  {
    name: 'unicast',
    vip,
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

  const conf = (text: Partial<InstanceText> = {}, before: readonly string[] = []) =>
    vrrpConf([{ vips: [vip], lines: fast, ...text }], before);
  const start = (kind: Kind, side: 'a' | 'b', text: string): Speaker => {
    const speaker = lab.start(kind, side, text);
    running.push(speaker);
    return speaker;
  };
  const endAll = async () => {
    await Promise.all(running.splice(0).map((one) => one.end()));
  };
  const inBothRoles = (what: string, test: (a: Kind, b: Kind) => Promise<void>) => {
    for (const [a, b] of [
      ['xlb', 'keepalived'],
      ['keepalived', 'xlb'],
    ] as const)
      it(`${what}: ${a} above ${b}`, async () => {
        try {
          await test(a, b);
        } finally {
          await endAll();
        }
      });
  };

  for (const profile of profiles)
    inBothRoles(`${profile.name}: takes over, hands over, preempts`, async (kindA, kindB) => {
      const textA = conf({ priority: 150, vips: [profile.vip], lines: profile.lines('3') });
      const textB = conf({ vips: [profile.vip], lines: profile.lines('2') });
      const a = start(kindA, 'a', textA);
      await lab.untilHeld(profile.vip, [a]);
      const b = start(kindB, 'b', textB);
      await a.end();
      await lab.untilHeld(profile.vip, [b], [a]);
      const again = start(kindA, 'a', textA);
      await lab.untilHeld(profile.vip, [again], [b]);
      await lab.carrier('a', false);
      await lab.untilHeld(profile.vip, [b], [again]);
      await lab.carrier('a', true);
      await lab.untilHeld(profile.vip, [again], [b]);
    });
});
