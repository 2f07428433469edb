/** Reads configuration files and finds what an `include` means. Nothing else in config/ touches the disk. */
import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, isAbsolute, join, sep } from 'node:path';
import type { Surroundings } from './definitions.ts';
import { expandBraces, MAGIC, segmentPattern } from './glob.ts';

/** Limits against files that are not configurations. */
export const MAX_FILE_BYTES = 16 * 1024 * 1024;
export const MAX_FILES = 1024;
export const MAX_INCLUDE_DEPTH = 16;
/** Of all files together. */
export const MAX_TOTAL_CHARACTERS = 32 * 1024 * 1024;

export type FileText = { readonly text: string } | { readonly reason: string };

/** What the parser needs of the world; tests give a record of texts. */
export interface FileReader {
  /** The text of a file, or why it cannot be had. */
  read(file: string): FileText;
  /** The same of a file that is no configuration; left out: as `read`. */
  readData?(file: string): FileText;
  /** The files that are there of those that `pattern` means when it stands in `from`, sorted. */
  find(pattern: string, from: string): string[];
}

/** This host; `configId` stands for its name in `@id` lines. */
export function hostSurroundings(configId = hostname().split('.')[0] ?? ''): Surroundings {
  return { configId, environment: (name) => process.env[name] };
}

export const diskReader: FileReader = {
  read: (file) => readText(file, (mode) => (mode & 0o111) === 0),
  readData: (file) => readText(file, () => true),
  find: findFiles,
};

function readText(file: string, accepts: (mode: number) => boolean): FileText {
  let descriptor: number | undefined;
  try {
    // O_NONBLOCK: opening a FIFO must not wait for a writer.
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const status = fstatSync(descriptor);
    if (status.isDirectory()) return { reason: 'it is a directory' };
    if (!status.isFile()) return { reason: 'it is not a regular file' };
    if (!accepts(status.mode)) return { reason: executable };
    if (status.size > MAX_FILE_BYTES) return { reason: tooLarge };
    return readAll(descriptor);
  } catch (error) {
    return { reason: reasonOfSystem(error) };
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** keepalived passes such a file over, too: it may be a script that was named by mistake. */
const executable = 'it is executable, which keepalived refuses as well; chmod a-x it';
const tooLarge = `it is larger than ${MAX_FILE_BYTES / 1024 / 1024} MiB`;

/** Reads to the end whatever size the file claimed: files in /proc claim none. */
function readAll(descriptor: number): FileText {
  const chunks: Buffer[] = [];
  let total = 0;
  for (;;) {
    const chunk = Buffer.alloc(256 * 1024);
    const length = readSync(descriptor, chunk);
    if (length === 0) break;
    total += length;
    if (total > MAX_FILE_BYTES) return { reason: tooLarge };
    chunks.push(chunk.subarray(0, length));
  }
  const bytes = Buffer.concat(chunks);
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
    return { reason: 'it is UTF-16 text; save it as UTF-8' };
  if (bytes.includes(0)) return { reason: 'it is not text: it holds zero bytes' };
  return { text: bytes.toString('utf8') };
}

const systemReasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of its path is not a directory',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
  ELOOP: 'too many symbolic links',
  ENAMETOOLONG: 'the name is too long',
};

function reasonOfSystem(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return systemReasons[code ?? ''] ?? message;
}

function findFiles(pattern: string, from: string): string[] {
  const found = new Set<string>();
  for (const plain of expandBraces(pattern)) {
    const whole = isAbsolute(plain) ? plain : join(dirname(from), plain);
    for (const file of matches(whole)) found.add(file);
  }
  return [...found].sort();
}

/** Goes down the path segment by segment, listing a directory only where its segment has a wildcard. */
function matches(path: string): string[] {
  const segments = path.split(sep).filter((segment) => segment !== '');
  let places = [isAbsolute(path) ? sep : '.'];
  segments.forEach((segment, index) => {
    const last = index === segments.length - 1;
    places = places.flatMap((place) =>
      MAGIC.test(segment) ? listed(place, segment, last) : [join(place, segment)],
    );
    if (places.length > MAX_FILES) places = places.slice(0, MAX_FILES + 1);
  });
  return places.filter(exists);
}

function listed(directory: string, segment: string, last: boolean): string[] {
  const pattern = segmentPattern(segment);
  try {
    return readdirSync(directory === '' ? '.' : directory, { withFileTypes: true })
      .filter((entry) => pattern.test(entry.name) && !(last && entry.isDirectory()))
      .map((entry) => join(directory, entry.name));
  } catch {
    return [];
  }
}

/** False only where nothing is there: what cannot be read must be reported, not passed over. */
function exists(file: string): boolean {
  try {
    return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}
