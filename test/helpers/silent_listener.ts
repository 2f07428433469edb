import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';

/**
 * A port on 127.0.0.1 that neither accepts nor refuses: its queue is full and nobody takes from it, so the kernel drops
 * every further SYN. release() ends the process that holds it.
 */
export async function silentListener(): Promise<{ readonly port: number; release(): void }> {
  const script = `const server = require('node:net').createServer();
    server.listen(0, '127.0.0.1', 1, () => {
      require('node:fs').writeSync(1, String(server.address().port));
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 30_000);
      process.exit();
    });`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [output] = await once(child.stdout, 'data');
  const port = Number(String(output));
  // A backlog of 1 holds two connections (the kernel compares with "greater than").
  const fillers = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')];
  for (const filler of fillers) filler.on('error', () => {});
  await Promise.all(fillers.map((filler) => once(filler, 'connect')));
  return {
    port,
    release() {
      for (const filler of fillers) filler.destroy();
      child.kill('SIGKILL');
    },
  };
}
