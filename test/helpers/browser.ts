/**
 * Debian's headless Chromium. Its processes and its profile go with `close`, and with the end of this process. Where
 * this is killed, the processes end with it, and the next browser that is started removes the profile.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type LaunchOptions } from 'playwright-core';
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
  const folder = ownFolder();
  const browser = await launchIn(folder, {
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
    remove(folder);
    forget();
    process.kill(process.pid, signal);
  };
  const forget = () => {
    for (const signal of endings) process.off(signal, end);
  };
  for (const signal of endings) process.on(signal, end);
  browser.once('disconnected', () => ending || forget());
  process.once('exit', () => remove(folder));
  return browser;
}

/** With the name of its process, for whoever finds it when that is no more. */
function ownFolder(): string {
  const all = tmpdir();
  for (const name of readdirSync(all)) {
    const pid = /^xlb-browser-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) remove(join(all, name));
  }
  return mkdtempSync(join(all, `xlb-browser-${process.pid}-`));
}

/** A browser that is just ending may still write into it. */
function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Playwright takes no other place for a profile than that of all temporary files. */
async function launchIn(folder: string, options: LaunchOptions): Promise<Browser> {
  const before = tmpdir();
  process.env['TMPDIR'] = folder;
  try {
    return await chromium.launch(options);
  } catch (error) {
    remove(folder);
    throw error;
  } finally {
    process.env['TMPDIR'] = before;
  }
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
