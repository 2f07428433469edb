/** Debian's headless Chromium. Its processes and its profile go with `close`, and with the end of this process. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { repository } from './tree.ts';

const places = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'];

/** For the `skip` of a test. */
export function browserInstalled(): string | false {
  return places.some((path) => existsSync(path)) ? false : 'chromium-headless-shell';
}

/** Root has no sandbox in Chromium; what it shows comes from the tests themselves. `more`: of its command line. */
export function startBrowser(more: readonly string[] = []): Promise<Browser> {
  const executablePath = places.find((path) => existsSync(path)) ?? '';
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', ...more],
  });
}

/** Where screenshots of the last run are. */
export const screenshots = join(repository, 'build/screenshots');

export function screenshotPath(name: string): string {
  mkdirSync(screenshots, { recursive: true });
  return join(screenshots, `${name}.png`);
}
