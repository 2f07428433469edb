/** The files of the status page as they were bundled, in memory: some 100 KiB, read once. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

export interface PageFile {
  readonly contentType: string;
  readonly body: Buffer;
  /** Strong, quotes included (RFC 9110, section 8.8.3): of the body, so that it changes with it. */
  readonly etag: string;
}

const files = [
  { path: '/', name: 'index.html', contentType: 'text/html; charset=utf-8' },
  { path: '/page.js', name: 'page.js', contentType: 'text/javascript; charset=utf-8' },
  { path: '/page.css', name: 'page.css', contentType: 'text/css; charset=utf-8' },
  { path: '/icon.svg', name: 'icon.svg', contentType: 'image/svg+xml' },
] as const;

/** By the path that a browser asks for. None where the page was not built: metrics and API do without. */
export function pageFiles(): ReadonlyMap<string, PageFile> {
  try {
    return new Map(files.map(({ path, name, contentType }) => [path, readPageFile(name, contentType)]));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map();
    throw error;
  }
}

function readPageFile(name: string, contentType: string): PageFile {
  const body = readFileSync(new URL(`./page/${name}`, import.meta.url));
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  return { contentType, body, etag };
}
