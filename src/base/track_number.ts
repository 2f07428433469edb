/** The whole number in a file, as keepalived's track_file reads it. */
import { closeSync, constants, openSync, readSync, writeFileSync } from 'node:fs';

const READ_BYTES = 128;
const LARGEST = 2 ** 31 - 1;

/** 0 where there is no file or no number in it; a FIFO in its place does not block. */
export function readTrackNumber(path: string, limit = LARGEST): number {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const bytes = Buffer.alloc(READ_BYTES);
      return parseTrackNumber(bytes.toString('latin1', 0, readSync(fd, bytes)), limit);
    } finally {
      closeSync(fd);
    }
  } catch {
    return 0;
  }
}

/** As strtol reads it with base 0: blanks, sign, then decimal, 0x hexadecimal or 0 octal; not beyond +-`limit`. */
export function parseTrackNumber(text: string, limit = LARGEST): number {
  const [, sign = '', digits = ''] = /^\s*([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)/.exec(text) ?? [];
  const octal = /^0[0-7]/.test(digits);
  const size = octal ? Number.parseInt(digits, 8) : Number(digits);
  return Math.min(size, limit) * (sign === '-' && size !== 0 ? -1 : 1);
}

/** init_file. @throws the system's error where it cannot be written. */
export function initializeTrackFile(
  path: string,
  { value, overwrite }: { readonly value: number; readonly overwrite: boolean },
): void {
  try {
    writeFileSync(path, `${value}\n`, { mode: 0o644, flag: overwrite ? 'w' : 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
