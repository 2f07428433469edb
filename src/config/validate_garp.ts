/** Gratuitous ARPs: an instance's own times, else those of global_defs. */
import type { GarpConfig } from './model.ts';
import type { RootFields } from './validate.ts';
import type { GlobalDefs } from './validate_global.ts';

type Fields = RootFields['vrrp_instance'][number]['fields'];

/** `strict`: nothing is sent on an advert of lower priority. */
export function buildGarp(fields: Fields, globals: GlobalDefs, strict: boolean): GarpConfig {
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
    arpIntervalMs: (fields.garp_interval ?? globals.vrrp_garp_interval)?.value ?? 0,
    naIntervalMs: (fields.gna_interval ?? globals.vrrp_gna_interval)?.value ?? 0,
    extraInterfacesMs: extra?.everyMs ?? 0,
    extraInterfacesAll: extra?.all ?? false,
  };
}
