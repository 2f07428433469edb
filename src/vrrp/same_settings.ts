/** What of a virtual router can change while it goes on. Pure. */
import type { VrrpInstanceConfig } from '../config/model.ts';

/** Anything else of it can change while it goes on. */
export function isSameRouter(a: VrrpInstanceConfig, b: VrrpInstanceConfig): boolean {
  return usesSameVrid(a, b) && a.version === b.version;
}

export function usesSameVrid(a: VrrpInstanceConfig, b: VrrpInstanceConfig): boolean {
  return (
    a.interface.name === b.interface.name && a.virtualRouterId === b.virtualRouterId && a.family === b.family
  );
}

/** Those that only have another name now, [old, new]: the same virtual router, keeping its role as in keepalived. */
export function renamed(
  running: ReadonlyMap<string, { readonly config: VrrpInstanceConfig }>,
  configs: readonly VrrpInstanceConfig[],
): [string, string][] {
  const wanted = new Set(configs.map(({ name }) => name));
  return [...running].flatMap(([from, { config }]): [string, string][] => {
    const next = configs.find((one) => !running.has(one.name) && isSameRouter(one, config));
    return wanted.has(from) || next === undefined ? [] : [[from, next.name]];
  });
}
