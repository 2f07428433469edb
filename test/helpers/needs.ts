/** Why a test cannot run here, by the name of the missing thing; for the `skip` option of node:test. */
import { existsSync } from 'node:fs';
import { release } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** False where everything is there, else what is missing. */
export function needs(...things: readonly (() => string | false)[]): string | false {
  for (const thing of things) {
    const missing = thing();
    if (missing !== false) return `needs ${missing}`;
  }
  return false;
}

export function root(): string | false {
  return process.getuid?.() === 0 ? false : 'root';
}

/** The addon built for this machine. */
export function builtAddon(): string | false {
  return existsSync(new URL('../../../build/xlb.node', import.meta.url))
    ? false
    : 'build/xlb.node (npm run build:native)';
}

/** A command on the PATH. */
export function command(name: string): () => string | false {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return () => (folders.some((folder) => existsSync(join(folder, name))) ? false : `the command ${name}`);
}

/** Programs at tc without a qdisc. */
export function tcx(): string | false {
  const [major = 0, minor = 0] = release().split('.').map(Number.parseFloat);
  return major > 6 || (major === 6 && minor >= 6) ? false : 'Linux 6.6';
}

/** The compiled entry of `xlb`. */
export const mainFile = fileURLToPath(new URL('../../src/main.js', import.meta.url));

/** For a system test: root, the addon, what every lab needs, and these commands. */
export function system(...commands: readonly string[]): string | false {
  return needs(root, builtAddon, ...['ip', 'nsenter', 'ethtool', ...commands].map(command));
}
