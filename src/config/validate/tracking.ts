/** What an instance or a group tracks: names looked up, weights completed. */
import { type Diagnostics, quote } from '../diagnostic.ts';
import type { RootFields } from '../keywords/root.ts';
import type { TrackLine, Weighted } from '../keywords/vrrp_tracking.ts';
import type { TrackConfig, TrackingConfig } from '../model.ts';
import { didYouMean } from '../suggest.ts';
import type { Tracked } from './tracked.ts';

type Lines = Pick<
  RootFields['vrrp_sync_group'][number]['fields'],
  'track_script' | 'track_interface' | 'track_file' | 'track_process' | 'track_bfd'
>;

interface Context {
  readonly diagnostics: Diagnostics;
  readonly tracked: Tracked;
}

export function buildTracking(lines: Lines, { diagnostics, tracked }: Context): TrackingConfig {
  const named = <T>(what: string, items: readonly TrackLine[], all: Weighted<T>): TrackConfig[] =>
    once(items, diagnostics).flatMap((line) => {
      const { name, own, span } = line;
      const found = all.get(name);
      if (found) return [{ name, ...(own ?? found.weight), span }];
      sayUnknown(what, line, { all, diagnostics });
      return [];
    });
  return {
    scripts: named('vrrp_script', lines.track_script, tracked.scripts),
    files: named('track_file', lines.track_file, tracked.files),
    processes: named('vrrp_track_process', lines.track_process, tracked.processes),
    bfds: named('bfd_instance', lines.track_bfd, tracked.bfds),
    interfaces: once(lines.track_interface, diagnostics).map(({ name, own, span }) => ({
      name,
      ...(own ?? { weight: 0, reverse: false }),
      span,
    })),
  };
}

function once(items: readonly TrackLine[], diagnostics: Diagnostics): TrackLine[] {
  const seen = new Set<string>();
  return items.filter(({ name, span }) => {
    if (seen.has(name))
      diagnostics.warning('DUPLICATE', span, {
        message: `Cannot track ${quote(name)} twice: this line is left out`,
      });
    else return seen.add(name);
    return false;
  });
}

function sayUnknown(
  what: string,
  { name, span }: TrackLine,
  { all, diagnostics }: { all: ReadonlyMap<string, unknown>; diagnostics: Diagnostics },
): void {
  diagnostics.warning('UNKNOWN_VALUE', span, {
    message: `Cannot find ${what} ${quote(name)}: it is not tracked, and this director does not step down for it`,
    help: didYouMean(name, all.keys(), `write ${what} ${name} { ... }`),
  });
}

/** All entries with a weight. */
export function weighted(tracking: TrackingConfig): TrackConfig[] {
  return entriesOf(tracking).filter(({ weight }) => weight !== 0);
}

export function entriesOf({ scripts, interfaces, files, processes, bfds }: TrackingConfig): TrackConfig[] {
  return [...scripts, ...interfaces, ...files, ...processes, ...bfds];
}

interface Unweighing {
  /** Why priority cannot follow weights: "its priority is 255". */
  readonly why: string;
  readonly diagnostics: Diagnostics;
}

/**
 * What keepalived makes of an instance whose priority cannot follow weights: scripts, processes and sessions with a
 * weight are left out, interfaces and files count as if the weight were 0. Of a group (`keep`), all count so.
 */
export function withoutWeights(
  tracking: TrackingConfig,
  { why, diagnostics, keep = false }: Unweighing & { readonly keep?: boolean },
): TrackingConfig {
  const say = (span: TrackConfig['span'], name: string, instead: string): void =>
    diagnostics.warning('ADJUSTED', span, {
      message: `Cannot use the weight of ${quote(name)}: ${why}; ${instead}`,
      help: 'write weight 0: its failure is a fault then',
    });
  const drop = (items: readonly TrackConfig[]): TrackConfig[] =>
    items.filter(({ weight, name, span }) => {
      if (weight !== 0) say(span, name, 'as in keepalived, it is not tracked');
      return weight === 0;
    });
  const clear = (items: readonly TrackConfig[]): TrackConfig[] =>
    items.map((item) => {
      if (item.weight === 0) return item;
      say(item.span, item.name, 'as in keepalived, its failure is a fault');
      return { ...item, weight: 0 };
    });
  return {
    scripts: (keep ? clear : drop)(tracking.scripts),
    processes: (keep ? clear : drop)(tracking.processes),
    bfds: (keep ? clear : drop)(tracking.bfds),
    interfaces: clear(tracking.interfaces),
    files: clear(tracking.files),
  };
}
