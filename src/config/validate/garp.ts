/** Gratuitous ARPs: an instance's own times, else those of global_defs. */
import { type Diagnostics, quote } from '../diagnostic.ts';
import type { GlobalDefs } from '../keywords/global_defs.ts';
import type { RootFields } from '../keywords/root.ts';
import type { GarpConfig } from '../model.ts';

type Fields = RootFields['vrrp_instance'][number]['fields'];

/** What garp_group says of an interface. */
export type Paces = ReadonlyMap<string, Pick<Partial<GarpConfig>, 'arpIntervalMs' | 'naIntervalMs'>>;

/** An interface in two groups has the pace of the first, as in keepalived. */
export function buildPaces(parsed: RootFields['garp_group'], diagnostics: Diagnostics): Paces {
  const paces = new Map<string, Pick<Partial<GarpConfig>, 'arpIntervalMs' | 'naIntervalMs'>>();
  for (const { at, fields } of parsed) {
    const names = [...(fields.interface ? [fields.interface.value] : []), ...fields.interfaces.flat()];
    if (names.length === 0)
      diagnostics.warning('MISSING_KEYWORD', at, {
        message: 'Cannot use this garp_group: it names no interface; it is left out',
        help: 'write interface IF, or interfaces { ... }',
      });
    for (const { name, span } of names) {
      if (paces.has(name))
        diagnostics.warning('DUPLICATE', span, {
          message: `Cannot use interface ${quote(name)} in two garp_groups: the first counts`,
        });
      else
        paces.set(name, {
          ...(fields.garp_interval ? { arpIntervalMs: fields.garp_interval.value } : {}),
          ...(fields.gna_interval ? { naIntervalMs: fields.gna_interval.value } : {}),
        });
    }
  }
  return paces;
}

interface GarpContext {
  readonly globals: GlobalDefs;
  /** Nothing is sent on an advert of lower priority. */
  readonly strict: boolean;
  readonly paces: Paces;
  /** The instance's interface. */
  readonly on: string;
}

export function buildGarp(fields: Fields, { globals, strict, paces, on }: GarpContext): GarpConfig {
  const pace = paces.get(on);
  const once = globals.vrrp_min_garp.value;
  const masterDelayMs = once ? 0 : globals.vrrp_garp_master_delay.value;
  const masterRepeat = once ? 1 : globals.vrrp_garp_master_repeat.value;
  const extra = (fields.garp_extra_if ?? globals.vrrp_garp_extra_if)?.value;
  const lowerDelayMs = globals.vrrp_garp_lower_prio_delay?.value ?? masterDelayMs;
  const lowerRepeat = globals.vrrp_garp_lower_prio_repeat?.value ?? masterRepeat;
  return {
    masterDelayMs: fields.garp_master_delay?.value ?? masterDelayMs,
    masterRepeat: fields.garp_master_repeat?.value ?? masterRepeat,
    masterRefreshMs: (fields.garp_master_refresh ?? globals.vrrp_garp_master_refresh).value,
    masterRefreshRepeat: (fields.garp_master_refresh_repeat ?? globals.vrrp_garp_master_refresh_repeat).value,
    lowerPrioDelayMs: strict ? 0 : (fields.garp_lower_prio_delay?.value ?? lowerDelayMs),
    lowerPrioRepeat: strict ? 0 : (fields.garp_lower_prio_repeat?.value ?? lowerRepeat),
    arpIntervalMs:
      fields.garp_interval?.value ?? pace?.arpIntervalMs ?? globals.vrrp_garp_interval?.value ?? 0,
    naIntervalMs: fields.gna_interval?.value ?? pace?.naIntervalMs ?? globals.vrrp_gna_interval?.value ?? 0,
    extraInterfacesMs: extra?.everyMs ?? 0,
    extraInterfacesAll: extra?.all ?? false,
  };
}
