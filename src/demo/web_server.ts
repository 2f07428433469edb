/** Child process: a web server that answers with its own address. argv: that address, the port. */
import { createServer } from 'node:http';
import type { FromWebServer } from './messages.ts';

const [address = '', port = '80'] = process.argv.slice(2);

const server = createServer((_request, response) => {
  response.setHeader('content-type', 'text/plain');
  response.end(`${address}\n`);
});
server.keepAliveTimeout = 60_000; // the demo's long-lived connections pause between requests
server.listen(Number(port), '::', () => {
  const listening: FromWebServer = { kind: 'listening' };
  process.send?.(listening);
});

// Whoever started us is gone.
process.on('disconnect', () => {
  server.close();
  server.closeAllConnections();
});
