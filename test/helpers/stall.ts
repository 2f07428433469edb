import { execFileSync } from 'node:child_process';

/** Another process connects to 127.0.0.1:`port` while this thread does nothing else for at least `ms`. */
export function connectAndBlock(port: number, ms: number): void {
  const script = `require('node:net').connect(${port}, '127.0.0.1').on('error', () => {}).on('connect', () =>
    setTimeout(() => process.exit(), ${ms}))`;
  execFileSync(process.execPath, ['-e', script], { timeout: 10_000 });
}
