/** What can be tracked: vrrp_script, track_file, vrrp_track_process, bfd_instance: fields -> model. */
import { type Diagnostics, quote } from '../diagnostic.ts';
import type { GlobalDefs } from '../keywords/global_defs.ts';
import type { RootFields } from '../keywords/root.ts';
import type { Weight, Weighted } from '../keywords/vrrp_tracking.ts';
import type { BfdInstanceConfig, TrackFileConfig, TrackProcessConfig, VrrpScriptConfig } from '../model.ts';
import { buildBfdInstances } from './bfd.ts';
import { buildScript } from './script.ts';

export interface Tracked {
  readonly scripts: Weighted<VrrpScriptConfig>;
  readonly files: Weighted<TrackFileConfig>;
  readonly processes: Weighted<TrackProcessConfig>;
  readonly bfds: Weighted<BfdInstanceConfig>;
}

const fault: Weight = { weight: 0, reverse: false };

export function buildTracked(
  fields: RootFields,
  { globals, diagnostics }: { globals: GlobalDefs; diagnostics: Diagnostics },
): Tracked {
  return {
    scripts: gather(fields.vrrp_script, {
      keyword: 'vrrp_script',
      needed: 'script',
      diagnostics,
      build: (parsed) => buildVrrpScript(parsed, globals),
      weight: fault,
    }),
    files: gather(fields.track_file, {
      keyword: 'track_file',
      needed: 'file',
      diagnostics,
      build: buildTrackFile,
      weight: { weight: 1, reverse: false },
    }),
    processes: gather(fields.vrrp_track_process, {
      keyword: 'vrrp_track_process',
      needed: 'process',
      diagnostics,
      build: buildTrackProcess,
      weight: fault,
    }),
    bfds: buildBfdInstances(fields.bfd_instance, diagnostics),
  };
}

type ParsedScript = RootFields['vrrp_script'][number];
type ParsedFile = RootFields['track_file'][number];
type ParsedProcess = RootFields['vrrp_track_process'][number];

interface Gathering<P, T> {
  readonly keyword: string;
  /** The keyword of its block without which there is nothing to track. */
  readonly needed: string;
  readonly diagnostics: Diagnostics;
  /** Undefined where what it cannot do without is missing. */
  readonly build: (parsed: P) => T | undefined;
  readonly weight: Weight;
}

function gather<P extends ParsedScript | ParsedFile | ParsedProcess, T>(
  all: readonly P[],
  { keyword, needed, diagnostics, build, weight }: Gathering<P, T>,
): Weighted<T> {
  const found = new Map<string, { config: T; weight: Weight; line: number }>();
  for (const parsed of all) {
    const { head, at, fields, written } = parsed;
    const earlier = found.get(head.name);
    const config = build(parsed);
    if (earlier)
      diagnostics.error('DUPLICATE', at, {
        message: `Cannot have two ${keyword} ${quote(head.name)}: the first is on line ${earlier.line}`,
      });
    else if (config) found.set(head.name, { config, weight: fields.weight?.value ?? weight, line: at.line });
    else if (!written.has(needed))
      diagnostics.warning('MISSING_KEYWORD', at, {
        message: `Cannot track ${keyword} ${quote(head.name)}: it has no ${needed}; it is left out`,
        help: `write ${needed} ...`,
      });
  }
  return found;
}

function buildVrrpScript({ head, fields }: ParsedScript, globals: GlobalDefs): VrrpScriptConfig | undefined {
  if (!fields.script) return undefined;
  const own = fields.user ? { own: fields.user.value } : {};
  return {
    name: head.name,
    script: buildScript({ ...fields.script.value, ...own }, globals),
    intervalMs: fields.interval.value,
    timeoutMs: fields.timeout?.value ?? fields.interval.value,
    rise: fields.rise.value,
    fall: fields.fall.value,
    initFail: fields.init_fail.value,
  };
}

function buildTrackFile({ head, at, fields }: ParsedFile): TrackFileConfig | undefined {
  if (!fields.file) return undefined;
  const initial = fields.init_file ? { initial: fields.init_file.value } : {};
  return { name: head.name, path: fields.file.value, ...initial, span: at };
}

function buildTrackProcess({ head, at, fields }: ParsedProcess): TrackProcessConfig | undefined {
  if (!fields.process) return undefined;
  const { command, parameters } = fields.process.value;
  const match = fields.param_match?.value ?? 'exact';
  // "no parameters" is asked for by param_match without any.
  const counts = parameters.length > 0 || fields.param_match !== undefined;
  const delayMs = fields.delay?.value ?? 0;
  return {
    name: head.name,
    command,
    ...(counts ? { parameters } : {}),
    match,
    quorum: fields.quorum.value,
    ...(fields.quorum_max ? { quorumMax: fields.quorum_max.value } : {}),
    forkDelayMs: fields.fork_delay?.value ?? delayMs,
    terminateDelayMs: fields.terminate_delay?.value ?? delayMs,
    fullCommand: fields.full_command.value,
    span: at,
  };
}

/** `all` in the order of the file, without those that nothing in `used` names. */
export function used<T extends { readonly name: string }>(
  all: Weighted<T>,
  names: readonly { readonly name: string }[],
): T[] {
  const wanted = new Set(names.map(({ name }) => name));
  return [...all.values()].flatMap(({ config }) => (wanted.has(config.name) ? [config] : []));
}
