/** Whether somebody else than root could change what root executes: keepalived's rules of enable_script_security. */
import { type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { UserIds } from './users.ts';

/** What is looked at of a file or folder; a link is followed. */
export type Permissions = Pick<Stats, 'uid' | 'gid' | 'mode'>;
export type Stat = (path: string) => Permissions;

const SET_UID_BY_OWNER = 0o4100;
const SET_GID_BY_GROUP = 0o2010;
const STICKY = 0o1000;
const GROUP_WRITES = 0o020;
const OTHERS_WRITE = 0o002;

/**
 * Why running the program as that user is not safe: "/opt/x can be written by others". Undefined where it is, also
 * where it does not become root by it.
 */
export function unsafePart(path: string, user: UserIds, stat: Stat = statSync): string | undefined {
  if (!becomesRoot(stat(path), user)) return undefined;
  for (const part of partsOf(path)) {
    const why = weakness(stat(part), part === path);
    if (why !== undefined) return `${part} ${why}`;
  }
  return undefined;
}

function becomesRoot({ uid, gid, mode }: Permissions, user: UserIds): boolean {
  return (
    user.uid === 0 ||
    user.gid === 0 ||
    (uid === 0 && (mode & SET_UID_BY_OWNER) === SET_UID_BY_OWNER) ||
    (gid === 0 && (mode & SET_GID_BY_GROUP) === SET_GID_BY_GROUP)
  );
}

function weakness({ uid, gid, mode }: Permissions, isFile: boolean): string | undefined {
  if (uid !== 0) return 'does not belong to root';
  // In a sticky folder (/tmp) nobody can replace what belongs to root.
  if ((mode & STICKY) !== 0 && !isFile) return undefined;
  if (gid !== 0 && (mode & GROUP_WRITES) !== 0) return 'can be written by its group';
  return (mode & OTHERS_WRITE) === 0 ? undefined : 'can be written by everybody';
}

/** `/a/b` -> `/`, `/a`, `/a/b`. */
function partsOf(path: string): string[] {
  return path === dirname(path) ? [path] : [...partsOf(dirname(path)), path];
}

/** Whether that user may execute it, by the bits of the file alone. */
export function mayExecute({ uid, gid, mode }: Permissions, user: UserIds): boolean {
  if (user.uid === 0) return (mode & 0o111) !== 0;
  if (user.uid === uid) return (mode & 0o100) !== 0;
  return (mode & (user.gid === gid ? 0o010 : 0o001)) !== 0;
}
