/** Debian's headless Chromium. Its processes and its profile go with `close`, and with the end of this process. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { repository } from './tree.ts';

const places = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'];

/** For the `skip` of a test. */
export function browserInstalled(): string | false {
  return places.some((path) => existsSync(path)) ? false : 'chromium-headless-shell';
}

export interface Place {
  /** A network namespace; its own by default. */
  readonly namespace: string;
  /** For a script that starts it there. */
  readonly directory: string;
}

const endings = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Root has no sandbox in Chromium; what it shows comes from the tests themselves. */
export async function startBrowser(place?: Place): Promise<Browser> {
  const installed = places.find((path) => existsSync(path)) ?? '';
  const browser = await chromium.launch({
    executablePath: place === undefined ? installed : startedIn(place, installed),
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
    // Its own handlers close the browser and leave this process running.
    ...{ handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false },
  });
  let ending = false;
  const end = async (signal: NodeJS.Signals) => {
    if (ending) return;
    ending = true;
    await browser.close().catch(() => undefined);
    forget();
    process.kill(process.pid, signal);
  };
  const forget = () => {
    for (const signal of endings) process.off(signal, end);
  };
  for (const signal of endings) process.on(signal, end);
  browser.once('disconnected', () => ending || forget());
  return browser;
}

/** Playwright starts one file, and speaks with it through pipes, which a namespace does not part. */
function startedIn({ directory, namespace }: Place, program: string): string {
  const script = join(directory, 'browser');
  writeFileSync(script, `#!/bin/sh\nexec nsenter --net=/run/netns/${namespace} ${program} "$@"\n`, {
    mode: 0o755,
  });
  return script;
}

/** Where screenshots of the last run are. */
export const screenshots = join(repository, 'build/screenshots');

export function screenshotPath(name: string): string {
  mkdirSync(screenshots, { recursive: true });
  return join(screenshots, `${name}.png`);
}
