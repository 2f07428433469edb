/** A script directive, made ready to run: words, user, and whether it may run at all. Asks the host, once. */
import { existsSync, realpathSync, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { reasonOf } from '../errors.ts';
import { type CommandLine, parseCommandLine, withArguments } from './command_line.ts';
import type { Program } from './program.ts';
import { mayExecute, type Permissions, unsafePart } from './security.ts';
import { findScriptUser, type UserIds } from './users.ts';

export interface ScriptText {
  readonly command: string;
  readonly user?: string;
  readonly group?: string;
}

export interface Script {
  readonly line: CommandLine;
  readonly user: UserIds;
}

export type PreparedScript =
  /** `warning`: it runs, but the operator should know. */
  | { readonly kind: 'ready'; readonly script: Script; readonly warning?: string }
  /** It will not be run; the text says why and what to do. */
  | { readonly kind: 'refused'; readonly text: string };

export type PrepareScript = (text: ScriptText) => PreparedScript;

/** What systemd and Debian give a daemon: for those who start xlb with a bare environment. */
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** `security`: enable_script_security. What it refuses otherwise runs with a warning, as in keepalived. */
export function scriptPreparer({ security }: { readonly security: boolean }): PrepareScript {
  return (text) => {
    try {
      return prepare(text, security);
    } catch (error) {
      return refuse(text, reasonOf(error));
    }
  };
}

/** What is to be executed; `extra` follows its own arguments. */
export function programOf({ line, user }: Script, extra: readonly string[] = []): Program {
  return { words: withArguments(line, extra), user };
}

function prepare(text: ScriptText, security: boolean): PreparedScript {
  const user = findScriptUser(text);
  const ownUid = process.getuid?.() ?? 0;
  if (ownUid !== 0 && ownUid !== user.uid)
    return refuse(text, `it is to run as uid ${user.uid}, and xlb does not run as root`);
  const written = parseCommandLine(text.command);
  const [name = '', ...rest] = written.words;
  const path = findProgram(name, user);
  const line: CommandLine = { ...written, words: [path, ...rest] };
  const unsafe = (written.shell === undefined ? [path] : programsIn(text.command))
    .map((program) => unsafePart(realpathSync(program), user))
    .find((found) => found !== undefined);
  const script = { line, user };
  if (unsafe === undefined) return { kind: 'ready', script };
  if (security)
    return refuse(text, `Unsafe permissions: ${unsafe}; give it to root alone (chown root, chmod go-w)`);
  return {
    kind: 'ready',
    script,
    warning:
      `SECURITY VIOLATION - script \`${text.command}\` runs as root, but ${unsafe}: ` +
      'whoever that is can become root; give it to root alone and write enable_script_security',
  };
}

/** The absolute paths of programs that the text for a shell names. */
function programsIn(text: string): string[] {
  const paths = text.match(/(?<![\w./])\/[\w./-]+/g) ?? [];
  return paths.filter((path) => existsSync(path) && isProgram(statSync(path)));
}

function isProgram(stats: Permissions & { isFile(): boolean }): boolean {
  return stats.isFile() && (stats.mode & 0o111) !== 0;
}

/** @throws Error where there is none that the user may execute. */
function findProgram(name: string, user: UserIds): string {
  const folders = (process.env['PATH'] ?? DEFAULT_PATH).split(delimiter).filter(isAbsolute);
  const candidates = name.includes('/') ? [name] : folders.map((folder) => join(folder, name));
  if (name.includes('/') && !isAbsolute(name)) throw new Error(`${name} is not an absolute path`);
  const present = candidates.filter((path) => existsSync(path) && statSync(path).isFile());
  const found = present.find((path) => mayExecute(statSync(path), user));
  if (found !== undefined) return found;
  const [first] = present;
  if (first !== undefined) throw new Error(`${first} is not executable for uid:gid ${user.uid}:${user.gid}`);
  throw new Error(
    name.includes('/')
      ? `${name} does not exist`
      : `there is no program ${name} in ${folders.join(delimiter)}: install it or write its full path`,
  );
}

function refuse({ command }: ScriptText, why: string): PreparedScript {
  return { kind: 'refused', text: `Cannot run script \`${command}\`: ${why}` };
}
