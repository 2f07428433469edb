/** Child process: takes connections to any address of this namespace and closes them. argv: the port. */
import { createServer } from 'node:net';

const server = createServer({ pauseOnConnect: true }, (socket) => {
  socket.on('error', () => undefined); // a checker resets what it has seen enough of
  socket.end();
});
server.listen({ port: Number(process.argv[2]), host: '0.0.0.0', backlog: 4_096 }, () => process.send?.('up'));
process.on('disconnect', () => process.exit()); // tidy: whoever started us is gone
