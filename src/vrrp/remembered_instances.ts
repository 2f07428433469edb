/** What there is to listen for after a crash of the director: its instances, in a file. It has passwords in it. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { VrrpInstanceConfig } from '../config/model.ts';

/** By way of a second file: the passwords are never readable for others, and a reader sees no half of it. */
export function rememberInstances(file: string, instances: readonly VrrpInstanceConfig[]): void {
  if (instances.length === 0) {
    rmSync(file, { force: true });
    return;
  }
  const temporary = `${file}.tmp`;
  // The mode is that of a new file only: a temporary that a crash left may have another.
  rmSync(temporary, { force: true });
  writeFileSync(temporary, `${JSON.stringify(instances)}\n`, { mode: 0o600 });
  renameSync(temporary, file);
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
