/**
 * What the scenarios `viewers` and `watched` start in namespaces of the lab: `listen PORT` accepts connections and
 * closes them, `watch PORT COUNT [metrics]` has the status stream open COUNT times and says each second what has come;
 * with `metrics` it asks for /metrics each second, too.
 */
import { connect, createServer } from 'node:net';
import { setInterval as every } from 'node:timers/promises';

const [, , what = '', port = '0', count = '0', also = ''] = process.argv;

if (what === 'listen') createServer((socket) => socket.destroy()).listen(Number(port));
if (what === 'watch') await watch();

async function watch(): Promise<void> {
  let bytes = 0;
  let open = 0;
  for (let viewer = 0; viewer < Number(count); viewer++) {
    const socket = connect(Number(port), '127.0.0.1');
    socket.once('data', () => open++);
    socket.on('data', (part) => {
      bytes += part.length;
    });
    socket.on('error', () => undefined);
    socket.once('close', () => open--);
    socket.write('GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n');
  }
  let scrapes = 0;
  for await (const _ of every(1_000)) {
    if (also === 'metrics') scrapes += await scraped();
    process.stdout.write(`${JSON.stringify({ open, bytes, scrapes })}\n`);
  }
}

/** 1 where all of it came. */
async function scraped(): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`);
  const text = await response.text();
  return response.ok && text.includes('xlb_build_info') ? 1 : 0;
}
