/** The real `xlb run` in the lab's director, started and killed as the story wants. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { XlbError } from '../base/errors.ts';
import { fetchStatus } from '../control/client.ts';
import type { DestinationStatus } from '../control/status.ts';
import type { Lab } from './lab.ts';
import { within } from './pause.ts';

const startsWithinMs = 60_000; // an emulated processor takes its time
const endsWithinMs = 30_000;
/** Characters of its log that are kept. */
const MOST_LOG = 262_144;

/** The compiled entry of `xlb`. */
export const mainFile = fileURLToPath(new URL('../main.js', import.meta.url));

export class DirectorProcess {
  readonly #lab: Lab;
  readonly #configFile: string;
  #child: ChildProcess | undefined;
  #log = '';

  constructor(lab: Lab, configuration: string) {
    this.#lab = lab;
    this.#configFile = join(lab.directory, 'keepalived.conf');
    writeFileSync(this.#configFile, configuration);
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** What the process said on standard error since its start. */
  get log(): string {
    return this.#log;
  }

  /** Arguments of any command of xlb for this instance. */
  arguments(command: string): string[] {
    return [mainFile, command, '--instance', this.#lab.instance, '--run-dir', this.#lab.directory];
  }

  /** Starts it; resolves when it says that it is forwarding. */
  async start(): Promise<void> {
    const argv = [process.execPath, ...this.arguments('run'), '-f', this.#configFile, '-n'];
    const child = this.#lab.spawn(this.#lab.director, argv, { stdout: 'ignore' });
    this.#child = child;
    this.#log = '';
    const forwarding = new Promise<void>((resolve, reject) => {
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        this.#log = (this.#log + text).slice(-MOST_LOG);
        if (/\bforwarding\b/.test(this.#log)) resolve();
      });
      child.once('error', reject);
      child.once('close', (code, signal) => reject(this.#ended(code ?? signal ?? 'for no reason')));
    });
    await within('xlb run to be forwarding', startsWithinMs, forwarding);
  }

  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'close');
    child.kill(signal);
    await within('xlb run to end', endsWithinMs, ended);
  }

  reload(): void {
    this.#child?.kill('SIGHUP');
  }

  /** The destinations of the first virtual server, or undefined where nobody answers just now. */
  async destinations(): Promise<readonly DestinationStatus[] | undefined> {
    try {
      const status = await fetchStatus(join(this.#lab.directory, 'xlb.sock'));
      return status.virtual_servers[0]?.destinations;
    } catch {
      return undefined; // it starts, stops or has been killed
    }
  }

  #ended(how: number | string): XlbError {
    const said = this.#log.trim().split('\n').slice(-5).join('\n');
    return new XlbError('HOST', `Cannot go on without xlb run: it ended (${how})`, {
      help: `it said: ${said}`,
    });
  }
}

/** Does this real server get new flows? */
export function takesFlows(destinations: readonly DestinationStatus[], address: string): boolean {
  return destinations.some((one) => one.address === address && one.up && !one.gone && one.weight > 0);
}
