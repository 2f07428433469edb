/** What there is to listen for after a crash of the director: its instances, in a file. It has passwords in it. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { VrrpInstanceConfig } from '../config/model.ts';

export function rememberInstances(file: string, instances: readonly VrrpInstanceConfig[]): void {
  if (instances.length === 0) rmSync(file, { force: true });
  else writeFileSync(file, `${JSON.stringify(instances)}\n`, { mode: 0o600 });
}

/** Those of a process that died; none where the file cannot be read. Nobody but xlb writes it. */
export function rememberedInstances(file: string): readonly VrrpInstanceConfig[] {
  try {
    const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return Array.isArray(content) ? (content as VrrpInstanceConfig[]) : [];
  } catch {
    return [];
  }
}
