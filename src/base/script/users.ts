/** Users and groups by name: /etc/passwd and /etc/group, then whatever else the host asks (getent). */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface UserIds {
  readonly uid: number;
  readonly gid: number;
}

/** How a name is looked up: the line of the data base, as getent prints it. */
export type Lookup = (database: 'passwd' | 'group', name: string) => string | undefined;

/** The user that keepalived takes where none is named. */
const DEFAULT_SCRIPT_USER = 'keepalived_script';
const LOOKUP_TIMEOUT_MS = 2000;
const ROOT: UserIds = { uid: 0, gid: 0 };

/**
 * Whom a script runs as: the user named, with its own group or the one named; else keepalived_script, else root.
 * @throws Error naming the user or group that does not exist.
 */
export function findScriptUser(
  { user, group }: { readonly user?: string; readonly group?: string },
  lookup: Lookup = lookUpOnHost,
): UserIds {
  if (user === undefined) return idsOf(DEFAULT_SCRIPT_USER, lookup) ?? ROOT;
  const ids = idsOf(user, lookup);
  if (ids === undefined) throw new Error(`Script user '${user}' does not exist`);
  if (group === undefined) return ids;
  const gid = fieldsOf(lookup('group', group))?.[0];
  if (gid === undefined) throw new Error(`Script group '${group}' does not exist`);
  return { uid: ids.uid, gid };
}

function idsOf(user: string, lookup: Lookup): UserIds | undefined {
  const [uid, gid] = fieldsOf(lookup('passwd', user)) ?? [];
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}

/** `name:x:1:2:...` -> the numbers after the password. */
function fieldsOf(line: string | undefined): number[] | undefined {
  return line
    ?.split(':')
    .slice(2, 4)
    .map(Number)
    .filter((value) => Number.isInteger(value));
}

/** What getent said, for the life of the process: asking takes 20 ms, of a thread that nothing must hold up. */
const asked = new Map<string, string | undefined>();

export function lookUpOnHost(
  database: 'passwd' | 'group',
  name: string,
  ask: Lookup = askGetent,
): string | undefined {
  const lines = readFileSync(`/etc/${database}`, 'utf8').split('\n');
  const local = lines.find((line) => line.startsWith(`${name}:`));
  if (local !== undefined) return local;
  const key = `${database} ${name}`;
  if (!asked.has(key)) asked.set(key, ask(database, name));
  return asked.get(key);
}

function askGetent(database: 'passwd' | 'group', name: string): string | undefined {
  try {
    return (
      execFileSync('getent', [database, '--', name], {
        encoding: 'utf8',
        timeout: LOOKUP_TIMEOUT_MS,
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim() || undefined
    );
  } catch {
    return undefined; // getent says with its exit status that there is none
  }
}
