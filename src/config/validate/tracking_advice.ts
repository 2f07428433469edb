/** What weights can and cannot do, where the file alone shows it. The mistakes that users of VRRP make most. */
import { type Diagnostics, quote } from '../diagnostic.ts';
import type { Span, TrackConfig, VrrpInstanceConfig, VrrpSyncGroupConfig } from '../model.ts';
import { weighted } from './tracking.ts';

interface Defined {
  readonly head: { readonly name: string };
  readonly at: Span;
}

export function adviseOnWeights(
  instances: readonly VrrpInstanceConfig[],
  groups: readonly VrrpSyncGroupConfig[],
  diagnostics: Diagnostics,
): void {
  for (const instance of instances) {
    const group = groups.find(({ instances: members }) => members.includes(instance.name));
    const entries = [...weighted(instance.tracking), ...(group ? weighted(group.tracking) : [])];
    if (entries.length > 0 && instance.priority !== 255) advise(instance, entries, diagnostics);
  }
}

function advise(
  instance: VrrpInstanceConfig,
  entries: readonly TrackConfig[],
  diagnostics: Diagnostics,
): void {
  const { name, priority, preempt, span } = instance;
  const names = entries.map((entry) => quote(entry.name)).join(', ');
  if (!preempt) {
    diagnostics.warning('CONFLICT', span, {
      message: `vrrp_instance ${quote(name)} has nopreempt: the weight of ${names} never moves its addresses`,
      help:
        'a backup with nopreempt follows a master of any priority: write weight 0, whose failure is a fault, ' +
        'or remove nopreempt on all directors',
    });
    return;
  }
  if (instance.tracking.files.some(({ weight }) => weight !== 0)) return;
  const [down, up] = range(priority, entries);
  if (down >= up) return;
  diagnostics.note('PRIORITY', span, {
    message: `vrrp_instance ${quote(name)} has priority ${up} while all that it tracks is up, ${down} when it is down`,
    help: `then its addresses move to a director whose priority is above ${down}, and to no other`,
  });
}

/** Priority when all that is tracked is down, and when it is up. `reverse` swaps the two. */
function range(priority: number, entries: readonly TrackConfig[]): [down: number, up: number] {
  const clamp = (sum: number): number => Math.min(254, Math.max(1, sum));
  let [down, up] = [priority, priority];
  for (const { weight, reverse } of entries)
    if (weight > 0 === reverse) down += weight;
    else up += weight;
  return [clamp(down), clamp(up)];
}

/** A script that nothing tracks is never run: written and forgotten, or misspelt where it is named. */
export function adviseOnUntracked(
  {
    defined,
    tracked,
  }: { readonly defined: readonly Defined[]; readonly tracked: readonly { name: string }[] },
  diagnostics: Diagnostics,
): void {
  const names = new Set(tracked.map(({ name }) => name));
  for (const { head, at } of defined)
    if (!names.has(head.name))
      diagnostics.note('UNUSED', at, {
        message: `Nothing tracks vrrp_script ${quote(head.name)}: it is never run`,
        help: 'name it in track_script of an instance or a group, or remove it',
      });
}
