/** The VRRP worker beside a main thread that is blocked for 500 ms at a time: `blocked_main CONF DIRECTORY`. */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { systemClock } from '../../src/base/clock.ts';
import { createLogger } from '../../src/base/log.ts';
import { loadConfig } from '../../src/daemon/grammar.ts';
import { VrrpClient } from '../../src/vrrp/client.ts';

const BLOCKED_MS = 500;
const [file = '', directory = ''] = process.argv.slice(2);
const { config } = loadConfig(file);
if (config === undefined) throw new Error(`Cannot use ${file}`);
const logger = createLogger();
const client = new VrrpClient({
  spawn: () => new Worker(new URL('../../src/vrrp/worker.js', import.meta.url), { execArgv: [] }),
  clock: systemClock,
  log: () => logger,
});
const inDirectory = (name: string) => join(directory, name);
client.open({
  addressesFile: inDirectory('addresses.json'),
  routingFile: inDirectory('routing.json'),
  sysctlsFile: inDirectory('sysctls.json'),
  owner: 'blocked',
});
await client.configure({ ...config, global: config.global.vrrp });

const never = new Int32Array(new SharedArrayBuffer(4));
const block = (): void => {
  Atomics.wait(never, 0, 0, BLOCKED_MS);
  systemClock.setTimer(1, block);
};
systemClock.setTimer(1_000, block);
process.once('SIGTERM', () => void client.stop().then(() => process.exit()));
