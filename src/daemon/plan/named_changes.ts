/** What a reload changes of the things that a configuration names, besides virtual servers. Pure. */
import { areSameSettings, changedKeys } from '../../base/same_settings.ts';

/** By the words of the configuration. */
export const things = [
  'vrrp_instance',
  'vrrp_sync_group',
  'vrrp_script',
  'vrrp_track_file',
  'vrrp_track_process',
  'bfd_instance',
  'virtual address',
  'virtual route',
  'virtual rule',
  'static address',
  'static route',
  'static rule',
  'static_track_group',
] as const;
export type Thing = (typeof things)[number];

/** `of`: the vrrp_instance that it belongs to. */
export interface Named {
  readonly thing: Thing;
  readonly name: string;
  readonly of?: string;
}

export type NamedChange =
  | ({ readonly do: 'add' | 'remove' } & Named)
  /** It goes on, with other settings: keywords, or what several of them are about. */
  | ({ readonly do: 'change'; readonly settings: readonly string[] } & Named)
  /** It goes on under another name. */
  | ({ readonly do: 'rename'; readonly to: string } & Named)
  /** It cannot go on with these settings: it ends and begins again. */
  | ({ readonly do: 'start_anew'; readonly settings: readonly string[] } & Named);

export interface NamedOptions<Kind> {
  readonly thing: Thing;
  readonly of?: string;
  readonly nameOf: (one: Kind) => string;
  /** The words for its settings. One that is not here is no step: something else says what changed of it. */
  readonly words: Partial<Readonly<Record<keyof Kind, string>>>;
  /** Left out: it can go on with any. */
  readonly goesOn?: (before: Kind, after: Kind) => boolean;
}

/** Of two lists; several of one name are one after the other. */
export function planNamed<Kind extends object>(
  before: readonly Kind[],
  after: readonly Kind[],
  { goesOn = () => true, nameOf, of, thing, words }: NamedOptions<Kind>,
): NamedChange[] {
  const [old, now] = [byName(before, nameOf), byName(after, nameOf)];
  const named = (name: string): Named => ({ thing, name, ...(of === undefined ? {} : { of }) });
  const changes: NamedChange[] = [];
  for (const [name, one] of now) {
    const previous = old.get(name);
    if (previous === undefined) changes.push({ do: 'add', ...named(name) });
    else if (!areSameSettings(previous, one)) {
      const settings = wordsOf(previous, one, words);
      if (!goesOn(previous, one)) changes.push({ do: 'start_anew', ...named(name), settings });
      else if (settings.length > 0) changes.push({ do: 'change', ...named(name), settings });
    }
  }
  for (const name of old.keys()) if (!now.has(name)) changes.push({ do: 'remove', ...named(name) });
  return changes;
}

/** The words for what differs, each once. */
export function wordsOf<Kind extends object>(
  before: Kind,
  after: Kind,
  words: Partial<Readonly<Record<keyof Kind, string>>>,
): string[] {
  return [...new Set(changedKeys(before, after).flatMap((key) => words[key] ?? []))];
}

/** 'virtual address 10.0.0.1/32 on eth0 of VI_1'. */
export function namedText({ thing, name, of }: Named): string {
  return `${thing} ${name}${of === undefined ? '' : ` of ${of}`}`;
}

function byName<Kind>(list: readonly Kind[], nameOf: (one: Kind) => string): Map<string, Kind> {
  const seen = new Map<string, Kind>();
  for (const one of list) {
    const name = nameOf(one);
    let free = name;
    for (let number = 2; seen.has(free); number++) free = `${name} #${number}`;
    seen.set(free, one);
  }
  return seen;
}
