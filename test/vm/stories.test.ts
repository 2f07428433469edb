/**
 * The same packets through the kernel's own IPVS and through xlb, on Debian's stock kernel in a VM: which real server
 * each went to or what was answered, and what ipvsadm shows in the end.
 */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { fetchedKernel } from '../../bench/vm/machine.ts';
import { builtAddon, command, needs } from '../helpers/needs.ts';
import { type Run, tellInVm } from './machine.ts';
import { stories } from './stories.ts';
import type { Event, Story } from './story.ts';
import type { Told } from './tell.ts';

const programs = [
  ...['qemu-system-x86_64', 'ip', 'nsenter', 'ethtool', 'sysctl'],
  ...['ipvsadm', 'perl', 'taskset', 'chrt'],
];
const skip = needs(builtAddon, fetchedKernel, ...programs.map(command));

describe("xlb and the kernel's IPVS, told the same stories in a VM", { skip, timeout: 480_000 }, () => {
  let run: Run;

  before(async () => {
    run = await tellInVm();
  });

  for (const [index, story] of stories.entries())
    it(story.name, () => {
      const [ipvs, xlb] = [run.result.ipvs[index], run.result.xlb[index]];
      assert.ok(ipvs !== undefined && xlb !== undefined);
      if (story.departs) assert.deepEqual({ ipvs: ipvs.outcomes, xlb: xlb.outcomes }, story.departs);
      else assert.deepEqual(spelled(story, xlb), spelled(story, ipvs));
    });

  it('an address that is not accepted answers no ping, is served, and leaves nothing in nf_tables', () => {
    assert.deepEqual(run.result.notAccepted, {
      pings: { director: true, vip: false },
      service: ['rs1', 'rs1'],
      table: ['10.77.0.100'],
      left: { table: [], addresses: [] },
    });
  });

  it('connections, packets and bytes in are the same in the end, of every virtual and every real server', (test) => {
    const { accelerator, seconds, result } = run;
    const parts = Object.entries(result.took).map(([what, ms]) => `${what} ${(ms / 1000).toFixed(1)} s`);
    test.diagnostic(`Linux ${result.kernel}, ${accelerator}, ${seconds} s (${parts.join(', ')})`);
    assert.deepEqual(counted(result.stats['xlb']), counted(result.stats['ipvs']));
  });
});

/** Of fragments IPVS counts the whole datagram, xlb each. */
const departing = stories
  .filter(({ departs, events }) => departs || events.some((event) => event.do === 'send together'))
  .flatMap(({ servers }) => servers.map(({ at }) => at));

/** Without what goes out: direct routing does not see it, but IPVS counts ICMP errors of its own. */
function counted(list: readonly string[] = []): string[] {
  const lines = list.map((line) => line.trim().split(/ +/));
  return lines.flatMap(([kind = '', at = '', connections, packets, , bytes]) => {
    const port = at.slice(at.lastIndexOf(':'));
    const departs = departing.some((other) => other.endsWith(port));
    return departs || connections === undefined ? [] : [[kind, at, connections, packets, bytes].join(' ')];
  });
}

/** One line a frame, with what went before it, then the lists. */
function spelled({ events }: Story, { outcomes, lists }: Told): string[] {
  let at = 0;
  const next = () => outcomes[at++] ?? 'nothing';
  const lines = events.map((event, index) => `${index + 1}. ${wordsOf(event, next)}`);
  return [...lines, ...lists];
}

function wordsOf(event: Event, next: () => string): string {
  switch (event.do) {
    case 'send':
      return event.frames.map(next).join(', ');
    case 'send together':
      return next();
    case 'change':
      return event.line;
    case 'reload':
      return event.pool;
    case 'wait':
      return `${event.seconds} s`;
  }
}
